"""Commands that make sense on a petition at some point or other, with the ids it has now."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ORGAN_KIND_COURT
from huiyin_domain.context import Principal, Role
from huiyin_domain.dates import stamp
from huiyin_domain.intake.records import Completion
from huiyin_domain.intake.state import Petition
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import CITY, COUNTY, COURT, DISCIPLINE, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import (
    ACCUSATION,
    DIFFERS,
    LITIGATION,
    PETITION_CLAIM,
    SUGGESTION,
    Case,
    head,
)

Fields = dict[str, Any]

MAIL: Fields = {"method": types.SERVICE_METHOD_MAIL}
AGREED: Fields = {
    "document": secret("agreement"),
    "petitioner_consent": secret("signed"),
    "other_consent": secret("signed too"),
}
ARBITRATION = PETITION_CLAIM | {"route": types.ROUTE_ARBITRATION}
PARTY = PETITION_CLAIM | {"route": types.ROUTE_PARTY}
ADMINISTRATIVE = PETITION_CLAIM | {"route": types.ROUTE_ADMINISTRATIVE_PROCEDURE}
DUTY_TO_ACT = PETITION_CLAIM | {"route": types.ROUTE_DUTY_TO_ACT}
JUDICIAL_CLAIM = PETITION_CLAIM | {"route": types.ROUTE_JUDICIAL, "track": common.TRACK_JUDICIAL}
COURSES: tuple[Fields, ...] = (
    PETITION_CLAIM,
    PETITION_CLAIM,
    ARBITRATION,
    PARTY,
    ADMINISTRATIVE,
    DUTY_TO_ACT,
    JUDICIAL_CLAIM,
    LITIGATION,
    SUGGESTION,
    ACCUSATION | {"accused_units": [LABOUR]},
    ACCUSATION | {"accused_units": [OFFICE, HOUSING]},
)
OUTCOMES = (
    types.OPINION_OUTCOME_SUPPORTED,
    types.OPINION_OUTCOME_NOT_SUPPORTED,
    types.OPINION_OUTCOME_EXPLAINED,
)
TARGETS = (HOUSING, LABOUR, OFFICE, COUNTY, DISCIPLINE)


_RECEIVED: Fields = {"ground": types.RECEIPT_GROUND_OUTAGE, "evidence": secret("outage")}


def _hours_later(state: Petition) -> Fields:
    """A little after the open hand-over was sent."""
    handover = state.handover
    return {"received_time": stamp(handover.handed_over_time + timedelta(hours=3))} if handover else {}


def _of_petition(state: Petition) -> dict[str, list[Fields]]:
    handover = {"handover_id": state.handover.handover_id if state.handover else identity(9)}
    why: Fields = {"reasons": secret("why")}
    transfers = [{"kind": types.HANDOVER_KIND_TRANSFER, "to_unit": unit} for unit in TARGETS]
    declined = {
        "code": types.NON_ACCEPTANCE_CODE_NOT_COMPETENT,
        "remedy": secret("there"),
        "redirect_unit": HOUSING,
    }
    terminated = {
        "code": types.NON_ACCEPTANCE_CODE_TERMINATED,
        "remedy": secret("the court tells"),
        "earlier_document": secret("its notice"),
        "earlier_date": "2020-06-01",
    }
    return {
        "ClassifyPetition": [course | why for course in COURSES],
        "HandOverPetition": [
            *transfers,
            {"kind": types.HANDOVER_KIND_REFERRAL, "to_unit": LABOUR, "due_date": "2026-12-01"},
        ],
        "ReferLitigation": [{"organ": COURT, "organ_kind": ORGAN_KIND_COURT, "matter": secret("suit")}],
        "WithdrawOffer": [{"offer_id": state.offer.referral_id if state.offer else identity(9)}],
        "ObjectToHandover": [handover | why],
        "RecallHandover": [handover | why],
        "OrderHandover": [
            handover | why | {"order": order}
            for order in (types.HANDOVER_ORDER_ACCEPT, types.HANDOVER_ORDER_ANSWER)
        ],
        "ProveHandoverReceipt": [handover | _RECEIVED | _hours_later(state)],
        "DecideObjection": [handover | {"upheld": upheld} for upheld in (True, False)],
        "NotifyReceipt": [MAIL],
        "AcceptPetition": [{}],
        "DeclinePetition": [declined | why, declined, terminated | why],
        "LeadIntoProcedure": [
            {"route": state.route or types.ROUTE_JUDICIAL, "organ": COURT},
            {"route": types.ROUTE_ARBITRATION, "organ": LABOUR},
        ],
        "TellPetitioner": [
            MAIL | {"telling": telling, "document": secret("notice")}
            for telling in (types.TELLING_NOT_ACCEPTED, types.TELLING_LED_IN, types.TELLING_PROGRESS)
        ],
        "DecideCompetence": [{"unit": unit} for unit in TARGETS],
        "RestatePetition": [{"content": secret("other words")}],
        "CorrectRegistration": [
            why | {"fields": ["content", "division"], "content": secret("right"), "division": "990102"},
            why | {"fields": ["purpose"], "purpose": "suggestion"},
        ],
        "LinkCase": [{"other_case_id": identity(8), "kind": types.LINK_KIND_RELATED}],
    }


def _owed(state: Petition) -> Completion:
    open_ones = [one for one in state.completions if not one.accepted]
    return open_ones[0] if open_ones else Completion(identity(9), OFFICE, LABOUR, identity(9))


def _of_completion(state: Petition) -> dict[str, list[Fields]]:
    owed = _owed(state)
    check = {"report_id": owed.report_id, "reasons": secret("why")}
    checks = [check | {"accepted": one} for one in (True, False)]
    return {
        "ReportCompletion": [{"handover_id": owed.handover_id, "report": secret("done")}],
        "CheckCompletion": checks,
    }


def _of_answer(state: Petition) -> dict[str, list[Fields]]:
    opinion = {"opinion_id": state.opinion.opinion_id if state.opinion else identity(9)}
    review = {"review_id": state.review.review_id if state.review else identity(9)}
    outcomes = (types.REVIEW_OUTCOME_UPHELD, types.REVIEW_OUTCOME_REVOKED, types.REVIEW_OUTCOME_CHANGED)
    text = f"opinion {len(state.opinions)}"
    good = types.RATING_SATISFIED
    return {
        "ApproveExtension": [{"extension_days": days, "reasons": secret("complex")} for days in (10, 20, 30)],
        "NotifyExtension": [MAIL],
        "RecordRemedyFact": [{"fact": types.REMEDY_FACT_JUDGMENT_EFFECTIVE, "fact_date": "2026-02-01"}],
        "IssueOpinion": [
            {"outcome": outcome, "document": secret(text), "mark": text.encode()} | redo
            for outcome in OUTCOMES
            for redo in ({}, {"redo_finding": DIFFERS})
        ],
        "ServeOpinion": [opinion | MAIL],
        "RequestReview": [
            {"level": types.REVIEW_LEVEL_REVIEW, "organ": COUNTY},
            {"level": types.REVIEW_LEVEL_RE_REVIEW, "organ": CITY, "late_reason": secret("ill")},
        ],
        "DecideReview": [
            review | {"outcome": one, "document": secret("review"), "new_outcome": new}
            for one in outcomes
            for new in (
                OUTCOMES if one == types.REVIEW_OUTCOME_CHANGED else (types.OPINION_OUTCOME_UNSPECIFIED,)
            )
        ],
        "ServeReview": [review | MAIL],
        "RequestRecusal": [
            {"officer": f"officer-of-{state.holder}", "reasons": secret("a cousin"), "of_head": of_head}
            for of_head in (False, True)
        ],
        "DecideRecusal": [
            {"recusal_id": one.recusal_id, "granted": granted, "reasons": secret("so")}
            for one in state.recusals
            for granted in (True, False)
        ]
        or [{}],
        "ReportExecution": [{"report": secret("done")}, {"report": secret("done")} | review],
        "RecordAgreement": [
            {"form": types.AGREEMENT_FORM_MEDIATION, "due_date": due} | AGREED for due in ("", "2026-12-01")
        ],
        "WithdrawPetition": [{"way": types.RATING_WAY_WEB}],
        "RecordWithdrawal": [{"statement": secret("signed")}],
        "ConfirmWithdrawal": [{"way": types.RATING_WAY_WEB}],
        "ContinuePetition": [{"way": types.RATING_WAY_WEB}],
        "RecordDeath": [{"evidence": secret("certificate")}],
        "ClosePetition": [{"kind": kind} for kind in types.ClosingKind.values()],
        **_of_completion(state),
        "RatePetition": [{"office_rating": good, "unit_rating": good, "way": types.RATING_WAY_WEB}],
        "TakeBackRating": [{}],
        "ConfirmNotice": [{"notice_id": state.rating.notice_id if state.rating else ""}],
        "CompleteTask": [{"item_id": task.item_id, "report": secret("done")} for task in state.tasks] or [{}],
    }


def moves(state: Petition) -> dict[str, list[Fields]]:
    """Fields to send with each rpc; whether it is the moment for it is another question."""
    return _of_petition(state) | _of_answer(state)


PORTAL = Principal("console", "", frozenset({Role.SERVICE}))
_ACTORS: dict[str, Callable[[Petition], Principal]] = {
    "ObjectToHandover": lambda state: officer(state.pending_unit),
    "AcceptPetition": lambda state: officer(state.pending_unit or state.holder),
    "DecideCompetence": lambda _: officer(COUNTY),
    "OrderHandover": lambda _: officer(COUNTY),
    "ReportCompletion": lambda state: officer(_owed(state).unit),
    "CheckCompletion": lambda state: officer(_owed(state).referring_unit),
    "RatePetition": lambda _: PORTAL,
    "TakeBackRating": lambda _: PORTAL,
    "WithdrawPetition": lambda _: PORTAL,
    "ConfirmWithdrawal": lambda _: PORTAL,
    "ContinuePetition": lambda _: PORTAL,
    "ConfirmNotice": lambda _: PORTAL,
    "ApproveExtension": lambda state: head(state.holder),
    "DecideRecusal": lambda state: head(state.recusals[-1].decider if state.recusals else state.holder),
    "DecideReview": lambda state: officer(state.review.organ if state.review else COUNTY),
    "ServeReview": lambda state: officer(state.review.organ if state.review else COUNTY),
    "CompleteTask": lambda state: officer(state.tasks[0].unit if state.tasks else LABOUR),
}


def rightful(case: Case, rpc: str) -> Principal:
    """Whose move it would be."""
    return _ACTORS[rpc](case.state) if rpc in _ACTORS else case.holder


_ANY = {
    "track": common.TRACK_JUDICIAL,
    "content": secret("a part"),
    "remainder": commands.Statement(content=secret("the rest")),
}
PARTS: tuple[Fields, ...] = (
    _ANY,
    _ANY | {"track": common.TRACK_DISCIPLINE},
    _ANY | {"track": common.TRACK_DISCIPLINE, "accused_units": [OFFICE, HOUSING]},
)

NEXT: dict[types.PetitionStatus.ValueType, tuple[str, ...]] = {
    types.PETITION_STATUS_REGISTERED: ("ClassifyPetition",),
    types.PETITION_STATUS_CLASSIFIED: (
        "HandOverPetition",
        "AcceptPetition",
        "LeadIntoProcedure",
        "DeclinePetition",
        "ReferLitigation",
    ),
    types.PETITION_STATUS_HANDED_OVER: (
        "AcceptPetition",
        "ObjectToHandover",
        "RecallHandover",
        "OrderHandover",
        "ProveHandoverReceipt",
        "DecideCompetence",
    ),
    types.PETITION_STATUS_OBJECTED: ("DecideObjection", "RecallHandover", "DecideCompetence"),
    types.PETITION_STATUS_NOT_ACCEPTED: ("TellPetitioner", "ClassifyPetition", "DecideCompetence"),
    types.PETITION_STATUS_LED_INTO_PROCEDURE: ("TellPetitioner", "AcceptPetition", "IssueOpinion"),
    types.PETITION_STATUS_ACCEPTED: (
        "IssueOpinion",
        "TellPetitioner",
        "ApproveExtension",
        "NotifyExtension",
        "RecordAgreement",
        "ClosePetition",
    ),
    types.PETITION_STATUS_OPINION_ISSUED: ("ServeOpinion",),
    types.PETITION_STATUS_ANSWERED: (
        "ReportExecution",
        "RequestReview",
        "ClosePetition",
        "ReportCompletion",
        "CheckCompletion",
        "RatePetition",
        "CompleteTask",
    ),
    types.PETITION_STATUS_UNDER_REVIEW: ("DecideReview", "ServeReview", "DecideRecusal"),
    types.PETITION_STATUS_CLOSED: ("RequestReview", "RatePetition"),
}
"""What is likely to come next at each point."""

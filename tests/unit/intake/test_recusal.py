"""回避: an officer who is interested in the matter decides nothing in it (Art. 28(3); domain rules, 8)."""

from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.decide.split import split
from huiyin_domain.refusal import Refusal
from tests.support.deciding import officer, secret
from tests.support.small_policy import CITY, COUNTY, HOUSING, LABOUR, OFFICE
from tests.unit.intake.moves import PORTAL
from tests.unit.intake.petitions import ACCUSATION, Case, head, made

LI = f"officer-of-{HOUSING}"
COLLEAGUE = officer(HOUSING, "wang")
HEAD = head(HOUSING)
WHY: dict[str, Any] = {"reasons": secret("the developer is a cousin")}


def asked(case: Case, by: Principal | None = None, **fields: Any) -> events.RecusalRequested:
    (event,) = case.do("RequestRecusal", by, **{"officer": LI, **WHY, **fields})
    return made(event, events.RecusalRequested)


def recused() -> Case:
    case = Case().accepted()
    request = asked(case)
    case.do("DecideRecusal", HEAD, recusal_id=request.recusal_id, granted=True, **WHY)
    return case


def test_the_units_head_decides_and_nothing_stops_meanwhile() -> None:
    """Shanghai 24, Shandong 17, Zhejiang 27: the unit's head decides."""
    case = Case().accepted()
    request = asked(case)
    assert (request.unit, request.officer, request.decider) == (HOUSING, LI, HOUSING)
    case.no("HEAD_REQUIRED", "DecideRecusal", COLLEAGUE, recusal_id=request.recusal_id, granted=True, **WHY)
    case.opinion()
    (event,) = case.do("DecideRecusal", HEAD, recusal_id=request.recusal_id, granted=True, **WHY)
    decided = made(event, events.RecusalDecided)
    assert (decided.officer, decided.granted, decided.approved_by) == (LI, True, HEAD.officer)


def test_who_is_recused_decides_nothing_any_more_and_a_colleague_does() -> None:
    case = recused()
    no = {"outcome": types.OPINION_OUTCOME_NOT_SUPPORTED, "document": secret("no")}
    refused = case.no("RECUSED", "IssueOpinion", officer(HOUSING), **no)
    assert (refused.facts["officer"], refused.article) == (LI, "Regulations of 2022, Art. 28(3)")
    case.no("RECUSED", "RestatePetition", officer(HOUSING), content=secret("other words"))
    case.do("IssueOpinion", COLLEAGUE, **no)


def test_who_is_recused_splits_nothing_off_either() -> None:
    part = {"track": common.TRACK_JUDICIAL, "content": secret("a part"), "reasons": secret("a suit")}
    rest = commands.Statement(content=secret("the rest"))
    case = recused()
    command = case.command("SplitPetition", remainder=rest, **part)
    assert isinstance(command, commands.SplitPetitionRequest)
    refusal = split(case.state, command, case.context(officer(HOUSING)))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "RECUSED"
    assert not isinstance(split(case.state, command, case.context(COLLEAGUE)), Refusal)


def test_who_is_recused_is_so_when_lent_to_another_agency_and_after_a_redo() -> None:
    case = recused()
    case.do("IssueOpinion", COLLEAGUE, outcome=types.OPINION_OUTCOME_EXPLAINED, document=secret("x"))
    assert case.state.opinion
    served = {"opinion_id": case.state.opinion.opinion_id, "method": types.SERVICE_METHOD_MAIL}
    case.do("ServeOpinion", COLLEAGUE, **served)
    review_id = case.review_asked(COUNTY)
    lent = Principal(HOUSING, LI, frozenset({Role.OFFICER}), on_behalf_of=COUNTY)
    revoked = {"review_id": review_id, "outcome": types.REVIEW_OUTCOME_REVOKED, "document": secret("r")}
    case.do("DecideReview", officer(COUNTY), **revoked)
    case.no("RECUSED", "ServeReview", lent, review_id=review_id, method=types.SERVICE_METHOD_MAIL)
    case.do("ServeReview", officer(COUNTY), review_id=review_id, method=types.SERVICE_METHOD_MAIL)
    case.no("RECUSED", "AcceptPetition", officer(HOUSING))


def test_a_refused_request_leaves_the_officer_in_the_case_and_new_reasons_make_a_new_one() -> None:
    case = Case().accepted()
    request = asked(case)
    case.do("DecideRecusal", HEAD, recusal_id=request.recusal_id, granted=False, **WHY)
    case.opinion()
    asked(case)


def test_nobody_decides_on_oneself_the_organ_above_does() -> None:
    """The head of the organ decides for the unit's head: here the organ one level above."""
    case = Case().accepted()
    request = asked(case, officer=HEAD.officer)
    case.no("OWN_RECUSAL", "DecideRecusal", HEAD, recusal_id=request.recusal_id, granted=False, **WHY)
    upward = asked(case, officer=HEAD.officer, of_head=True)
    assert upward.decider == COUNTY
    assert COUNTY in case.state.parties
    decide = {"recusal_id": upward.recusal_id, "granted": True, **WHY}
    case.no("NOT_THE_RECUSAL_DECIDER", "DecideRecusal", HEAD, **decide)
    case.no("HEAD_REQUIRED", "DecideRecusal", officer(COUNTY), **decide)
    case.do("DecideRecusal", head(COUNTY), **decide)
    assert COUNTY not in case.state.parties
    more_time = {"extension_days": 10, "approved_by": HEAD.officer, **WHY}
    case.no("RECUSED", "ApproveExtension", HEAD, **more_time)


def test_a_head_who_asks_for_the_own_recusal_puts_it_before_the_organ_above() -> None:
    assert asked(Case().accepted(), HEAD, officer=HEAD.officer).decider == COUNTY


def test_an_accused_organ_above_decides_nothing() -> None:
    """Art. 30(3): it has no read path; the nearest one outside the wall decides."""
    case = Case(by=HOUSING)
    case.do("ClassifyPetition", **ACCUSATION, reasons=secret("it takes bribes"), accused_units=[COUNTY])
    request = asked(case, officer=HEAD.officer, of_head=True)
    assert request.decider not in ("", COUNTY)
    assert case.state.audience.isdisjoint({COUNTY})


def test_the_petitioner_asks_by_the_code_and_names_the_officer_in_sealed_words() -> None:
    case = Case().accepted()
    (event,) = case.do("AskRecusal", PORTAL, **WHY)
    request = made(event, events.RecusalRequested)
    assert (request.unit, request.officer, request.decider) == (HOUSING, "", HOUSING)
    assert request.authority.kind == common.AUTHORITY_KIND_PETITIONER
    case.no("PETITIONERS_ONLY", "AskRecusal", officer(HOUSING), **WHY)
    decide = {"recusal_id": request.recusal_id, "granted": True, **WHY}
    case.no("OFFICER_MALFORMED", "DecideRecusal", HEAD, **decide)
    case.no("OWN_RECUSAL", "DecideRecusal", HEAD, **decide, officer=HEAD.officer)
    case.do("DecideRecusal", HEAD, **decide, officer=LI)
    case.no("RECUSED", "IssueOpinion", officer(HOUSING), outcome=1, document=secret("no"))


def test_the_petitioner_asks_the_organ_above_about_the_head_and_the_reviewing_organ_under_review() -> None:
    case = Case().accepted()
    case.do("AskRecusal", PORTAL, of_head=True, **WHY)
    assert case.state.recusals[-1].decider == COUNTY
    case.answered()
    case.review_asked(COUNTY)
    case.do("AskRecusal", PORTAL, **WHY)
    assert (case.state.recusals[-1].unit, case.state.recusals[-1].decider) == (COUNTY, COUNTY)


def test_any_party_records_what_the_petitioner_asks_and_others_ask_nothing_of_their_own() -> None:
    case = Case().accepted()
    request = asked(case, officer(OFFICE), officer="", for_petitioner=True)
    assert request.authority.kind == common.AUTHORITY_KIND_PETITIONER
    case.answered()
    case.review_asked(COUNTY)
    case.no("NO_SUCH_CASE", "RequestRecusal", officer(LABOUR), officer=LI, **WHY)
    case.no("NOT_DECIDING_HERE", "RequestRecusal", unit=LABOUR, officer="zhao", **WHY)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"officer": ""}, "OFFICER_MALFORMED"),
        ({"officer": "x" * 500}, "OFFICER_MALFORMED"),
        ({"reasons": None}, "CONTENT_REQUIRED"),
    ],
)
def test_a_request_names_an_officer_and_reasons(fields: dict[str, Any], reason: str) -> None:
    Case().accepted().no(reason, "RequestRecusal", **{"officer": LI, **WHY, **fields})


def test_one_request_at_a_time_and_one_decision() -> None:
    case = Case().accepted()
    request = asked(case)
    again = case.no("RECUSAL_OPEN", "RequestRecusal", officer=LI, **WHY)
    assert again.facts["recusal_id"] == request.recusal_id
    decide = {"recusal_id": request.recusal_id, **WHY}
    case.do("DecideRecusal", HEAD, granted=True, **decide)
    assert case.do("DecideRecusal", HEAD, granted=True, **decide) == ()
    refused = case.no("RECUSAL_DECIDED", "DecideRecusal", HEAD, granted=False, **decide)
    assert refused.facts["granted"] == "true"
    case.no("ALREADY_RECUSED", "RequestRecusal", COLLEAGUE, officer=LI, **WHY)


def test_with_a_move_of_responsibility_what_was_not_decided_is_over() -> None:
    case = Case().accepted()
    request = asked(case)
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    case.no("NO_SUCH_RECUSAL", "DecideRecusal", head(LABOUR), recusal_id=request.recusal_id, **WHY)


def test_a_closed_case_has_nothing_to_decide() -> None:
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.no("ALREADY_CLOSED", "RequestRecusal", officer=LI, **WHY)


def test_who_took_it_in_hand_or_granted_more_time_does_not_review_it() -> None:
    """Domain rules 11.4, invariant 5; lent officers are told apart by their own agency too."""
    case = Case().accepted()
    case.do("ApproveExtension", HEAD, extension_days=10, approved_by=HEAD.officer, **WHY)
    case.do("NotifyExtension", method=types.SERVICE_METHOD_MAIL)
    case.do("IssueOpinion", COLLEAGUE, outcome=types.OPINION_OUTCOME_EXPLAINED, document=secret("x"))
    assert case.state.opinion
    served = {"opinion_id": case.state.opinion.opinion_id, "method": types.SERVICE_METHOD_MAIL}
    case.do("ServeOpinion", COLLEAGUE, **served)
    upheld = {"outcome": types.REVIEW_OUTCOME_UPHELD, "document": secret("r")}
    review_id = case.review_asked(COUNTY)
    for name in (LI, HEAD.officer, COLLEAGUE.officer):
        lent = Principal(HOUSING, name, frozenset({Role.OFFICER}), on_behalf_of=COUNTY)
        case.no("REVIEWER_HANDLED_IT", "DecideReview", lent, review_id=review_id, **upheld)
    same_name = Principal(COUNTY, LI, frozenset({Role.OFFICER}))
    case.do("DecideReview", same_name, review_id=review_id, **upheld)
    assert CITY not in case.state.parties

"""办结: only after a served answer and after execution (Arts. 32(2), 36(3))."""

from datetime import timedelta

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import ClosingKind
from huiyin_domain.dates import stamp
from huiyin_domain.refusal import Refusal
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import CITY, COUNTY, COURT, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import LITIGATION, PETITION_CLAIM, SUGGESTION, Case, made
from tests.unit.intake.reacting import acknowledged, returned, with_task

SUPPORTED = types.OPINION_OUTCOME_SUPPORTED
ANSWERED = types.CLOSING_KIND_ANSWERED


def answered(**course: object) -> Case:
    case = Case().classified(**course)
    case.do("AcceptPetition")
    case.answered()
    return case


def test_a_case_without_a_served_answer_is_not_closed() -> None:
    """事事有回音: closing without a served reply is impossible (domain rules 11.1)."""
    case = Case()
    case.no("NO_SERVED_ANSWER", "ClosePetition", kind=ANSWERED)
    case.accepted()
    case.no("NO_SERVED_ANSWER", "ClosePetition", kind=ANSWERED)
    opinion_id = case.opinion()
    case.no("NO_SERVED_ANSWER", "ClosePetition", kind=ANSWERED)
    case.do("ServeOpinion", opinion_id=opinion_id, method=types.SERVICE_METHOD_IN_PERSON)
    case.do("ClosePetition", kind=ANSWERED)


def test_a_declined_case_is_not_closed() -> None:
    """Promise P1: it stays visible, and can be challenged."""
    case = Case()
    why = {"reasons": secret("why"), "remedy": secret("the court tells in writing")}
    cited = {"earlier_document": secret("the court's notice"), "earlier_date": "2020-06-01"}
    case.do("DeclinePetition", code=types.NON_ACCEPTANCE_CODE_TERMINATED, **why, **cited)
    case.no("NO_SERVED_ANSWER", "ClosePetition", kind=ANSWERED)


def test_a_supported_request_is_carried_out_before_closing() -> None:
    """Art. 32(2); domain rules 11.4, invariant 8."""
    case = Case().accepted()
    case.answered(SUPPORTED, "yes")
    assert case.no("NOT_EXECUTED", "ClosePetition", kind=ANSWERED).article.endswith("32(2)")
    case.do("ReportExecution", report=secret("the roof is mended"))
    case.do("ClosePetition", kind=ANSWERED)


def test_only_what_was_supported_is_carried_out_and_with_a_report() -> None:
    case = Case().accepted()
    case.no("NOT_SUPPORTED", "ReportExecution", report=secret("done"))
    case.answered(types.OPINION_OUTCOME_EXPLAINED)
    case.no("NOT_SUPPORTED", "ReportExecution", report=secret("done"))
    case = Case().accepted()
    case.answered(SUPPORTED)
    case.no("CONTENT_REQUIRED", "ReportExecution")
    case.no("NOT_RESPONSIBLE", "ReportExecution", officer(OFFICE), report=secret("done"))


def test_execution_is_reported_once() -> None:
    case = Case().accepted()
    case.answered(SUPPORTED)
    case.do("ReportExecution", report=secret("done"))
    case.no("ALREADY_EXECUTED", "ReportExecution", report=secret("done again"))


def test_a_case_under_review_is_not_closed() -> None:
    case = Case().accepted()
    case.answered()
    case.review_asked(COUNTY)
    case.no("REVIEW_OPEN", "ClosePetition", kind=ANSWERED)


def test_a_revoked_opinion_is_no_answer() -> None:
    case = Case().accepted()
    case.answered()
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    case.no("NO_SERVED_ANSWER", "ClosePetition", kind=ANSWERED)


@pytest.mark.parametrize(
    ("course", "allowed"),
    [
        (PETITION_CLAIM, {ANSWERED}),
        (SUGGESTION, {types.CLOSING_KIND_SUGGESTION_ANSWERED}),
    ],
)
def test_a_track_has_its_own_ways_to_close(
    course: dict[str, int], allowed: set[ClosingKind.ValueType]
) -> None:
    """But for kinds that have grounds of their own, such as re-review, conclusion or agreement."""
    case = answered(**course)
    for kind in ClosingKind.values():
        decision = case.decide(case.command("ClosePetition", kind=kind), case.holder)
        assert (kind in allowed) == (not isinstance(decision, Refusal))


def test_a_case_is_closed_as_re_reviewed_only_when_it_was() -> None:
    """Art. 36(3)."""
    case = Case().accepted()
    case.answered()
    kind = types.CLOSING_KIND_RE_REVIEWED
    case.no("NOT_RE_REVIEWED", "ClosePetition", kind=kind)
    case.reviewed(COUNTY)
    case.no("NOT_RE_REVIEWED", "ClosePetition", kind=kind)
    case.reviewed(CITY, level=types.REVIEW_LEVEL_RE_REVIEW)
    case.do("ClosePetition", kind=kind)


def test_a_case_is_closed_as_judicially_concluded_only_when_it_came_back_so() -> None:
    """Art. 28(2), and the petitioner is told in writing all the same."""
    kind = types.CLOSING_KIND_JUDICIAL_CONCLUSION
    for concluded in (False, True):
        case = Case().classified(**LITIGATION)
        referral_id = acknowledged(case, COURT)
        returned(case, referral_id, concluded)
        if not concluded:
            case.no("REFER_TO_JUDICIAL_ORGAN", "ClosePetition", kind=kind)
            continue
        case.no("CONTENT_REQUIRED", "ClosePetition", kind=kind)
        case.do("AcceptPetition")
        case.answered(types.OPINION_OUTCOME_EXPLAINED)
        case.no("CLOSING_KIND_NOT_ALLOWED", "ClosePetition", kind=ANSWERED)
        case.no("NOTICE_NOT_ALLOWED", "ClosePetition", kind=kind, document=secret("the court's judgment"))
        case.do("ClosePetition", kind=kind)


def test_a_judicial_conclusion_of_which_the_petitioner_was_told_needs_no_opinion() -> None:
    """Art. 28(2): no administrative organ answers what a court has concluded; it tells, in writing."""
    kind, document = types.CLOSING_KIND_JUDICIAL_CONCLUSION, secret("the court has concluded the matter")
    case = Case().classified(**LITIGATION)
    told = {"kind": kind, "document": document, "method": types.SERVICE_METHOD_MAIL}
    case.no("REFER_TO_JUDICIAL_ORGAN", "ClosePetition", **told)
    returned(case, acknowledged(case, COURT), concluded=True)
    case.no("CONTENT_REQUIRED", "ClosePetition", kind=kind)
    case.no("FIELD_REQUIRED", "ClosePetition", kind=kind, document=document)
    later = stamp(case.now + timedelta(days=1))
    case.no("TIME_IN_FUTURE", "ClosePetition", **told, served_time=later)
    (event,) = case.do("ClosePetition", **told)
    closed = made(event, events.PetitionClosed)
    assert (closed.document, closed.method) == (document.sealed, types.SERVICE_METHOD_MAIL)
    assert closed.HasField("served_time")
    assert not any(isinstance(one, events.OpinionIssued) for one in case.history)


def test_tasks_of_a_resolution_are_done_before_closing() -> None:
    """Art. 12(2): members carry out tasks and report."""
    case = Case().accepted()
    item_id = with_task(case, LABOUR)
    case.answered()
    assert case.no("TASKS_OPEN", "ClosePetition", kind=ANSWERED).facts["items"] == item_id
    case.do("CompleteTask", officer(LABOUR), item_id=item_id, report=secret("done"))
    case.do("ClosePetition", kind=ANSWERED)


def test_only_the_responsible_unit_closes() -> None:
    case = Case().accepted()
    case.answered()
    case.no("NOT_RESPONSIBLE", "ClosePetition", officer(OFFICE), kind=ANSWERED)


def test_closing_again_in_the_same_way_changes_nothing() -> None:
    case = answered()
    case.do("ClosePetition", kind=ANSWERED)
    assert case.do("ClosePetition", kind=ANSWERED) == ()
    case.no("ALREADY_CLOSED", "ClosePetition", kind=types.CLOSING_KIND_AGREEMENT)


def test_a_task_is_completed_by_its_unit_with_a_report_and_once() -> None:
    case = Case().accepted()
    item_id = with_task(case, LABOUR)
    done = {"item_id": item_id, "report": secret("done")}
    case.no("NOT_THE_TASK_UNIT", "CompleteTask", officer(HOUSING), **done)
    case.no("CONTENT_REQUIRED", "CompleteTask", officer(LABOUR), item_id=item_id)
    case.no("NO_SUCH_TASK", "CompleteTask", officer(LABOUR), **(done | {"item_id": identity(5)}))
    case.do("CompleteTask", officer(LABOUR), **done)
    case.no("TASK_DONE", "CompleteTask", officer(LABOUR), **done)

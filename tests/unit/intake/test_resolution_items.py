"""A bound resolution takes effect on all its cases or visibly on none (promise P6)."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.intake.resolution import OTHER_ITEM_REFUSED
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import COUNTY, COURT, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, Case, kinds
from tests.unit.intake.reacting import ASSIGN, RESOLUTION, TASK, acknowledged, bound, decided, item


def two() -> tuple[Case, Case]:
    return Case().classified(), other()


def other() -> Case:
    """A second case, of another identity than the first."""
    return Case(3000).classified()


def reasons(changes: Mapping[str, Sequence[Message]]) -> dict[str, str]:
    """Why each item was refused."""
    refused = [event for made in changes.values() for event in made]
    return {
        event.item_id: event.reason for event in refused if isinstance(event, events.ResolutionItemRefused)
    }


def test_every_item_takes_effect_on_its_case() -> None:
    first, second = two()
    bound([first, second], item(first, 1, ASSIGN, HOUSING), item(second, 2, TASK, LABOUR))
    assert (first.state.holder, first.state.epoch) == (HOUSING, 2)
    assert (second.state.holder, second.state.epoch) == (OFFICE, 1)
    assert [task.unit for task in second.state.tasks] == [LABOUR]
    assert LABOUR in second.state.audience


def test_an_assignment_moves_responsibility_on_the_resolutions_basis() -> None:
    """Art. 24: 没有共同上级的，由联席会议协调."""
    case = Case().classified()
    _, moved = bound([case], item(case, 1, ASSIGN, COURT))[case.state.case_id]
    assert isinstance(moved, events.ResponsibilityMoved)
    assert (moved.basis, moved.basis_id) == (types.MOVE_BASIS_RESOLUTION, RESOLUTION)
    assert case.state.competence_decided


def test_an_assignment_to_the_holder_moves_nothing() -> None:
    case = Case().classified()
    changes = bound([case], item(case, 1, ASSIGN, OFFICE))
    assert kinds(changes[case.state.case_id]) == ["ResolutionItemApplied"]


def test_an_assignment_to_the_holder_ends_a_disputed_hand_over() -> None:
    case = Case().classified()
    case.handed_over(HOUSING)
    bound([case], item(case, 1, ASSIGN, OFFICE))
    assert (case.state.handover, case.state.epoch) == (None, 2)


def test_an_assignment_and_tasks_on_one_case_go_together() -> None:
    case = Case().classified()
    bound([case], item(case, 1, TASK, LABOUR), item(case, 2, ASSIGN, HOUSING), item(case, 3, TASK, COURT))
    assert (case.state.holder, len(case.state.tasks)) == (HOUSING, 2)


def closed() -> Case:
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    return case


def answered() -> Case:
    case = Case().accepted()
    case.answered()
    return case


def under_review() -> Case:
    case = answered()
    case.review_asked(COUNTY)
    return case


def at_court() -> Case:
    case = Case().classified(**LITIGATION)
    acknowledged(case, COURT)
    return case


def stale(case: Case) -> ResolutionItem:
    one = item(case, 1, ASSIGN, HOUSING)
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    return one


def dated(case: Case, day: str) -> ResolutionItem:
    one = item(case, 1, TASK, LABOUR)
    one.due_date = day
    return one


@pytest.mark.parametrize(
    ("make", "spoil", "reason"),
    [
        (lambda: Case().classified(), stale, "STALE_EPOCH"),
        (lambda: Case().classified(), lambda case: item(case, 1, ASSIGN, HOUSING, 7), "EPOCH_AHEAD"),
        (lambda: Case().classified(), lambda case: item(case, 1, ASSIGN, "nobody"), "UNKNOWN_UNIT"),
        (
            lambda: Case().classified(),
            lambda case: item(case, 1, types.RESOLUTION_ITEM_KIND_UNSPECIFIED, HOUSING),
            "UNKNOWN_ITEM_KIND",
        ),
        (lambda: Case().classified(), lambda case: dated(case, "2026-02-30"), "MALFORMED_DATE"),
        (
            lambda: Case().classified(**ACCUSATION, accused_units=[HOUSING]),
            lambda case: item(case, 1, TASK, HOUSING),
            "ACCUSED_UNIT",
        ),
        (closed, lambda case: item(case, 1, TASK, LABOUR), "ALREADY_CLOSED"),
        (at_court, lambda case: item(case, 1, ASSIGN, HOUSING), "REFERRAL_OPEN"),
        (answered, lambda case: item(case, 1, ASSIGN, LABOUR), "ALREADY_ANSWERED"),
        (under_review, lambda case: item(case, 1, ASSIGN, LABOUR), "REVIEW_OPEN"),
    ],
)
def test_one_item_that_cannot_be_applied_refuses_all_each_with_its_reason(
    make: Callable[[], Case], spoil: Callable[[Case], ResolutionItem], reason: str
) -> None:
    case, innocent = make(), other()
    bad, good = spoil(case), item(innocent, 2, ASSIGN, HOUSING)
    before = (case.state.holder, case.state.epoch, innocent.state.holder, innocent.state.epoch)
    changes = bound([case, innocent], bad, good)
    assert reasons(changes) == {bad.item_id: reason, good.item_id: OTHER_ITEM_REFUSED}
    assert (case.state.holder, case.state.epoch, innocent.state.holder, innocent.state.epoch) == before
    assert {bad.item_id, good.item_id} <= case.state.refused_items | innocent.state.refused_items


def test_what_is_to_be_done_again_can_go_to_a_unit_that_accepts_before_it_answers() -> None:
    case = answered()
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    bound([case], item(case, 1, ASSIGN, LABOUR))
    outcome = types.OPINION_OUTCOME_SUPPORTED
    case.no("NOT_ACCEPTED_YET", "IssueOpinion", outcome=outcome, document=secret("anew"))
    case.do("AcceptPetition")
    case.opinion(outcome, "anew")


def test_a_unit_that_got_an_answered_case_accepts_it_before_it_does_it_again() -> None:
    """So a resolution could move it in version 0.1: what was recorded then is read as it is."""
    case = answered()
    basis = types.MOVE_BASIS_RESOLUTION
    case.given(events.ResponsibilityMoved(from_unit=HOUSING, to_unit=LABOUR, epoch=3, basis=basis))
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    case.no("NOT_ACCEPTED_YET", "IssueOpinion", outcome=types.OPINION_OUTCOME_SUPPORTED)
    case.do("AcceptPetition")
    case.opinion(text="anew")


def test_a_case_is_not_assigned_twice_by_one_resolution() -> None:
    case = Case().classified()
    first, second = item(case, 1, ASSIGN, HOUSING), item(case, 2, ASSIGN, LABOUR)
    assert set(reasons(bound([case], first, second)).values()) == {"ASSIGNED_TWICE"}


def test_an_item_on_a_case_that_is_not_there_is_refused_in_the_record_of_another() -> None:
    """Every item ends applied or refused, and no stream begins without a registration (promises P1, P6)."""
    case = Case().classified()
    lost = item(case, 1, ASSIGN, HOUSING)
    lost.case_id = identity(4000)
    good = item(case, 2, TASK, LABOUR)
    changes = bound([case], lost, good)
    assert set(changes) == {case.state.case_id}
    assert reasons(changes) == {lost.item_id: "NO_SUCH_CASE", good.item_id: OTHER_ITEM_REFUSED}


def test_with_no_case_at_all_there_is_no_record_to_write_in() -> None:
    case = Case().classified()
    one = item(case, 1, ASSIGN, HOUSING)
    case.state = case.decider.initial()
    assert decided([case], one) == {}


def test_what_was_settled_is_not_settled_again_even_when_it_could_be_now() -> None:
    case = Case().classified()
    bad = item(case, 1, ASSIGN, "nobody")
    bound([case], bad)
    bad.unit = HOUSING
    assert decided([case], bad) == {}

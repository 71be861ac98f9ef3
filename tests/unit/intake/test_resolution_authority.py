"""The case itself looks on whose authority an item of a resolution stands (Art. 24; promises P2, P6, P13)."""

import pytest

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_RESOLUTION, AUTHORITY_KIND_SUPERIOR, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from tests.support.deciding import officer, secret
from tests.support.small_policy import (
    CENTRE,
    CITY,
    COUNTY,
    COURT,
    HOUSING,
    LABOUR,
    LABOURS_CENTRE,
    OFFICE,
    STRANGER,
)
from tests.unit.intake.petitions import ACCUSATION, Case, made
from tests.unit.intake.reacting import ASSIGN, MOVE_TASK, RESOLUTION, REVOKE, TASK, bound, item, with_task


def by(organ: str) -> Authority:
    return Authority(kind=AUTHORITY_KIND_SUPERIOR, organ=organ)


def reason(case: Case, *signed_by: str, to_unit: str = HOUSING, ordered_by: str = "") -> str:
    """Why the case is not moved; empty when it is."""
    orders = [by(ordered_by)] if ordered_by else []
    one = item(case, 1, ASSIGN, to_unit)
    event = bound([case], one, signed_by=signed_by, ordered_by=orders)[case.state.case_id][0]
    return event.reason if isinstance(event, events.ResolutionItemRefused) else ""


def test_two_agencies_without_a_part_in_a_case_do_not_take_it() -> None:
    case = Case().classified()
    assert reason(case, HOUSING, LABOUR) == "NOT_SIGNED"
    assert (case.state.holder, case.state.parties) == (OFFICE, frozenset({OFFICE}))


def test_nor_do_they_give_themselves_a_task() -> None:
    case = Case().classified()
    bound([case], item(case, 1, TASK, HOUSING), signed_by=[HOUSING, LABOUR])
    assert (case.state.tasks, case.state.parties) == ((), frozenset({OFFICE}))


def test_the_responsible_unit_and_the_next_one_move_it_by_their_signatures() -> None:
    case = Case().classified()
    one = item(case, 1, ASSIGN, HOUSING)
    applied, moved = bound([case], one, signed_by=[OFFICE, HOUSING])[case.state.case_id]
    authority = Authority(kind=AUTHORITY_KIND_RESOLUTION, organ=OFFICE, basis_id=RESOLUTION)
    assert made(applied, events.ResolutionItemApplied).authority == authority
    assert made(moved, events.ResponsibilityMoved).authority == authority


@pytest.mark.parametrize("superior", [COUNTY, CITY])
def test_a_common_superior_moves_it_without_them(superior: str) -> None:
    case = Case().classified()
    assert not reason(case, ordered_by=superior)
    assert case.state.holder == HOUSING


@pytest.mark.parametrize("organ", [OFFICE, HOUSING, STRANGER, COURT])
def test_no_other_order_moves_it(organ: str) -> None:
    assert reason(Case().classified(), HOUSING, ordered_by=organ) == "NOT_SIGNED"


def test_the_order_of_a_superior_of_one_unit_moves_nothing_to_another() -> None:
    assert reason(Case().classified(), STRANGER, to_unit=STRANGER, ordered_by=COUNTY) == "NOT_SIGNED"
    assert not reason(Case().classified(), STRANGER, to_unit=STRANGER, ordered_by=CITY)


def test_a_resolution_bound_before_signatures_were_told_moves_nothing_any_more() -> None:
    """Version 0.1 did not say who signed; the meeting can resolve anew."""
    assert reason(Case().classified()) == "NOT_SIGNED"


def test_a_task_is_taken_back_by_a_later_resolution() -> None:
    case = Case().accepted()
    task = with_task(case, LABOUR)
    take_back = item(case, 2, REVOKE, "")
    take_back.task_item_id = task
    bound([case], take_back)
    case.no("NO_SUCH_CASE", "CompleteTask", officer(LABOUR), item_id=task, report=secret("late"))
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_a_task_is_moved_to_another_unit_with_a_day_of_its_own() -> None:
    case = Case().classified()
    move = item(case, 2, MOVE_TASK, COURT)
    move.task_item_id, move.due_date = with_task(case, LABOUR), "2026-06-30"
    bound([case], move)
    assert [(task.unit, task.due_date) for task in case.state.tasks if task.open] == [(COURT, "2026-06-30")]
    assert COURT in case.state.parties


def test_a_unit_that_became_accused_loses_its_task_without_being_asked() -> None:
    case = Case().classified()
    task = with_task(case, LABOUR)
    case.do("ClassifyPetition", **ACCUSATION, accused_units=[LABOUR])
    take_back = item(case, 2, REVOKE, "")
    take_back.task_item_id = task
    bound([case], take_back, signed_by=[OFFICE])
    assert not any(task.open for task in case.state.tasks)


def test_a_task_is_not_taken_back_by_others() -> None:
    case = Case().classified()
    take_back = item(case, 2, REVOKE, "")
    take_back.task_item_id = with_task(case, LABOUR)
    bound([case], take_back, signed_by=[OFFICE, HOUSING])
    assert any(task.open for task in case.state.tasks)


def test_a_meeting_is_asked_for_by_the_responsible_unit_and_lapses_with_its_responsibility() -> None:
    case = Case().classified()
    case.no("NO_SUCH_CASE", "RequestMeeting", officer(HOUSING), centre=CENTRE)
    (event,) = case.do("RequestMeeting", centre=CENTRE, reasons=secret("several agencies are needed"))
    assert made(event, events.MeetingRequested).authority.organ == OFFICE
    assert [one.centre for one in case.state.open_meeting_requests] == [CENTRE]
    assert CENTRE in case.state.parties
    case.no("MEETING_REQUESTED", "RequestMeeting", centre=CENTRE, reasons=secret("again"))
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert case.state.open_meeting_requests == ()


def test_no_meeting_is_asked_of_a_centre_that_an_accused_unit_runs_nor_of_another_agency() -> None:
    case = Case().classified(**ACCUSATION, accused_units=[LABOUR])
    case.no("NOT_A_CENTRE", "RequestMeeting", centre=HOUSING, reasons=secret("why"))
    case.no("ACCUSED_UNIT", "RequestMeeting", centre=LABOURS_CENTRE, reasons=secret("why"))
    case.no("CONTENT_REQUIRED", "RequestMeeting", centre=CENTRE)

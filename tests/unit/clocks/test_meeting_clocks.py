"""A joint meeting cannot hang: at each of its points somebody has to act, and is late when it does not."""

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1.types_pb2 import CaseAuthority
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    CLOCK_STATUS_VOID,
)
from huiyin_domain.reception.meeting_state import Meeting
from tests.support import meetings
from tests.support.agencies import BUREAU, HOUSING, LABOUR, LAND, identifier, officer
from tests.support.given import Given
from tests.support.meeting_clocks import hangs, waited_for
from tests.unit.clocks.story import CASE, OFFICE, TRANSPORT, Story, noon
from tests.unit.clocks.tellings import moved, registered

MEETING, CENTRE = "meeting-1", "centre"
CONVENER = officer(BUREAU)
CLOSE = commands.CloseMeetingRequest()
WITHDRAW = commands.WithdrawMeetingRequest()
RESUME = commands.ResumeMeetingRequest()


def went_on(meeting: Given[Meeting], *steps: Message) -> Given[Meeting]:
    """The convener's next steps."""
    for command in steps:
        meeting = meeting.after(command, meetings.context(CONVENER, [identifier(777)]))
    return meeting


POINTS = {
    "convened": (meetings.convened(), {("M4", BUREAU)}),
    "open": (meetings.sitting(), {("M6", BUREAU)}),
    "proposed, all silent": (
        meetings.proposed(),
        {("M3", BUREAU), ("M2", HOUSING), ("M2", LABOUR), ("M2", LAND)},
    ),
    "proposed, one silent": (
        meetings.proposed()
        .after(meetings.sign(), meetings.context(officer(HOUSING)))
        .after(meetings.dissent(), meetings.context(officer(LABOUR))),
        {("M3", BUREAU), ("M2", LAND)},
    ),
    "proposed, all have spoken": (meetings.signed(), {("M3", BUREAU)}),
    "bound": (meetings.bound(), {("M7", BUREAU)}),
    "settled, one item refused": (meetings.settled(), {("M7", BUREAU)}),
    "proposed anew": (
        went_on(meetings.settled(), meetings.propose()),
        {("M3", BUREAU), ("M2", HOUSING), ("M2", LABOUR), ("M2", LAND)},
    ),
    "called anew": (went_on(meetings.signed(), WITHDRAW, RESUME), {("M4", BUREAU)}),
}


@pytest.mark.parametrize("point", POINTS)
def test_at_each_point_of_a_meeting_somebody_has_to_act(point: str) -> None:
    meeting, expected = POINTS[point]
    assert waited_for(meeting.events) == expected
    assert not hangs(meeting.events)


@pytest.mark.parametrize("point", POINTS)
def test_who_is_waited_for_can_end_it_or_it_is_for_the_cases_to_answer(point: str) -> None:
    meeting, _ = POINTS[point]
    closing = meeting.when(CLOSE, meetings.context(CONVENER))
    if point == "bound":
        closing.refused("ITEMS_UNSETTLED")
    else:
        assert waited_for(closing.after.events) == set()


def test_a_meeting_that_is_called_off_waits_for_nobody() -> None:
    assert waited_for(went_on(meetings.signed(), WITHDRAW).events) == set()


def test_the_checker_finds_a_meeting_that_nobody_is_to_go_on_with() -> None:
    without_authority = reception.MeetingConvened(meeting_id="m", convener=BUREAU, participants=[LAND])
    assert hangs([without_authority])


def called(story: Story, day: str, convener: str, stream: str = MEETING) -> str:
    authority = CaseAuthority(case_id=CASE, authority=Authority(organ=OFFICE))
    event = reception.MeetingConvened(
        convener=convener, participants=[HOUSING], case_ids=[CASE], authorities=[authority]
    )
    return story.tell(day, event, stream)


def asked(day: str) -> Story:
    """The responsible unit asks a centre for a meeting."""
    story = Story()
    registered(story, "2026-03-02")
    story.tell(day, intake.MeetingRequested(request_id="q", unit=OFFICE, centre=CENTRE))
    return story


def test_a_centre_has_five_working_days_to_call_the_meeting_it_was_asked_for() -> None:
    story = asked("2026-03-06")
    clock = story.clock("M5")
    assert (clock.unit, str(clock.raw_due)) == (CENTRE, "2026-03-13")
    assert clock.status(noon("2026-03-16")) == CLOCK_STATUS_PASSED
    assert "请求召集联席会议" in clock.why_zh
    event = called(story, "2026-03-17", CENTRE)
    assert (story.clock("M5").status(), story.clock("M5").stop_event_id) == (CLOCK_STATUS_MET_LATE, event)


def test_a_request_falls_away_with_the_next_move_or_when_somebody_else_calls_the_meeting() -> None:
    gone = asked("2026-03-06")
    moved(gone, "2026-03-09", TRANSPORT, types.MOVE_BASIS_ACCEPTANCE)
    otherwise = asked("2026-03-06")
    called(otherwise, "2026-03-09", OFFICE)
    assert [one.clock("M5").status() for one in (gone, otherwise)] == [CLOCK_STATUS_VOID] * 2


def test_a_centre_that_is_asked_anew_after_a_move_goes_on_with_the_meeting_it_called() -> None:
    story = asked("2026-03-06")
    called(story, "2026-03-09", CENTRE)
    moved(story, "2026-03-10", TRANSPORT, types.MOVE_BASIS_SUPERIOR_DECISION)
    again = intake.MeetingRequested(request_id="q2", unit=TRANSPORT, centre=CENTRE)
    story.tell("2026-03-11", again)
    assert [clock.running for clock in story.clocks("M5")] == [False, True]
    story.tell("2026-03-12", reception.MeetingOpened(), MEETING)
    assert [clock.status() for clock in story.clocks("M5")] == [CLOCK_STATUS_MET] * 2


def test_an_earlier_meeting_does_not_answer_a_request() -> None:
    story = Story()
    registered(story, "2026-03-02")
    called(story, "2026-03-03", CENTRE)
    story.tell("2026-03-06", intake.MeetingRequested(request_id="q", unit=OFFICE, centre=CENTRE))
    assert story.clock("M5").running


def test_a_convener_has_fifteen_days_to_open_and_fifteen_to_propose() -> None:
    story = Story()
    registered(story, "2026-03-02")
    called(story, "2026-03-03", OFFICE)
    assert str(story.clock("M4").raw_due) == "2026-03-18"
    story.tell("2026-03-10", reception.MeetingOpened(), MEETING)
    assert story.clock("M4").status() == CLOCK_STATUS_MET
    assert (story.clock("M6").unit, str(story.clock("M6").raw_due)) == (OFFICE, "2026-03-25")


def test_a_convener_has_five_working_days_more_than_who_is_to_speak() -> None:
    story = Story()
    registered(story, "2026-03-02")
    called(story, "2026-03-03", OFFICE)
    story.tell("2026-03-06", reception.ResolutionProposed(resolution_id="r", speakers=[HOUSING]), MEETING)
    assert (str(story.clock("M2").raw_due), str(story.clock("M3").raw_due)) == ("2026-03-13", "2026-03-20")
    story.tell("2026-03-16", reception.ResolutionBound(), MEETING)
    assert story.clock("M3").status() == CLOCK_STATUS_MET
    assert (story.clock("M7").unit, str(story.clock("M7").raw_due)) == (OFFICE, "2026-03-31")


def test_another_meeting_on_the_case_stops_no_clock_of_this_one() -> None:
    story = Story()
    registered(story, "2026-03-02")
    called(story, "2026-03-03", OFFICE)
    called(story, "2026-03-04", OFFICE, "meeting-2")
    story.tell("2026-03-05", reception.MeetingClosed(), "meeting-2")
    assert sorted(clock.running for clock in story.clocks("M4")) == [False, True]


def test_who_is_accused_by_now_is_not_late_with_what_it_may_not_do_any_more() -> None:
    story = asked("2026-03-03")
    called(story, "2026-03-03", TRANSPORT)
    story.tell("2026-03-04", intake.MeetingRequested(request_id="q2", unit=OFFICE, centre="centre-2"))
    proposed = reception.ResolutionProposed(resolution_id="r", speakers=[HOUSING, OFFICE])
    story.tell("2026-03-06", proposed, MEETING)
    accused = [TRANSPORT, HOUSING, "centre-2"]
    accusation = types.PETITION_CLASS_ACCUSATION
    story.tell("2026-03-09", intake.PetitionClassified(petition_class=accusation, accused_units=accused))
    waiting = {(clock.rule, clock.unit) for clock in story.clocks() if clock.running and clock.rule[0] == "M"}
    assert waiting == {("M2", OFFICE)}


def test_a_meeting_of_version_0_1_gets_no_times_afterwards() -> None:
    story = Story()
    registered(story, "2026-03-02")
    story.tell("2026-03-03", reception.MeetingConvened(convener=OFFICE, participants=[HOUSING]), MEETING)
    story.tell("2026-03-04", reception.MeetingOpened(), MEETING)
    story.tell("2026-03-05", reception.ResolutionProposed(resolution_id="r"), MEETING)
    story.tell("2026-03-06", reception.ResolutionBound(), MEETING)
    assert not [clock for clock in story.clocks() if clock.rule[0] == "M"]

"""Joint meetings: called, opened, and ended only when nothing bound is left unsettled."""

import pytest

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.reception.meeting import MEETING, meeting_message
from tests.support.agencies import (
    BUREAU,
    CENTRE,
    CITY,
    HOUSING,
    LABOUR,
    LAND,
    identifier,
    officer,
    sealed,
)
from tests.support.given import Given
from tests.support.meetings import (
    CASE_1,
    CASE_2,
    ITEM_1,
    ITEM_2,
    MEETING_ID,
    PARTICIPANTS,
    RESOLUTION_ID,
    authority,
    bound,
    context,
    convene,
    convened,
    proposed,
    recorded,
    settled,
    sitting,
)

CLOSE = commands.CloseMeetingRequest()


def test_an_agency_calls_others_to_sit_together_on_cases() -> None:
    outcome = Given(MEETING).when(convene(), context(officer(BUREAU), [MEETING_ID]))
    outcome.then(
        events.MeetingConvened(
            meeting_id=MEETING_ID,
            convener=BUREAU,
            centre=CENTRE,
            participants=PARTICIPANTS,
            case_ids=[CASE_1, CASE_2],
            agenda=sealed("agenda"),
            authorities=[authority(), authority(CASE_2, LABOUR)],
        )
    )
    state = outcome.after.state
    assert MEETING.case_ids(state) == (CASE_1, CASE_2)
    assert MEETING.audience(state) == (BUREAU, CENTRE, HOUSING, LABOUR, LAND)


def test_a_participant_named_twice_takes_part_once() -> None:
    command = convene(participants=[HOUSING, LABOUR, HOUSING], case_ids=[CASE_1, CASE_1])
    state = Given(MEETING).after(command, context(officer(BUREAU), [MEETING_ID])).state
    assert (state.participants, state.case_ids) == ((HOUSING, LABOUR), (CASE_1,))


@pytest.mark.parametrize(
    "command, reason",
    [
        (convene(participants=[HOUSING, HOUSING]), "PARTICIPANTS_OUT_OF_RANGE"),
        (convene(participants=[str(number) for number in range(51)]), "PARTICIPANTS_OUT_OF_RANGE"),
        (convene(participants=[HOUSING, "NOBODY"]), "UNKNOWN_UNIT"),
        (convene(case_ids=[]), "CASES_OUT_OF_RANGE"),
        (convene(case_ids=[CASE_1, ""]), "FIELD_REQUIRED"),
        (convene(case_ids=[identifier(number) for number in range(201)]), "CASES_OUT_OF_RANGE"),
        (convene(centre=HOUSING), "NOT_A_CENTRE"),
    ],
)
def test_a_meeting_of_one_or_on_nothing_is_refused(
    command: commands.ConveneMeetingRequest, reason: str
) -> None:
    Given(MEETING).when(command, context(officer(BUREAU), [MEETING_ID])).refused(reason)


@pytest.mark.parametrize(
    "principal, reason",
    [
        (officer("NOBODY"), "UNKNOWN_AGENCY"),
        (officer(BUREAU, Role.AUDITOR), "ROLE_NOT_ALLOWED"),
        (officer(BUREAU, Role.ADMINISTRATOR), "ROLE_NOT_ALLOWED"),
        (Principal("reception", "", frozenset({Role.SERVICE})), "UNKNOWN_AGENCY"),
    ],
)
def test_only_agencies_call_meetings(principal: Principal, reason: str) -> None:
    Given(MEETING).when(convene(), context(principal, [MEETING_ID])).refused(reason)


def test_the_agency_acted_for_is_the_convener() -> None:
    principal = Principal(CITY, "officer", frozenset({Role.OFFICER}), on_behalf_of=BUREAU)
    assert Given(MEETING).after(convene(), context(principal, [MEETING_ID])).state.convener == BUREAU


def test_a_called_meeting_is_not_called_again() -> None:
    convened().when(convene(), context(officer(BUREAU), [identifier(7)])).refused("MEETING_EXISTS")


def test_it_opens_with_those_present() -> None:
    command = commands.OpenMeetingRequest(present=[HOUSING, LAND])
    outcome = convened().when(command, context(officer(BUREAU)))
    outcome.then(events.MeetingOpened(present=[HOUSING, LAND]))


@pytest.mark.parametrize("present, reason", [([], "FIELD_REQUIRED"), ([HOUSING, CITY], "NOT_A_PARTICIPANT")])
def test_it_opens_with_participants_alone(present: list[str], reason: str) -> None:
    command = commands.OpenMeetingRequest(present=present)
    convened().when(command, context(officer(BUREAU))).refused(reason)


def test_only_the_convener_opens_and_ends_it() -> None:
    command = commands.OpenMeetingRequest(present=PARTICIPANTS)
    refusal = convened().when(command, context(officer(HOUSING))).refused("NOT_CONVENER")
    assert refusal.facts == {"convener": BUREAU}
    convened().when(CLOSE, context(officer(HOUSING))).refused("NOT_CONVENER")


def test_it_is_opened_once() -> None:
    again = commands.OpenMeetingRequest(present=list(reversed(PARTICIPANTS)))
    sitting().when(again, context(officer(BUREAU))).nothing()
    other = commands.OpenMeetingRequest(present=[HOUSING])
    refusal = sitting().when(other, context(officer(BUREAU))).refused("NO_RESOLUTION")
    assert refusal.facts == {"status": "OPEN", "allowed": "CONVENED"}


def test_nothing_can_be_done_at_a_meeting_that_is_not_there() -> None:
    for command in (commands.OpenMeetingRequest(present=PARTICIPANTS), CLOSE):
        Given(MEETING).when(command, context(officer(BUREAU))).refused("NO_SUCH_MEETING")


@pytest.mark.parametrize("meeting", [convened(), sitting(), proposed(), settled()])
def test_a_meeting_without_open_ends_is_closed(meeting: Given[object]) -> None:
    outcome = meeting.when(CLOSE, context(officer(BUREAU)))
    outcome.then(events.MeetingClosed(meeting_id=MEETING_ID))
    outcome.after.when(CLOSE, context(officer(BUREAU))).nothing()


def test_a_meeting_is_not_closed_while_bound_items_are_unsettled() -> None:
    refusal = bound().when(CLOSE, context(officer(BUREAU))).refused("ITEMS_UNSETTLED")
    assert refusal.facts == {"items": f"{ITEM_1},{ITEM_2}"}


def test_the_state_is_answered_as_it_is() -> None:
    meeting = meeting_message(settled().state, 9)
    assert meeting.meeting_id == MEETING_ID
    assert meeting.resolution_id == RESOLUTION_ID
    assert meeting.status == types.MEETING_STATUS_SETTLED
    assert list(meeting.items) == recorded()
    assert list(meeting.signed) == list(PARTICIPANTS)
    assert [(outcome.item_id, outcome.applied) for outcome in meeting.outcomes] == [
        (ITEM_1, True),
        (ITEM_2, False),
    ]
    assert meeting.version == 9

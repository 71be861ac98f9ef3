"""撤回: a meeting that cannot go on as it was called reads withdrawn, and goes on without who may not sit."""

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.reception.guards import reads_withdrawn
from huiyin_domain.reception.meeting import MEETING
from tests.support.agencies import BUREAU, CENTRE, HOUSING, LABOUR, LAND, SCHOOLS, officer
from tests.support.meetings import (
    CASE_2,
    MEETING_ID,
    PARTICIPANTS,
    context,
    convened,
    proposed,
    standing,
)

OPEN = commands.OpenMeetingRequest(present=[HOUSING, LAND])
WITHDRAW, RESUME = commands.WithdrawMeetingRequest(), commands.ResumeMeetingRequest()
ACCUSING_LAND = (standing(), standing(CASE_2, LABOUR, accused_units=[LAND]))
ALL = (BUREAU, CENTRE, *PARTICIPANTS)


def test_it_reads_withdrawn_alike_for_all_while_one_of_them_is_accused() -> None:
    for given in (convened(), convened().after(OPEN, context(officer(BUREAU))), proposed()):
        assert all(reads_withdrawn(given.state, agency, {LAND}) for agency in ALL)
        assert not any(reads_withdrawn(given.state, agency, {SCHOOLS}) for agency in ALL)
        assert not reads_withdrawn(given.state, SCHOOLS, {LAND})


def test_the_convener_withdraws_it_for_other_reasons_and_all_read_the_same() -> None:
    outcome = proposed().when(WITHDRAW, context(officer(BUREAU)))
    outcome.then(events.MeetingWithdrawn(meeting_id=MEETING_ID))
    state = outcome.after.state
    assert all(reads_withdrawn(state, agency, ()) for agency in ALL)
    proposed().when(WITHDRAW, context(officer(HOUSING))).refused("NOT_CONVENER")


def test_it_goes_on_from_its_beginning_without_who_is_accused() -> None:
    outcome = proposed().when(RESUME, context(officer(BUREAU), standings=ACCUSING_LAND))
    outcome.then(events.MeetingResumed(meeting_id=MEETING_ID, participants=[HOUSING, LABOUR], centre=CENTRE))
    state = outcome.after.state
    assert (state.status, state.resolution_id, state.items) == (types.MEETING_STATUS_CONVENED, "", ())
    assert MEETING.audience(state) == (BUREAU, CENTRE, HOUSING, LABOUR)
    assert reads_withdrawn(state, LAND, {LAND})
    assert not any(reads_withdrawn(state, agency, {LAND}) for agency in (BUREAU, CENTRE, HOUSING, LABOUR))


def test_others_may_be_called_in_its_place_but_nobody_accused() -> None:
    def resume(*participants: str) -> commands.ResumeMeetingRequest:
        return commands.ResumeMeetingRequest(participants=participants)

    judged = context(officer(BUREAU), standings=ACCUSING_LAND)
    state = convened().after(resume(HOUSING, LABOUR, SCHOOLS), judged).state
    assert state.participants == (HOUSING, LABOUR, SCHOOLS)
    convened().when(resume(HOUSING, LABOUR, LAND), judged).refused("ACCUSED_UNIT")
    convened().when(resume(HOUSING, SCHOOLS), judged).refused("RESPONSIBLE_UNIT_NOT_CALLED")
    convened().when(resume(HOUSING), judged).refused("PARTICIPANTS_OUT_OF_RANGE")


def test_who_is_accused_itself_calls_nobody_anew() -> None:
    accusing = (standing(), standing(CASE_2, LABOUR, accused_units=[BUREAU]))
    convened().when(RESUME, context(officer(BUREAU), standings=accusing)).refused("NO_SUCH_CASE")


def test_a_meeting_that_goes_on_well_is_not_called_anew() -> None:
    proposed().when(RESUME, context(officer(BUREAU))).refused("RESOLUTION_NOT_BOUND")
    assert convened().after(RESUME, context(officer(BUREAU))).state == convened().state

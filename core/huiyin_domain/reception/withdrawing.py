"""A meeting of which somebody called to it is accused by now reads withdrawn, alike for all (Art. 30(3)).

Nobody can tell from it who is accused, in which case, or that anybody is: a convener withdraws meetings for
other reasons too. It goes on without who may not sit when its convener calls the others anew.
"""

from collections.abc import Collection

from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.access import kept_out_by
from huiyin_domain.checks import unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.reception.convening import accused_among, authorities_of
from huiyin_domain.reception.guards import not_convener, wrong_status
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, wrong_state

_BEFORE_BINDING = (
    types.MEETING_STATUS_CONVENED,
    types.MEETING_STATUS_OPEN,
    types.MEETING_STATUS_PROPOSED,
)


def reads_withdrawn(state: Meeting, agency: str, kept_out: Collection[str]) -> bool:
    """Whether the meeting reads withdrawn to an agency that was called to it.

    `kept_out` are those who are kept from a case of its agenda now. Who was left out when it went on reads on
    what all read before.
    """
    if agency in state.left_out:
        return True
    seated = agency in state.seats
    withdrawn = state.status == types.MEETING_STATUS_WITHDRAWN
    return seated and (withdrawn or stopped(state, kept_out))


def stopped(state: Meeting, kept_out: Collection[str]) -> bool:
    """Whether it cannot go on as it is: somebody called to it is kept from a case of its agenda."""
    return state.status in _BEFORE_BINDING and not state.seats.isdisjoint(kept_out)


def withdrawn() -> Refusal:
    """The answer to whatever anybody wants of it."""
    message = "the meeting is withdrawn: its convener may call it anew"
    return wrong_state("MEETING_WITHDRAWN", message)


def withdraw(state: Meeting, _: commands.WithdrawMeetingRequest, context: Context) -> Decision:
    """By the convener, for whatever reason, before a resolution binds."""
    if refusal := not_convener(state, context):
        return refusal
    if state.status == types.MEETING_STATUS_WITHDRAWN:
        return ()
    if refusal := wrong_status(state, *_BEFORE_BINDING):
        return refusal
    return (events.MeetingWithdrawn(meeting_id=state.meeting_id),)


def resume(state: Meeting, command: commands.ResumeMeetingRequest, context: Context) -> Decision:
    """Calls the meeting anew, from its beginning: with the agencies named, or with all who may still sit."""
    if refusal := not_convener(state, context):
        return refusal
    kept_out = kept_out_of(state, context.standings.values(), context.policy.directory)
    if state.status != types.MEETING_STATUS_WITHDRAWN and not stopped(state, kept_out):
        return wrong_status(state, types.MEETING_STATUS_CONVENED) or ()
    given = command.participants or [one for one in state.participants if one not in kept_out]
    centre = "" if state.centre in kept_out else state.centre
    called = tuple(dict.fromkeys(given))
    if refusal := _cannot_sit(state, called, centre, context):
        return refusal
    return (events.MeetingResumed(meeting_id=state.meeting_id, participants=called, centre=centre),)


def kept_out_of(state: Meeting, standings: Collection[Standing], directory: Directory) -> frozenset[str]:
    """Who is kept from a case of the agenda, as the cases stand."""
    kept_out = kept_out_by(directory)
    return frozenset[str]().union(*(kept_out(one.accused_units) for one in standings))


def _cannot_sit(state: Meeting, called: tuple[str, ...], centre: str, context: Context) -> Refusal | None:
    if len(called) < 2:
        message = "fewer than two agencies are left: name those that sit, the responsible units among them"
        return wrong_state("PARTICIPANTS_OUT_OF_RANGE", message, field="participants")
    for agency in called:
        if refusal := unknown_agency("participants", agency, context):
            return refusal
    authorities = authorities_of(state.convener, called, state.case_ids, context)
    if isinstance(authorities, Refusal):
        return authorities
    return accused_among((*called, centre), state.case_ids, context)

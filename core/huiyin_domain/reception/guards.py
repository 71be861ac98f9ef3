"""What every command on a meeting asks first: does it exist, who calls, is it at the right point."""

from huiyin.reception.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import MeetingStatus
from huiyin_domain.access import no_such
from huiyin_domain.checks import not_acting_for_agency
from huiyin_domain.context import Context
from huiyin_domain.reception.convening import authorities_of
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Kind, Refusal, forbidden, wrong_state

_REASONS = {
    types.MEETING_STATUS_CONVENED: "MEETING_NOT_OPEN",
    types.MEETING_STATUS_OPEN: "NO_RESOLUTION",
    types.MEETING_STATUS_PROPOSED: "RESOLUTION_NOT_BOUND",
    types.MEETING_STATUS_BOUND: "RESOLUTION_BOUND",
    types.MEETING_STATUS_SETTLED: "RESOLUTION_BOUND",
    types.MEETING_STATUS_CLOSED: "MEETING_CLOSED",
    types.MEETING_STATUS_WITHDRAWN: "MEETING_WITHDRAWN",
}


def no_meeting(state: Meeting) -> Refusal | None:
    """A refusal when there is no such meeting."""
    return None if state.meeting_id else unknown_meeting()


def unknown_meeting() -> Refusal:
    """The same for a meeting that is not there and for one that the caller was not called to."""
    return no_such("meeting")


def not_called(state: Meeting, context: Context) -> Refusal | None:
    """A refusal unless the caller's agency called the meeting, hosts it or takes part."""
    agency = context.principal.acting_agency
    if state.meeting_id and agency in (state.convener, state.centre, *state.participants):
        return None
    return unknown_meeting()


def not_convener(state: Meeting, context: Context) -> Refusal | None:
    """A refusal unless the caller acts for the agency that called the meeting."""
    if refusal := not_called(state, context) or not_acting_for_agency(context):
        return refusal
    if context.principal.acting_agency == state.convener:
        return None
    return forbidden("NOT_CONVENER", "only the convener may do this: ask it", convener=state.convener)


def not_competent(state: Meeting, context: Context) -> Refusal | None:
    """A refusal unless the convener calls, and still has authority over every case: one may have moved."""
    if refusal := not_convener(state, context):
        return refusal
    found = authorities_of(state.convener, state.participants, state.case_ids, context)
    return found if isinstance(found, Refusal) else None


def wrong_status(state: Meeting, *allowed: MeetingStatus.ValueType) -> Refusal | None:
    """A refusal unless the meeting is at one of the allowed points."""
    if state.status in allowed:
        return None
    names = ",".join(name(status) for status in allowed)
    message = f"the meeting is {name(state.status)}; this is possible when it is {names}"
    return wrong_state(_REASONS[state.status], message, status=name(state.status), allowed=names)


def name(status: MeetingStatus.ValueType) -> str:
    """The status without its prefix, such as BOUND."""
    return MeetingStatus.Name(status).removeprefix("MEETING_STATUS_")


def other_resolution(state: Meeting, resolution_id: str) -> Refusal | None:
    """A refusal unless the command is about the current resolution; an earlier one was replaced."""
    if not state.resolution_id:
        return wrong_status(state, types.MEETING_STATUS_PROPOSED)
    if resolution_id == state.resolution_id:
        return None
    message = "this resolution is not the current one: read the meeting again, then decide again"
    facts = {"resolution_id": state.resolution_id}
    return Refusal(Kind.STALE, "RESOLUTION_REPLACED", message, facts)

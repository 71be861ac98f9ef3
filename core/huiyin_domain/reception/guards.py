"""What every command on a meeting asks first; who may call one, on which cases and with whom.

No stranger to a case gets hold of it by a meeting (promise P13). To all who were called a meeting may read
withdrawn: nobody can tell from that who is accused, in which case, or that anybody is, for a convener
withdraws meetings for other reasons too. It goes on without who may not sit when its convener calls the
others anew.
"""

from collections.abc import Collection, Sequence

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import CaseAuthority, MeetingStatus
from huiyin_domain.access import accused_unit, kept_out_by, no_such, unknown_case
from huiyin_domain.authority import convening_authority
from huiyin_domain.checks import not_acting_for_agency, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Kind, Refusal, forbidden, wrong_state

_ARTS = "Regulations of 2022, Arts. 11 to 13, 24"


def authorities_of(
    convener: str, participants: Sequence[str], case_ids: Sequence[str], context: Context
) -> tuple[CaseAuthority, ...] | Refusal:
    """The convener's authority over each case, or why it may not call these agencies on these cases.

    Asked when the meeting is called and again at each step of the convener: a case may have moved since.
    """
    found = []
    for case_id in case_ids:
        standing = context.standings.get(case_id)
        authority = _authority(convener, participants, standing, context.policy.directory)
        if isinstance(authority, Refusal):
            return authority
        assert standing is not None
        found.append(
            CaseAuthority(
                case_id=case_id,
                authority=authority,
                responsible_unit=standing.responsible_unit,
                epoch=standing.epoch,
            )
        )
    return tuple(found)


def _authority(
    convener: str, participants: Collection[str], standing: Standing | None, directory: Directory
) -> Authority | Refusal:
    """A case that is not there, one behind the wall and one that is not the convener's are answered alike."""
    if standing is None or convener in kept_out(standing, directory):
        return unknown_case()
    authority = authority_over(convener, participants, standing, directory)
    if authority is None:
        known = convener in standing.parties or _decides(convener, standing, directory)
        return _without_authority(convener) if known else unknown_case()
    if standing.responsible_unit in participants:
        return authority
    message = f"{standing.responsible_unit} is responsible for a case of the agenda: call it to the meeting"
    facts = {"case_id": standing.case_id, "responsible_unit": standing.responsible_unit}
    return wrong_state("RESPONSIBLE_UNIT_NOT_CALLED", message, _ARTS, **facts)


def authority_over(
    convener: str, participants: Collection[str], standing: Standing, directory: Directory
) -> Authority | None:
    """The responsible unit's own; its request to a centre; or that of who stands above all who are called."""
    if convener == standing.responsible_unit:
        return Authority(kind=AUTHORITY_KIND_HOLDER, organ=convener)
    for request in standing.meeting_requests:
        if request.centre == convener:
            holder, asked = standing.responsible_unit, request.request_id
            return Authority(kind=AUTHORITY_KIND_HOLDER, organ=holder, basis_id=asked)
    units = {standing.responsible_unit, standing.pending_unit, *participants} - {"", convener}
    return convening_authority(convener, units, directory)


def accused_among(told: Collection[str], case_ids: Sequence[str], context: Context) -> Refusal | None:
    """A refusal when one that would learn of a case is kept from it (Art. 30(3))."""
    directory = context.policy.directory
    for standing in (context.standings[case_id] for case_id in case_ids):
        if walled := kept_out(standing, directory).intersection(told):
            return accused_unit(", ".join(sorted(walled)))
    return None


def kept_out(standing: Standing, directory: Directory) -> frozenset[str]:
    """The agencies that are kept from the case (Art. 30(3))."""
    return kept_out_by(directory)(standing.accused_units)


def _decides(agency: str, standing: Standing, directory: Directory) -> bool:
    """Whether the case is one between whose units the agency decides: then it may know of it."""
    units = {standing.responsible_unit, standing.pending_unit} - {""}
    return convening_authority(agency, units, directory) is not None


def _without_authority(convener: str) -> Refusal:
    message = (
        f"{convener} has no authority over all who are called on this case: let the responsible unit call the"
        " meeting, or ask a centre for it, or their common superior or the joint conference of their area"
    )
    return forbidden("NO_AUTHORITY_TO_CONVENE", message, _ARTS)


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

"""Joint meetings: who calls, opens and ends one; decider of meeting-<id>; how GetMeeting answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import service_pb2 as messages
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.checks import field_missing, not_acting_for_agency, sealed_of, unknown_agency
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.reception.binding import bind, order, orders_of
from huiyin_domain.reception.centre import not_a_centre
from huiyin_domain.reception.guards import (
    accused_among,
    authorities_of,
    not_competent,
    not_convener,
    resume,
    withdraw,
    wrong_status,
)
from huiyin_domain.reception.meeting_state import Meeting, evolve
from huiyin_domain.reception.resolution import dissent, propose, settle, sign
from huiyin_domain.refusal import Refusal, invalid, wrong_state


class MeetingDecider:
    """Rules of a joint meeting and its resolution (Arts. 11-13, 24; promise P6)."""

    category = "meeting"

    def initial(self) -> Meeting:
        return Meeting()

    def decide(self, state: Meeting, command: Message, context: Context) -> Decision:
        decision = DECISIONS.get(type(command))
        if decision is None:
            raise UnknownCommandError(command.DESCRIPTOR.full_name)
        return decision(state, command, context)

    def evolve(self, state: Meeting, event: Message) -> Meeting:
        return evolve(state, event)

    def case_ids(self, state: Meeting) -> Sequence[str]:
        return state.case_ids

    def audience(self, state: Meeting) -> Sequence[str]:
        agencies = (state.convener, state.centre, *state.participants)
        return tuple(dict.fromkeys(agency for agency in agencies if agency))


def _convene(state: Meeting, command: commands.ConveneMeetingRequest, context: Context) -> Decision:
    meeting_id = context.new_ids[0]
    if state.meeting_id == meeting_id:
        return ()
    if state.meeting_id:
        return wrong_state("MEETING_EXISTS", f"meeting {state.meeting_id} was called: begin a new one")
    if refusal := _convening_fault(command, context):
        return refusal
    convener, participants = context.principal.acting_agency, tuple(dict.fromkeys(command.participants))
    case_ids = tuple(dict.fromkeys(command.case_ids))
    authorities = authorities_of(convener, participants, case_ids, context)
    if isinstance(authorities, Refusal):
        return authorities
    if refusal := accused_among((*participants, command.centre), case_ids, context):
        return refusal
    return (
        events.MeetingConvened(
            meeting_id=meeting_id,
            convener=convener,
            centre=command.centre,
            participants=participants,
            case_ids=case_ids,
            agenda=sealed_of(command.agenda),
            authorities=authorities,
        ),
    )


def _convening_fault(command: commands.ConveneMeetingRequest, context: Context) -> Refusal | None:
    return (
        not_acting_for_agency(context)
        or (not_a_centre("centre", command.centre, context) if command.centre else None)
        or _participants_fault(command.participants, context)
        or _cases_fault(command.case_ids, context)
    )


def _participants_fault(participants: Sequence[str], context: Context) -> Refusal | None:
    maximum, count = context.policy.limits.participants_max, len(set(participants))
    if not 2 <= count <= maximum:
        message = f"participants names {count} agencies: a joint meeting takes from 2 to {maximum}"
        return invalid("PARTICIPANTS_OUT_OF_RANGE", message, field="participants", maximum=str(maximum))
    faults = (unknown_agency("participants", code, context) for code in participants)
    return next((refusal for refusal in faults if refusal), None)


def _cases_fault(case_ids: Sequence[str], context: Context) -> Refusal | None:
    """The agenda is bounded like the resolution that comes of it."""
    maximum, count = context.policy.limits.resolution_items_max, len(set(case_ids))
    if not 1 <= count <= maximum:
        message = f"case_ids names {count} cases: an agenda takes from 1 to {maximum}"
        return invalid("CASES_OUT_OF_RANGE", message, field="case_ids", maximum=str(maximum))
    faults = (field_missing("case_ids", case_id) for case_id in case_ids)
    return next((refusal for refusal in faults if refusal), None)


def _open(state: Meeting, command: commands.OpenMeetingRequest, context: Context) -> Decision:
    present = tuple(dict.fromkeys(command.present))
    if refusal := not_competent(state, context):
        return refusal
    if state.present and set(state.present) == set(present):
        return ()
    refusal = wrong_status(state, types.MEETING_STATUS_CONVENED) or _presence_fault(state, present)
    return refusal or (events.MeetingOpened(present=present),)


def _presence_fault(state: Meeting, present: Sequence[str]) -> Refusal | None:
    """No norm sets a quorum: one agency present is enough to sit, those absent countersign."""
    if not present:
        return invalid("FIELD_REQUIRED", "present is empty: name the agencies present", field="present")
    strangers = [agency for agency in present if agency not in state.participants]
    if not strangers:
        return None
    message = f"{', '.join(strangers)} was not called to this meeting: name participants only"
    return invalid("NOT_A_PARTICIPANT", message, field="present", participants=",".join(state.participants))


def _close(state: Meeting, _: commands.CloseMeetingRequest, context: Context) -> Decision:
    if refusal := not_convener(state, context):
        return refusal
    if state.status == types.MEETING_STATUS_CLOSED:
        return ()
    if state.status == types.MEETING_STATUS_BOUND:
        unsettled = [item.item_id for item in state.items if not state.outcome(item.item_id)]
        message = f"{len(unsettled)} bound items are not settled: the meeting ends when their cases answered"
        return wrong_state("ITEMS_UNSETTLED", message, items=",".join(unsettled))
    return (events.MeetingClosed(meeting_id=state.meeting_id),)


DECISIONS: Mapping[type[Message], Callable[[Meeting, Any, Context], Decision]] = {
    commands.ConveneMeetingRequest: _convene,
    commands.OpenMeetingRequest: _open,
    commands.ProposeResolutionRequest: propose,
    commands.SignResolutionRequest: sign,
    commands.DissentFromResolutionRequest: dissent,
    commands.OrderResolutionRequest: order,
    commands.BindResolutionRequest: bind,
    commands.SettleItemRequest: settle,
    commands.WithdrawMeetingRequest: withdraw,
    commands.ResumeMeetingRequest: resume,
    commands.CloseMeetingRequest: _close,
}
"""Every command on a meeting."""


def meeting_message(state: Meeting, version: int) -> messages.Meeting:
    """The state of a meeting at a version of its stream."""
    outcomes = [
        messages.ItemOutcome(item_id=outcome.item_id, applied=outcome.applied, reason=outcome.reason)
        for outcome in state.outcomes
    ]
    return messages.Meeting(
        meeting_id=state.meeting_id,
        status=state.status,
        convener=state.convener,
        participants=state.participants,
        case_ids=state.case_ids,
        resolution_id=state.resolution_id,
        items=state.items,
        signed=state.signed,
        dissented=state.dissented,
        outcomes=outcomes,
        version=version,
        ordered_by=orders_of(state),
    )


MEETING = MeetingDecider()

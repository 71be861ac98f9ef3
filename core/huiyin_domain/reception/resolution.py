"""A meeting's resolution until it binds: proposed, countersigned or dissented from by name."""

from uuid import UUID, uuid5

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.checks import not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.reception.guards import not_called, not_competent, other_resolution, wrong_status
from huiyin_domain.reception.items import items_fault
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, forbidden, wrong_state

_BEFORE_RESOLVING = (
    types.MEETING_STATUS_OPEN,
    types.MEETING_STATUS_PROPOSED,
    types.MEETING_STATUS_SETTLED,
)
_DISSENT_ARTICLE = "2016 rules on responsibility for petition work, Art. 11(2)"


def propose(state: Meeting, command: commands.ProposeResolutionRequest, context: Context) -> Decision:
    """Puts a resolution before the participants; an earlier one that nobody is bound by is replaced.

    Once the items of an earlier one are settled, applied or refused, the meeting can resolve anew.
    """
    resolution_id = context.new_ids[0]
    if state.resolution_id == resolution_id:
        return ()
    refusal = not_competent(state, context) or wrong_status(state, *_BEFORE_RESOLVING)
    if refusal := refusal or items_fault(state, command.items, context):
        return refusal
    items = [_named(item, resolution_id, place) for place, item in enumerate(command.items)]
    minutes = sealed_of(command.minutes)
    return (
        events.ResolutionProposed(
            resolution_id=resolution_id,
            items=items,
            minutes=minutes,
            speakers=state.participants,
            proposed_time=stamp(context.now),  # nobody's time to speak is shortened by a late entry
        ),
    )


def _named(item: ResolutionItem, resolution_id: str, place: int) -> ResolutionItem:
    """The item with an id of the resolution's own: what a caller gives is a label within it (promise P6)."""
    named = ResolutionItem()
    named.CopyFrom(item)
    named.item_id = str(uuid5(UUID(resolution_id), item.item_id or str(place)))
    return named


def sign(state: Meeting, command: commands.SignResolutionRequest, context: Context) -> Decision:
    """A participant countersigns through an officer, once."""
    principal = context.principal
    if refusal := _cannot_speak(state, command.resolution_id, context):
        return refusal
    if principal.acting_agency in state.signed:
        return ()
    if refusal := _cannot_speak_now(state, context):
        return refusal
    signed = events.ResolutionSigned(
        resolution_id=state.resolution_id, agency=principal.acting_agency, officer=principal.officer
    )
    return (signed,)


def dissent(state: Meeting, command: commands.DissentFromResolutionRequest, context: Context) -> Decision:
    """A participant dissents by name, once: who clearly opposed is not liable (2016 rules, Art. 11(2))."""
    agency = context.principal.acting_agency
    if refusal := _cannot_speak(state, command.resolution_id, context):
        return refusal
    if agency in state.dissented:
        return ()
    if refusal := _cannot_speak_now(state, context):
        return refusal
    reasons = sealed_of(command.reasons)
    return (events.ResolutionDissented(resolution_id=state.resolution_id, agency=agency, reasons=reasons),)


def _cannot_speak(state: Meeting, resolution_id: str, context: Context) -> Refusal | None:
    if refusal := not_called(state, context) or not_an_officer(context):
        return refusal
    if context.principal.acting_agency in state.participants:
        return other_resolution(state, resolution_id)
    message = "only participants sign or dissent: the caller's agency was not called to this meeting"
    return forbidden("NOT_A_PARTICIPANT", message, participants=",".join(state.participants))


def _cannot_speak_now(state: Meeting, context: Context) -> Refusal | None:
    agency = context.principal.acting_agency
    if agency in state.signed or agency in state.dissented:
        message = f"{agency} has spoken on this resolution: a change of mind takes a new proposal"
        return wrong_state("ALREADY_SPOKEN", message, _DISSENT_ARTICLE, resolution_id=state.resolution_id)
    return wrong_status(state, types.MEETING_STATUS_PROPOSED)

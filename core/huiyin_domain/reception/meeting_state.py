"""What is known of a joint meeting (联席会议), folded from its stream meeting-<id>."""

from dataclasses import dataclass, replace
from datetime import datetime

from google.protobuf.message import Message

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import types_pb2 as types
from huiyin.reception.v1.types_pb2 import MeetingStatus, ResolutionItem
from huiyin_domain.dates import instant
from huiyin_domain.decider import UnknownEventError


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting.

    `signed`, `dissented`, `orders` and `outcomes` (settled items) are about the current resolution.
    `left_out` are those who were called and with whom it does not go on.
    `proposed_time` is when it was put before the participants; None where that was not recorded.
    """

    meeting_id: str = ""
    status: MeetingStatus.ValueType = types.MEETING_STATUS_UNSPECIFIED
    convener: str = ""
    centre: str = ""
    participants: tuple[str, ...] = ()
    case_ids: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    resolution_id: str = ""
    items: tuple[ResolutionItem, ...] = ()
    signed: tuple[str, ...] = ()
    dissented: tuple[str, ...] = ()
    outcomes: tuple[events.ItemSettled, ...] = ()
    orders: tuple[events.ResolutionOrdered, ...] = ()
    proposed_time: datetime | None = None
    left_out: tuple[str, ...] = ()

    @property
    def seats(self) -> frozenset[str]:
        """Who was called: the convener, the centre and the participants."""
        return frozenset({self.convener, self.centre, *self.participants} - {""})

    @property
    def bound(self) -> bool:
        """True once the current resolution binds, also after the meeting ended."""
        return self.status in (types.MEETING_STATUS_BOUND, types.MEETING_STATUS_SETTLED) or bool(
            self.outcomes
        )

    @property
    def undecided(self) -> tuple[str, ...]:
        """Participants who have neither signed nor dissented."""
        spoken = {*self.signed, *self.dissented}
        return tuple(agency for agency in self.participants if agency not in spoken)

    def item(self, item_id: str) -> ResolutionItem | None:
        """The item of the current resolution with this id."""
        return next((item for item in self.items if item.item_id == item_id), None)

    def outcome(self, item_id: str) -> events.ItemSettled | None:
        """What became of an item, once it is settled."""
        return next((outcome for outcome in self.outcomes if outcome.item_id == item_id), None)


def evolve(state: Meeting, event: Message) -> Meeting:
    """The meeting after an event."""
    match event:
        case events.MeetingConvened():
            return _convened(event)
        case events.MeetingOpened():
            return replace(state, status=types.MEETING_STATUS_OPEN, present=tuple(event.present))
        case events.ResolutionProposed():
            return _proposed(state, event)
        case events.ResolutionSigned() | events.ResolutionDissented() | events.ResolutionOrdered():
            return _spoken(state, event)
        case events.ResolutionBound():
            return replace(state, status=types.MEETING_STATUS_BOUND, items=tuple(event.items))
        case events.ItemSettled():
            return replace(state, outcomes=(*state.outcomes, event))
        case events.ResolutionSettled():
            return replace(state, status=types.MEETING_STATUS_SETTLED)
        case events.MeetingClosed():
            return replace(state, status=types.MEETING_STATUS_CLOSED)
        case events.MeetingWithdrawn() | events.MeetingResumed():
            return _called_off_or_anew(state, event)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _convened(event: events.MeetingConvened) -> Meeting:
    return Meeting(
        meeting_id=event.meeting_id,
        status=types.MEETING_STATUS_CONVENED,
        convener=event.convener,
        centre=event.centre,
        participants=tuple(event.participants),
        case_ids=tuple(event.case_ids),
    )


def _called_off_or_anew(state: Meeting, event: events.MeetingWithdrawn | events.MeetingResumed) -> Meeting:
    """A meeting that is called anew begins anew: nothing that was proposed or signed counts any more."""
    if isinstance(event, events.MeetingWithdrawn):
        return replace(state, status=types.MEETING_STATUS_WITHDRAWN)
    called = {state.convener, event.centre, *event.participants}
    return Meeting(
        meeting_id=state.meeting_id,
        status=types.MEETING_STATUS_CONVENED,
        convener=state.convener,
        centre=event.centre,
        participants=tuple(event.participants),
        case_ids=state.case_ids,
        left_out=tuple(sorted({*state.left_out, *state.seats} - called)),
    )


def _spoken(
    state: Meeting, event: events.ResolutionSigned | events.ResolutionDissented | events.ResolutionOrdered
) -> Meeting:
    match event:
        case events.ResolutionSigned():
            return replace(state, signed=(*state.signed, event.agency))
        case events.ResolutionDissented():
            return replace(state, dissented=(*state.dissented, event.agency))
        case events.ResolutionOrdered():
            return replace(state, orders=(*state.orders, event))


def _proposed(state: Meeting, event: events.ResolutionProposed) -> Meeting:
    return replace(
        state,
        status=types.MEETING_STATUS_PROPOSED,
        resolution_id=event.resolution_id,
        items=tuple(event.items),
        signed=(),
        dissented=(),
        outcomes=(),
        orders=(),
        proposed_time=instant(event.proposed_time) if event.HasField("proposed_time") else None,
    )

"""What is known of a case's lateness, folded from its stream lateness-<case_id>."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from google.protobuf.message import Message

from huiyin.supervision.v1 import events_pb2 as events
from huiyin_domain.clocks.record import MOVED, Passing, Passings, passing_of, withdrawn_by
from huiyin_domain.dates import instant
from huiyin_domain.decider import UnknownEventError


@dataclass(frozen=True, slots=True)
class Lateness:
    """Which passings of a case's clocks are recorded, of whom, and what became of each.

    `objected` are those that their unit ever objected to, `refused` those where that did not hold. `told`
    are the agencies that the last event is for: another late unit has no part in it.
    """

    case_id: str = ""
    late: Mapping[Passing, str] = field(default_factory=dict)
    withdrawn: Passings = frozenset()
    objected: Passings = frozenset()
    refused: Passings = frozenset()
    told: tuple[str, ...] = ()

    @property
    def passed(self) -> Passings:
        """The recorded passings."""
        return frozenset(self.late)


def evolve(state: Lateness, event: Message) -> Lateness:
    """The lateness after an event."""
    match event:
        case events.DeadlinePassed():
            late = {**state.late, passing_of(event): event.unit}
            return _told(replace(state, case_id=event.case_id, late=late), event.unit)
        case events.LatenessWithdrawn():
            taken_back = withdrawn_by(event, state.late)
            if event.cause in MOVED:
                return _moved(state, taken_back)
            units = [state.late.get(one, "") for one in taken_back]
            return _told(replace(state, withdrawn=state.withdrawn | taken_back), *units, event.supervisor)
        case events.LatenessObjected():
            return _told(replace(state, objected=state.objected | {_of(event)}), event.unit, event.asked)
        case events.LatenessObjectionRefused():
            unit = state.late.get(_of(event), "")
            return _told(replace(state, refused=state.refused | {_of(event)}), unit, event.supervisor)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _moved(state: Lateness, taken_back: Passings) -> Lateness:
    """Not on the record any more: should the last day be moved back, the clock passes again."""
    late = {one: unit for one, unit in state.late.items() if one not in taken_back}
    objected, refused = state.objected - taken_back, state.refused - taken_back
    units = [state.late[one] for one in taken_back & state.passed]
    return _told(replace(state, late=late, objected=objected, refused=refused), *units)


def _of(event: events.LatenessObjected | events.LatenessObjectionRefused) -> Passing:
    return Passing(event.clock_id, instant(event.due_time))


def _told(state: Lateness, *agencies: str) -> Lateness:
    return replace(state, told=tuple(dict.fromkeys(agency for agency in agencies if agency)))

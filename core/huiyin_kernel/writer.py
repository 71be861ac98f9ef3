"""From decisions to appends: load a stream, fold it, and write what was decided with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Actor
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_domain.acts.act import Acts, with_act
from huiyin_domain.acts.judge import judged
from huiyin_domain.bounds import beyond_bounds
from huiyin_domain.context import Context
from huiyin_domain.decider import Decider, Decision, fold
from huiyin_domain.refusal import Refusal
from huiyin_kernel.codec import decode, encode
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.telemetry.traces import current_traceparent
from huiyin_store.port import Append, Appended, Cursor, EventStore, NewKey, StreamWrite

StateT = TypeVar("StateT")

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Loaded(Generic[StateT]):
    """A stream's state, the version it was read at, and when its acts happened."""

    stream: str
    state: StateT
    version: int
    acts: Acts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """Events decided on a loaded stream."""

    decider: Decider[Any]
    loaded: Loaded[Any]
    events: Sequence[Message]


async def load(store: EventStore, decider: Decider[StateT], stream: str) -> Loaded[StateT]:
    """Reads a stream and folds it; a stream without events gives the initial state and version 0."""
    state, version = decider.initial(), 0
    acts: Acts = {}
    while page := await store.read_stream(stream, version, _PAGE):
        for event in page:
            message = decode(event)
            state = decider.evolve(state, message)
            acts = with_act(acts, message, event.occurred, event.recorded)
        version = page[-1].version
        if len(page) < _PAGE:
            break
    return Loaded(stream, state, version, acts)


def decided(decider: Decider[Any], loaded: Loaded[Any], command: Message, context: Context) -> Decision:
    """What a command decides on a loaded stream, its times judged by the acts that the stream holds.

    No decision comes of numbers and times beyond all bounds, whatever a decider makes of them.
    """
    context = replace(context, acts=loaded.acts)
    decision = judged(decider.decide(loaded.state, command, context), context)
    return decision if isinstance(decision, Refusal) else beyond_bounds(command, context) or decision


def stream_write(call: Call, change: Change) -> StreamWrite:
    """The write that records a change, with who, why, for which cases and for whom.

    Each event goes to those who have a part after it and to those who have one after all of the change: who
    leaves by the first of two events is told of that one alone.
    """
    decider, state = change.decider, change.loaded.state
    after = fold(decider, state, change.events)
    lasting, events = set(decider.audience(after)), []
    for event in change.events:
        state = decider.evolve(state, event)
        metadata = EventMetadata(
            case_ids=decider.case_ids(after),
            actor=actor_of(call),
            request_id=str(call.request_id),
            correlation_id=call.correlation_id,
            causation_id=call.causation_id,
            causes=call.causes,
            audience=sorted(lasting.union(decider.audience(state))),
            trace_parent=current_traceparent(),
            entry=call.entry,
        )
        events.append(encode(uuid7(), event, metadata, call.occurred))
    return StreamWrite(change.loaded.stream, change.loaded.version, tuple(events))


def actor_of(call: Call) -> Actor:
    """Who acted, as recorded."""
    principal = call.principal
    return Actor(agency=principal.agency, officer=principal.officer, on_behalf_of=principal.on_behalf_of)


def to_append(
    call: Call,
    changes: Sequence[Change],
    keys: tuple[NewKey, ...] = (),
    cursor: Cursor | None = None,
) -> Append:
    """One append of several changes: all of them happen, or none."""
    writes = tuple(stream_write(call, change) for change in changes)
    return Append(call.request_id, call.fingerprint, writes, keys, cursor, call.scope)


async def written_events(store: EventStore, appended: Appended) -> list[Message]:
    """The events that an append wrote, read back: the facts of its first answer."""
    if not appended.first_position:
        return []
    count = appended.last_position - appended.first_position + 1
    return [decode(event) for event in await store.read(appended.first_position - 1, count)]

"""A service's own streams: read and folded, kept folded at their version, decided on and written."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from typing import Any, Generic, TypeVar

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Actor
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_domain.acts.act import Acts, with_act
from huiyin_domain.acts.judge import judged
from huiyin_domain.checks import beyond_bounds
from huiyin_domain.context import Context
from huiyin_domain.decider import Decider, Decision
from huiyin_domain.refusal import Refusal
from huiyin_kernel.codec import decode, encode
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.telemetry.traces import current_traceparent
from huiyin_store.port import (
    Append,
    Appended,
    Cursor,
    EventStore,
    NewKey,
    RecordedEvent,
    StreamWrite,
    VersionConflictError,
)

StateT = TypeVar("StateT")
DecidedT = TypeVar("DecidedT")

KEPT_MAX = 4096
"""Streams that are kept folded."""
KEPT_BYTES_MAX = 32 * 2**20
"""What they may take, as `weight` estimates it."""

_PAGE = 1000
_WEIGHT_OF_A_STREAM, _WEIGHT_OF_A_BYTE = 4000, 3


@dataclass(frozen=True, slots=True)
class Loaded(Generic[StateT]):
    """A stream's state, the version it was read at, when its acts happened, and how much was read for it."""

    stream: str
    state: StateT
    version: int
    acts: Acts = field(default_factory=dict)
    event_bytes: int = 0

    @property
    def weight(self) -> int:
        """About how many bytes of memory it takes."""
        return _WEIGHT_OF_A_STREAM + _WEIGHT_OF_A_BYTE * self.event_bytes


@dataclass(frozen=True)
class Change:
    """Events decided on a loaded stream."""

    decider: Decider[Any]
    loaded: Loaded[Any]
    events: Sequence[Message]

    @cached_property
    def states(self) -> Sequence[Any]:
        """The state after each of the events."""
        return [*accumulate(self.events, self.decider.evolve, initial=self.loaded.state)][1:]


class Streams:
    """The streams of one log, each as it was last read or written here.

    A decision that writes something may rest on what is kept, since an append holds only at the version that
    was decided on. Whatever else is answered, a refusal, or that nothing is left to do, asks the log first
    what came since: other processes of the service write too.
    """

    def __init__(
        self, store: EventStore, kept_max: int = KEPT_MAX, kept_bytes_max: int = KEPT_BYTES_MAX
    ) -> None:
        self.store = store
        self._most, self._bytes_max, self._bytes = kept_max, kept_bytes_max, 0
        self._kept: OrderedDict[str, Loaded[Any]] = OrderedDict()

    async def of(self, decider: Decider[StateT], identifier: str) -> Loaded[StateT]:
        """The stream of a petition, a meeting, as the log has it now. Raises StoreUnavailableError."""
        return await self.read(decider, f"{decider.category}-{identifier}")

    async def read(self, decider: Decider[StateT], stream: str) -> Loaded[StateT]:
        """The stream as the log has it now. Raises StoreUnavailableError."""
        loaded = await load(self.store, decider, stream, self._kept.get(stream))
        self._keep(loaded)
        return loaded

    async def decide(
        self, decider: Decider[StateT], stream: str, decide: Callable[[Loaded[StateT]], DecidedT]
    ) -> tuple[Loaded[StateT], DecidedT]:
        """A decision, and what it was made on: what is kept if it writes something, else the log as it is."""
        kept: Loaded[StateT] | None = self._kept.get(stream)
        if kept is not None and writes(decision := decide(kept)):
            return kept, decision
        loaded = await self.read(decider, stream)
        return loaded, decide(loaded)

    async def append(
        self,
        call: Call,
        changes: Sequence[Change],
        keys: tuple[NewKey, ...] = (),
        cursor: Cursor | None = None,
        seen: Sequence[Loaded[Any]] = (),
    ) -> Appended:
        """Writes changes, all of them or none, and keeps what became of their streams. Raises StoreError.

        What was decided by streams that it does not write holds while those are as they were `seen`.
        """
        append = to_append(call, changes, keys, cursor, seen)
        try:
            appended = await self.store.append(append)
        except VersionConflictError as conflict:
            self._forget(conflict)
            raise
        if not appended.repeated:  # else other events stand there than were decided now
            self._keep_written(changes, append, appended)
        return appended

    def _keep_written(self, changes: Sequence[Change], append: Append, appended: Appended) -> None:
        versions = {end.stream: end.version for end in appended.ends}
        for change, write in zip(changes, append.writes, strict=False):  # what was only seen comes after
            loaded = written(change, write, appended)
            if versions.get(loaded.stream) == loaded.version:  # not where any version was expected
                self._keep(loaded)

    def _keep(self, loaded: Loaded[Any]) -> None:
        """Keeps the newest, and what was asked for last."""
        kept = self._kept.get(loaded.stream)
        if loaded.version == 0 or (kept is not None and kept.version > loaded.version):
            return
        self._drop(loaded.stream)
        self._kept[loaded.stream] = loaded
        self._bytes += loaded.weight
        while len(self._kept) > self._most or self._bytes > self._bytes_max:
            self._drop(next(iter(self._kept)))

    def _forget(self, conflict: VersionConflictError) -> None:
        kept = self._kept.get(conflict.stream)
        if kept is not None and kept.version != conflict.actual:
            self._drop(conflict.stream)

    def _drop(self, stream: str) -> None:
        dropped = self._kept.pop(stream, None)
        self._bytes -= dropped.weight if dropped is not None else 0


async def load(
    store: EventStore, decider: Decider[StateT], stream: str, kept: Loaded[StateT] | None = None
) -> Loaded[StateT]:
    """Reads a stream and folds it, or what came since the version that is kept.

    A stream without events gives the initial state and version 0.
    """
    loaded = kept or Loaded(stream, decider.initial(), 0)
    while page := await store.read_stream(stream, loaded.version, _PAGE):
        loaded = _folded(decider, loaded, page)
        if len(page) < _PAGE:
            break
    return loaded


def _folded(
    decider: Decider[StateT], loaded: Loaded[StateT], page: Sequence[RecordedEvent]
) -> Loaded[StateT]:
    state, acts = loaded.state, loaded.acts
    for event in page:
        message = decode(event)
        state = decider.evolve(state, message)
        acts = with_act(acts, message, event.occurred, event.recorded)
    size = loaded.event_bytes + sum(len(event.data) for event in page)
    return Loaded(loaded.stream, state, page[-1].version, acts, size)


def written(change: Change, write: StreamWrite, appended: Appended) -> Loaded[Any]:
    """A stream after a change that was written."""
    loaded, acts = change.loaded, change.loaded.acts
    for event, new in zip(change.events, write.events, strict=True):
        acts = with_act(acts, event, new.occurred, appended.recorded)
    size = loaded.event_bytes + sum(len(new.data) for new in write.events)
    return Loaded(loaded.stream, change.states[-1], loaded.version + len(change.events), acts, size)


def writes(decision: object) -> bool:
    """Whether something is to be written: it is not refused, and there is something left to do."""
    return bool(decision) and not isinstance(decision, Refusal)


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
    decider, states = change.decider, change.states
    after = states[-1]
    lasting, events = set(decider.audience(after)), []
    for event, state in zip(change.events, states, strict=True):
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
    seen: Sequence[Loaded[Any]] = (),
) -> Append:
    """One append of several changes: all of them happen, or none."""
    writes = tuple(stream_write(call, change) for change in changes)
    watched = tuple(StreamWrite(one.stream, one.version, ()) for one in seen)
    return Append(call.request_id, call.fingerprint, writes + watched, keys, cursor, call.scope)

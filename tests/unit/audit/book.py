"""Writes logs by hand for the audit's tests: acts of a story become chained events and recorded calls."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Actor, Cause, Receipt
from huiyin.common.v1.types_pb2 import Entry as Made
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_audit.history import History, SentCommand, history_of
from huiyin_kernel.codec import timestamp
from huiyin_store.chain import chain_hash
from huiyin_store.port import GENESIS, RecordedEvent

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_NAMES = UUID("b2d7b3a2-41f5-4c0b-9a3e-7a8f4d0c1e22")

Write = tuple[str, Message]
"""A stream and an event for it."""


def identity(*parts: object) -> str:
    """The same UUID for the same parts."""
    return str(uuid5(_NAMES, "/".join(map(str, parts))))


@dataclass(frozen=True)
class Act:
    """One append: events for one log, who did it, and the call behind it (no method: nobody called)."""

    log: str
    writes: tuple[Write, ...]
    agency: str
    name: str
    officer: str = "officer-1"
    causes: tuple[Cause, ...] = ()
    method: str = ""
    case_id: str = ""
    epoch: int = 0
    day: int | None = None
    audience: tuple[str, ...] = ()
    occurred: datetime | None = None
    entry: Made | None = None
    causation_id: str = ""


@dataclass
class Book:
    """The logs as they are being written."""

    logs: dict[str, list[RecordedEvent]] = field(default_factory=dict)
    calls: list[SentCommand] = field(default_factory=list)
    now: datetime = START
    last: dict[tuple[str, str], RecordedEvent] = field(default_factory=dict)

    def write(self, act: Act) -> None:
        """Appends an act's events, and the call behind it, answered OK."""
        day = START + timedelta(days=act.day) if act.day is not None else self.now
        self.now = max(self.now + timedelta(milliseconds=7), day)
        request_id = identity("request", act.name)
        written = [self._append(act, stream, message, request_id) for stream, message in act.writes]
        if act.method:
            self.calls.append(self._call(act, written, request_id))

    def _append(self, act: Act, stream: str, message: Message, request_id: str) -> RecordedEvent:
        log = self.logs.setdefault(act.log, [])
        before = self.last.get((act.log, stream))
        metadata = EventMetadata(
            case_ids=_case_ids(act, stream),
            actor=Actor(agency=act.agency, officer=act.officer),
            request_id=request_id,
            correlation_id=request_id,
            causes=act.causes,
            audience=act.audience,
            causation_id=act.causation_id,
            entry=act.entry,
        )
        event = RecordedEvent(
            position=len(log) + 1,
            stream=stream,
            version=before.version + 1 if before else 1,
            event_id=UUID(identity("event", act.log, len(log) + 1)),
            type=message.DESCRIPTOR.full_name,
            recorded=self.now,
            occurred=act.occurred or self.now - timedelta(milliseconds=3),
            meta=metadata.SerializeToString(),
            data=message.SerializeToString(),
            previous_hash=before.hash if before else GENESIS,
            hash=b"",
        )
        self.last[act.log, stream] = chained(event)
        log.append(self.last[act.log, stream])
        return log[-1]

    def _call(self, act: Act, written: Sequence[RecordedEvent], request_id: str) -> SentCommand:
        stream = act.writes[0][0]
        last = [event for event in written if event.stream == stream][-1]
        receipt = Receipt(
            log=act.log,
            stream=stream,
            position=last.position,
            version=last.version,
            event_count=len(written),
            recorded_time=timestamp(self.now),
            hash=last.hash,
        )
        answered = self.now + timedelta(milliseconds=2)
        started = self.now - timedelta(milliseconds=4)
        return SentCommand(
            request_id, act.method, started, answered, "OK", receipt, b"", act.case_id, act.epoch
        )


def _case_ids(act: Act, stream: str) -> list[str]:
    """A petition's events concern that petition, any other's the case that the act names."""
    if stream.startswith("petition-"):
        return [stream.removeprefix("petition-")]
    return [act.case_id] if act.case_id else []


def chained(event: RecordedEvent) -> RecordedEvent:
    """The event with the hash that its content and the hash before it give."""
    return event._replace(hash=chain_hash(event.previous_hash, event))


def written(story: Iterable[Act]) -> Book:
    """The book of a story."""
    book = Book()
    for act in story:
        book.write(act)
    return book


def told(story: Iterable[Act], at_rest: bool = True) -> History:
    """The recorded history of a story."""
    book = written(story)
    return history_of(book.logs, book.calls, at_rest)


def changed(story: Sequence[Act], kind: type[Message], nth: int = 0, /, **fields: Any) -> list[Act]:
    """The story with fields of the nth event of a type set otherwise (None: cleared)."""
    acts, place = list(story), _place(story, kind, nth)
    writes = list(acts[place[0]].writes)
    stream, message = writes[place[1]]
    other = type(message)()
    other.CopyFrom(message)
    for name, value in fields.items():
        if value is None:
            other.ClearField(name)
        else:
            setattr(other, name, value)
    writes[place[1]] = (stream, other)
    acts[place[0]] = replace(acts[place[0]], writes=tuple(writes))
    return acts


def without(story: Sequence[Act], kind: type[Message], nth: int = 0) -> list[Act]:
    """The story without the nth event of a type."""
    acts, (at, index) = list(story), _place(story, kind, nth)
    writes = acts[at].writes[:index] + acts[at].writes[index + 1 :]
    acts[at : at + 1] = [replace(acts[at], writes=writes)] if writes else []
    return acts


def act_with(story: Sequence[Act], kind: type[Message], nth: int = 0) -> int:
    """Where in the story the act with the nth event of a type stands."""
    return _place(story, kind, nth)[0]


def _place(story: Sequence[Act], kind: type[Message], nth: int) -> tuple[int, int]:
    return list(_places(story, kind))[nth]


def _places(story: Sequence[Act], kind: type[Message]) -> Iterator[tuple[int, int]]:
    for at, act in enumerate(story):
        for index, (_, message) in enumerate(act.writes):
            if isinstance(message, kind):
                yield at, index

"""Spans that join a command, its event, the relay, the readers and their next commands into one trace.

What a caller sent as traceparent (W3C trace context, checked before it is believed) is passed on always, also
by a process that writes no spans. Spans are made only where `start_tracing` was told where they go
(trace_export.py); elsewhere they cost next to nothing.

    with span("inbox PetitionRegistered", parent=envelope.metadata.trace_parent, log=..., position=...):
        ...                       # current_traceparent() is what the next command or event is to carry

Attributes are identifiers, numbers and names of things; never a person's data.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, Protocol

from huiyin.event.v1.event_pb2 import Event

HEADER = "traceparent"
"""Name of the header in gRPC metadata and on Kafka records."""

_FORM = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})")
_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class TraceParent:
    """Where in which trace something belongs."""

    trace_id: str
    span_id: str
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def parsed(text: str) -> TraceParent | None:
    """What a traceparent says; None for one that is missing or wrong, which is as good as none (W3C §3.2)."""
    found = _FORM.fullmatch(text)
    if found is None or not int(found["trace"], 16) or not int(found["span"], 16):
        return None
    return TraceParent(found["trace"], found["span"], bool(int(found["flags"], 16) & _SAMPLED))


def about(envelope: Event) -> dict[str, str | int]:
    """Which event, for `extra` of a log line and attributes of a span."""
    return {
        "event_id": envelope.event_id,
        "log": envelope.log,
        "position": envelope.position,
        "stream": envelope.stream,
        "type": envelope.type,
    }


Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attribute = str | int | float | bool


class Span(Protocol):
    """A stretch of work. `traceparent` is for what follows from it; empty when nothing is traced."""

    @property
    def traceparent(self) -> str: ...

    def note(self, **attributes: Attribute) -> None:
        """Adds what became known meanwhile."""
        ...

    def failed(self, how: str) -> None:
        """Marks it as failed; `how` is a reason or the name of an error, never its text."""
        ...

    def end(self) -> None: ...


class Tracer(Protocol):
    """Makes spans."""

    def start(
        self,
        name: str,
        parent: str,
        kind: Kind,
        attributes: dict[str, Attribute],
        start_time: int | None = None,
    ) -> Span | None:
        """A span that will be written when it ends; None when it is not to be. Times in ns since 1970."""
        ...


class Unwritten:
    """Stands where no span is written: passes on what came in."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def note(self, **attributes: Attribute) -> None:
        """Nothing is kept."""

    def failed(self, how: str) -> None:
        """Nothing is kept."""

    def end(self) -> None:
        """Nothing is kept."""


_NOTHING = Unwritten("")
_current: ContextVar[Span] = ContextVar("huiyin_span", default=_NOTHING)
_arrived: ContextVar[str] = ContextVar("huiyin_arrived", default="")
_tracer: Tracer | None = None


def use(tracer: Tracer | None) -> None:
    """Makes spans with this from now on; None: no more."""
    global _tracer
    _tracer = tracer


def tracing() -> bool:
    """Whether spans are written in this process."""
    return _tracer is not None


def current_traceparent() -> str:
    """What goes along with an event, a record or a call made here; empty when nothing is traced."""
    return _current.get().traceparent


def note(**attributes: Attribute) -> None:
    """Adds what became known to the current span, if there is one."""
    _current.get().note(**attributes)


@contextmanager
def span(name: str, parent: str = "", kind: Kind = "internal", **attributes: Attribute) -> Iterator[Span]:
    """The work inside, as a part of the parent's trace, else of the current one, else of a new one."""
    started = start_span(name, parent, kind, **attributes)
    if started is _NOTHING:
        yield started
        return
    token = _current.set(started)
    try:
        yield started
    except BaseException as error:
        started.failed(type(error).__name__)
        raise
    finally:
        _current.reset(token)
        started.end()


def start_span(name: str, parent: str = "", kind: Kind = "internal", **attributes: Attribute) -> Span:
    """A span that does not become the current one; whoever starts it ends it."""
    before = parent if parent and parsed(parent) else _current.get().traceparent
    tracer = _tracer
    made = tracer.start(name, before, kind, attributes) if tracer is not None else None
    if made is not None:
        return made
    return Unwritten(before) if before else _NOTHING


def record(
    name: str, parent: str, start_time: int, kind: Kind, attributes: Callable[[], Mapping[str, Attribute]]
) -> None:
    """A span for what happened to one of many that went together, from `start_time` (ns) until now.

    Does nothing for one that is not traced, nor asks for its attributes: call it for each event of a batch.
    """
    if _tracer is None or not parent or parsed(parent) is None:
        return
    made = _tracer.start(name, parent, kind, dict(attributes()), start_time)
    if made is not None:
        made.end()


def arriving(traceparent: str) -> None:
    """Called by a source just before it yields an event: what the way here (such as the relay) was traced as.

    An asynchronous generator shares the context of who reads it, so the reader finds it in `parent_of`.
    """
    _arrived.set(traceparent)


def parent_of(trace_parent: str) -> str:
    """What a reaction to an event has as its parent: the way the event came, if that belongs to its trace.

    `trace_parent` is the event's own (EventMetadata.trace_parent).
    """
    way = _arrived.get()
    if way and trace_parent and way[3:35] == trace_parent[3:35]:
        return way
    return trace_parent


@contextmanager
def reacting(name: str, trace_parent: str, **attributes: Attribute) -> Iterator[Span]:
    """A span for what an event leads to, if the event was traced (EventMetadata.trace_parent); else none."""
    if not trace_parent:
        yield _NOTHING
        return
    with span(name, parent_of(trace_parent), "consumer", **attributes) as here:
        yield here

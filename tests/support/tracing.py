"""Traces in tests: a desk that sends a traceparent, the spans that were written, and whether they join up."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin_cli.client import Client
from huiyin_kernel.telemetry.traces import HEADER, parsed
from tests.mainjob.desk import Desk
from tests.support.calling import LOGS

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{CALLER}-01"


class TracedDesk(Desk):
    """An officer whose program sends a traceparent with every call."""

    async def _once(self, stub: Any, method: str, request: Message) -> Any:
        return await super()._once(partial(stub, metadata=((HEADER, PARENT),)), method, request)


@dataclass(frozen=True, slots=True)
class WrittenSpan:
    """A span as the file has it."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    process: str
    attributes: dict[str, Any]


def written_spans(path: Path) -> list[WrittenSpan]:
    """All spans of all processes."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [WrittenSpan(**{name: line[name] for name in WrittenSpan.__slots__}) for line in lines]


async def all_events(auditor: Client) -> list[Event]:
    """What all logs hold now."""
    found: list[Event] = []
    for name in LOGS:
        items = auditor.feed(name).Subscribe(SubscribeRequest(until_caught_up=True))
        found += [item.event async for item in items if item.HasField("event")]
    return found


def loose_ends(events: Iterable[Event], spans: Sequence[WrittenSpan], trace_id: str = TRACE) -> list[str]:
    """Where a trace does not join up: an event hangs on a span, and a reaction's span below its cause's.

    A clock that passes begins anew, and so does whoever acts because of what he read.
    """
    by_id = {span.span_id: span for span in spans if span.trace_id == trace_id}
    traced = {event.event_id: event for event in events if trace_id in event.metadata.trace_parent}
    found = [f"{event.type} hangs on no span" for event in traced.values() if _span_id(event) not in by_id]
    for event in events:
        reaction = event.metadata.actor.agency.endswith("-inbox")
        cause = traced.get(event.metadata.causation_id) if reaction else None
        if cause is not None and not _hangs_on(_span_id(event), _span_id(cause), by_id):
            found.append(f"{event.type} does not hang on its cause {cause.type}")
    return found


def _hangs_on(span_id: str, above: str, by_id: dict[str, WrittenSpan]) -> bool:
    """Whether a span is below another one."""
    while span_id in by_id and span_id != above:
        span_id = by_id[span_id].parent_id
    return span_id == above


def _span_id(event: Event) -> str:
    found = parsed(event.metadata.trace_parent)
    return found.span_id if found else ""

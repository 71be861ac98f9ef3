"""Spans of the relay: one for each traced event, and the record says that it comes from there."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from huiyin_kernel.arrived import Record
from huiyin_kernel.telemetry.traces import HEADER, start_span, tracing
from huiyin_relay.sources import Row


@contextmanager
def traced(source: str, batch: Sequence[Row]) -> Iterator[list[Record]]:
    """The records of a batch, as they are sent."""
    if not tracing():
        yield [row.record for row in batch]
        return
    with ExitStack() as spans:
        yield [_traced(source, row, spans) for row in batch]


def _traced(source: str, row: Row, spans: ExitStack) -> Record:
    parent = next((value.decode() for name, value in row.record.headers if name == HEADER), "")
    if not parent:
        return row.record
    span = start_span(f"relay {source}", parent, "producer", log=source, position=row.position)
    spans.callback(span.end)
    headers = tuple(
        (name, span.traceparent.encode() if name == HEADER else value) for name, value in row.record.headers
    )
    return row.record._replace(headers=headers)

"""What the relay counts and traces of what it publishes."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from huiyin_kernel.arrived import Record
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.counts import Following
from huiyin_kernel.telemetry.traces import HEADER, start_span, tracing
from huiyin_relay.sources import SourceRow

CONSUMER = "relay"


class SourceCounts:
    """The metrics of one source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._following: Following | None = None
        self._published = metrics.RELAY_PUBLISHED.labels(source)
        self._seconds = metrics.RELAY_SECONDS.labels(source)
        self._in_flight = metrics.RELAY_IN_FLIGHT.labels(source)
        self._repeats = metrics.RELAY_REPEATS.labels(source)
        self._rejected = metrics.RELAY_REJECTED.labels(source)
        self._rebuilds = metrics.RELAY_REBUILDS.labels(source)

    def begins(self, position: int) -> None:
        """Publishing begins after this position."""
        self._following = Following(CONSUMER, self._source, position)

    def read(self, position: int, recorded: float) -> None:
        """Rows up to here are in hand; the first was recorded then (Unix seconds)."""
        if self._following is not None:
            self._following.heard(position, recorded)

    def quiet(self) -> None:
        """There is nothing new."""
        if self._following is not None:
            self._following.heard(self._following.heard_position)

    @contextmanager
    def in_flight(self, count: int) -> Iterator[None]:
        """A batch is on its way."""
        self._in_flight.set(count)
        try:
            yield
        finally:
            self._in_flight.set(0)

    def published(self, count: int, seconds: float) -> None:
        """A batch was acknowledged."""
        self._published.inc(count)
        self._seconds.observe(seconds)

    def done(self, position: int, recorded: float) -> None:
        """Everything up to here is acknowledged or parked; the last was recorded then (Unix seconds)."""
        if self._following is not None:
            self._following.done(position, recorded)

    def repeats(self, count: int) -> None:
        """Records will be sent again."""
        self._repeats.inc(count)

    def rejected(self) -> None:
        """A record was parked."""
        self._rejected.inc()

    def rebuilt(self) -> None:
        """A producer was given up."""
        self._rebuilds.inc()


@contextmanager
def traced(source: str, batch: Sequence[SourceRow]) -> Iterator[list[Record]]:
    """The records of a batch, as they are sent."""
    if not tracing():
        yield [row.record for row in batch]
        return
    with ExitStack() as spans:
        yield [_traced(source, row, spans) for row in batch]


def _traced(source: str, row: SourceRow, spans: ExitStack) -> Record:
    parent = next((value.decode() for name, value in row.record.headers if name == HEADER), "")
    if not parent:
        return row.record
    span = start_span(f"relay {source}", parent, "producer", log=source, position=row.position)
    spans.callback(span.end)
    headers = tuple(
        (name, span.traceparent.encode() if name == HEADER else value) for name, value in row.record.headers
    )
    return row.record._replace(headers=headers)

"""What the metrics and the trace say of an inbox's reactions."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from prometheus_client import Histogram

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.traces import reacting


class InboxCounts:
    """The metrics of one inbox."""

    def __init__(self, consumer: str, log: str) -> None:
        self._consumer = consumer
        self._seconds = metrics.INBOX_SECONDS.labels(consumer, log)
        self.retries = metrics.INBOX_RETRIES.labels(consumer, log)
        self.dead = metrics.DEAD_LETTERS.labels(consumer, log)
        self.redriven = metrics.DEAD_LETTERS_REDRIVEN.labels(consumer, log)
        self.conflicts = metrics.VERSION_CONFLICTS.labels(consumer)

    def reaction(self, envelope: Event) -> AbstractContextManager[None]:
        """A reaction until it is done, however often it is tried."""
        return self._traced(envelope) if envelope.metadata.trace_parent else _Timed(self._seconds)

    @contextmanager
    def _traced(self, envelope: Event) -> Iterator[None]:
        name = f"{self._consumer} {envelope.type.rpartition('.')[2]}"
        with _Timed(self._seconds), reacting(name, envelope.metadata.trace_parent, **about(envelope)):
            yield


class _Timed:
    """Measures what is done inside; a class, because a generator costs as much as all the rest."""

    __slots__ = ("_begun", "_seconds")

    def __init__(self, seconds: Histogram) -> None:
        self._seconds = seconds
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *error: object) -> None:
        self._seconds.observe(time.perf_counter() - self._begun)

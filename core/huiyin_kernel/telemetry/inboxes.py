"""What the metrics and the trace say of an inbox's reactions."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.traces import reacting


class InboxCounts:
    """The metrics of one inbox."""

    def __init__(self, consumer: str, log: str) -> None:
        self._consumer = consumer
        self._reactions = metrics.INBOX_REACTIONS.labels(consumer, log)
        self._seconds = metrics.INBOX_SECONDS.labels(consumer, log)
        self.retries = metrics.INBOX_RETRIES.labels(consumer, log)
        self.dead = metrics.DEAD_LETTERS.labels(consumer, log)
        self.conflicts = metrics.VERSION_CONFLICTS.labels(consumer)

    @contextmanager
    def reaction(self, envelope: Event) -> Iterator[None]:
        """A reaction until it is done, however often it is tried."""
        begun = time.perf_counter()
        if parent := envelope.metadata.trace_parent:
            name = f"{self._consumer} {envelope.type.rpartition('.')[2]}"
            with reacting(name, parent, **about(envelope)):
                yield
        else:
            yield
        self._reactions.inc()
        self._seconds.observe(time.perf_counter() - begun)

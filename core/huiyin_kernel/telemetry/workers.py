"""What the metrics and the traces say of a stream worker, whichever host runs its folds."""

import time
from collections.abc import Callable, Sequence
from functools import partial

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.traces import parent_of, record, tracing


class WorkerCounts:
    """The metrics of one worker."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._handled = metrics.WORKER_HANDLED.labels(worker)
        self._outputs = metrics.WORKER_OUTPUTS.labels(worker)
        self._seconds = metrics.WORKER_SECONDS.labels(worker)
        self.dead = metrics.WORKER_DEAD.labels(worker)
        self.retries = metrics.WORKER_RETRIES.labels(worker)
        self.watchdog = metrics.WORKER_WATCHDOG.labels(worker)

    def lag(self, topic: str, records: int) -> None:
        """So many records of a topic are not handled yet."""
        metrics.WORKER_LAG.labels(self._worker, topic).set(records)

    def begin(self) -> Callable[[Sequence[Event], int], None]:
        """Entries are being handled; what it returns is told their events and the number of outputs."""
        begun = time.time_ns()

        def done(events: Sequence[Event], outputs: int) -> None:
            self._handled.inc(len(events))
            self._outputs.inc(outputs)
            self._seconds.observe((time.time_ns() - begun) / 1e9)
            if tracing():
                self._trace(events, begun)

        return done

    def _trace(self, events: Sequence[Event], begun: int) -> None:
        for event in events:
            parent = event.metadata.trace_parent
            if len(events) == 1:  # of several only the last one's way is known
                parent = parent_of(parent)
            record(f"{self._worker} worker", parent, begun, "consumer", partial(about, event))

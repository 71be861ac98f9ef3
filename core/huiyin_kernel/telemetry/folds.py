"""What the metrics and the traces say of a fold in PostgreSQL."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.following import Following
from huiyin_kernel.telemetry.traces import record, tracing


class FoldCounts:
    """The metrics of one fold, and its way through each of its logs."""

    def __init__(self, fold: str, queue_length: Callable[[], int]) -> None:
        self._fold = fold
        self.following: dict[str, Following] = {}
        self.restarts = metrics.FOLD_RESTARTS.labels(fold)
        self.retries = metrics.FOLD_RETRIES.labels(fold)
        self.aside = metrics.FOLD_ASIDE.labels(fold)
        self._batch = metrics.FOLD_BATCH.labels(fold)
        self._seconds = metrics.FOLD_SECONDS.labels(fold)
        metrics.FOLD_QUEUE.labels(fold).set_function(queue_length)

    def begin(self, positions: Mapping[str, int]) -> None:
        """The fold reads on from here."""
        self.following = {log: Following(self._fold, log, at) for log, at in positions.items()}

    def put_aside(self, event: Event) -> None:
        """A case is set aside because of an event."""
        metrics.DEAD_LETTERS.labels(self._fold, event.log).inc()

    def redriven(self, events: Sequence[Event]) -> None:
        """A case that was aside is folded, with everything that waited."""
        for event in events[:1]:
            metrics.DEAD_LETTERS_REDRIVEN.labels(self._fold, event.log).inc()

    def batch(self, events: Sequence[Event]) -> Callable[[Mapping[str, int]], None]:
        """A batch is being folded; what it returns is told the new positions when they are saved."""
        begun = time.time_ns()

        def done(positions: Mapping[str, int]) -> None:
            self._batch.observe(len(events))
            self._seconds.observe((time.time_ns() - begun) / 1e9)
            for log, position in positions.items():
                self.following[log].done(position)
            self._trace(events, begun)

        return done

    def _trace(self, events: Sequence[Event], begun: int) -> None:
        if tracing():
            for event in events:
                parent = event.metadata.trace_parent
                record(f"{self._fold} fold", parent, begun, "consumer", partial(about, event))

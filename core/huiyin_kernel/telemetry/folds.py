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

    def __init__(self, fold: str) -> None:
        self._fold = fold
        self.following: dict[str, Following] = {}
        self._batch = metrics.FOLD_BATCH.labels(fold)
        self._seconds = metrics.FOLD_SECONDS.labels(fold)
        self._queue = metrics.FOLD_QUEUE.labels(fold)

    def begin(self, positions: Mapping[str, int], queue_length: Callable[[], int]) -> None:
        """The fold reads on from here."""
        self._queue.set_function(queue_length)
        self.following = {log: Following(self._fold, log, at) for log, at in positions.items()}

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

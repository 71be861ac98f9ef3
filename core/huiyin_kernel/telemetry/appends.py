"""What a log's metrics say of its appends; counted by batch, so that an append costs nothing more."""

from collections import Counter
from collections.abc import Callable, Sequence

from huiyin_kernel.telemetry import metrics
from huiyin_store.port import (
    Appended,
    EventIdReusedError,
    RequestReusedError,
    StoreError,
    StoreUnavailableError,
    VersionConflictError,
)

_NAMES = {
    VersionConflictError: "conflict",
    RequestReusedError: "request_reused",
    EventIdReusedError: "event_reused",
    StoreUnavailableError: "unavailable",
}


class AppendCounts:
    """The metrics of one log, as its store fills them (see the port)."""

    def __init__(self, log: str, schema: str) -> None:
        self._log = log
        self._last = 0
        self._batch = metrics.APPEND_BATCH.labels(log)
        self._seconds = metrics.APPEND_SECONDS.labels(log)
        self._retries = metrics.STORE_RETRIES.labels(schema)
        metrics.LOG_POSITION.labels(log).set_function(lambda: self._last)

    def waiting(self, queue_length: Callable[[], int]) -> None:
        """How many appends wait."""
        metrics.APPEND_QUEUE.labels(self._log).set_function(queue_length)

    def written(self, outcomes: Sequence[Appended | StoreError], seconds: float, last: int) -> None:
        """A batch was answered after so long, and the log is durable up to `last` (0: nothing new)."""
        self.durable(last)
        self._batch.observe(len(outcomes))
        self._seconds.observe(seconds)
        for name, count in Counter(map(_name, outcomes)).items():
            metrics.APPENDS.labels(self._log, name).inc(count)

    def durable(self, position: int) -> None:
        """The log is durable up to here."""
        self._last = max(self._last, position)

    def overloaded(self) -> None:
        """An append was refused: the queue is full."""
        metrics.APPENDS.labels(self._log, "overloaded").inc()

    def retried(self) -> None:
        """A call to the database is made again."""
        self._retries.inc()


def _name(outcome: Appended | StoreError) -> str:
    if isinstance(outcome, Appended):
        return "repeated" if outcome.repeated else "appended"
    return _NAMES.get(type(outcome), "failed")

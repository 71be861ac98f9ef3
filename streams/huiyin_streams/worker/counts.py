"""What the metrics and traces say of a worker."""

import logging
import time
from functools import partial

from huiyin_kernel.kafka.record import Place
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import Attribute, record
from huiyin_streams.worker.handlers import Work

log = logging.getLogger(__name__)


class WorkerCounts:
    """The metrics of one worker."""

    def __init__(self, worker: str) -> None:
        self._handled = metrics.WORKER_HANDLED.labels(worker)
        self._outputs = metrics.WORKER_OUTPUTS.labels(worker)
        self._seconds = metrics.WORKER_SECONDS.labels(worker)
        self._dead = metrics.WORKER_DEAD.labels(worker)
        self._retries = metrics.WORKER_RETRIES.labels(worker)
        self.watchdog = metrics.WORKER_WATCHDOG.labels(worker)
        self._worker = worker

    def lag(self, topic: str, records: int) -> None:
        """Records of a topic not yet handled."""
        metrics.WORKER_LAG.labels(self._worker, topic).set(records)

    def retried(self) -> None:
        """A table failed and is asked again."""
        self._retries.inc()

    def buried(self, place: Place, error: Exception) -> None:
        """A record became a dead letter. Its content stands there, not in the log."""
        self._dead.inc()
        log.error("a dead letter was made of %s: %s", place, type(error).__name__)

    def handled(self, work: Work, outputs: int, begun_ns: int) -> None:
        """A record was handled, and what it led to is on the brokers."""
        self._handled.inc()
        self._outputs.inc(outputs)
        self._seconds.observe((time.time_ns() - begun_ns) / 1e9)
        record("worker fold", work.origin.trace_parent, begun_ns, "consumer", partial(self._about, work))

    def _about(self, work: Work) -> dict[str, Attribute]:
        return {"worker": self._worker, "record": work.origin.record_id}

"""What the metrics and the traces say of appends, folds, inboxes, stream workers, and of readers of logs.

Counted by batch where there are batches, so that one event costs nothing more. How far a reader has come is
kept as plain numbers, worked out only when somebody looks.
"""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, aclosing, contextmanager
from functools import partial

from prometheus_client import Histogram

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.traces import about, parent_of, reacting, record, tracing
from huiyin_store.port import (
    Appended,
    EventIdReusedError,
    RequestReusedError,
    StoreError,
    StoreUnavailableError,
    VersionConflictError,
)


class Following:
    """One consumer's way through one log. A heartbeat is heard without a recorded time."""

    __slots__ = ("_doing", "_heard_at", "done_position", "heard_position")

    def __init__(self, consumer: str, log: str, position: int = 0) -> None:
        self.done_position = self.heard_position = position
        self._doing: float = 0.0
        self._heard_at = time.monotonic()
        metrics.CONSUMER_POSITION.labels(consumer, log).set_function(lambda: self.done_position)
        metrics.CONSUMER_HEARD.labels(consumer, log).set_function(lambda: self.heard_position)
        metrics.CONSUMER_LAG_SECONDS.labels(consumer, log).set_function(self.lag_seconds)
        metrics.CONSUMER_SILENCE_SECONDS.labels(consumer, log).set_function(self.silence_seconds)

    def heard(self, position: int, recorded: float = 0.0) -> None:
        """The source gave everything up to here; `recorded` is when an event was (Unix seconds)."""
        self._heard_at = time.monotonic()
        self.heard_position = position
        if recorded and not self._doing:
            self._doing = recorded

    def done(self, position: int, recorded: float = 0.0) -> None:
        """Everything up to here has taken effect; `recorded` is when its last event was, if it is known.

        While more is in hand, that instant stands for the next one's, which was hardly later.
        """
        self.done_position = position
        if position >= self.heard_position:
            self._doing = 0.0
        elif recorded:
            self._doing = recorded

    def lag_seconds(self) -> float:
        """Age of the oldest event in hand; 0 when there is none."""
        doing = self._doing
        return max(0.0, time.time() - doing) if doing else 0.0

    def silence_seconds(self) -> float:
        """Time since the source gave a sign of life."""
        return time.monotonic() - self._heard_at


async def followed(
    following: Following, source: AsyncGenerator[tuple[Event | None, int], None]
) -> AsyncGenerator[tuple[Event | None, int], None]:
    """The same items, each noted as heard. Closed, it closes its source."""
    async with aclosing(source) as items:
        async for envelope, position in items:
            following.heard(position, envelope.recorded_time.seconds if envelope is not None else 0.0)
            yield envelope, position


_NAMES = {
    VersionConflictError: "conflict",
    RequestReusedError: "request_reused",
    EventIdReusedError: "event_reused",
    StoreUnavailableError: "unavailable",
}


class AppendMetrics:
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

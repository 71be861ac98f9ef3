"""Publishing: the port, and behind it kafka-python's idempotent producer, alone or fenced.

A producer is given up at the first failure.

After a rejected record such a producer fails every other one with that first error, also of other topics;
after an expired batch later ones would overtake it; and close() can fail without closing anything. So any
failure ends the producer, and the next batch gets a new one.

Nothing is sent before all records of a call are gathered. So those of one partition are one batch of Kafka's,
if they are not more than `batch_bytes`: all of them are written, or none, and none overtakes another.

Whether a batch that failed is on the brokers is not known. A fenced producer is the only one under its id:
when it is open, nothing that an earlier one sent arrives any more, and so the ends of its topics tell.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from kafka import KafkaProducer, TopicPartition
from kafka.errors import (
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFencedError,
    RecordListTooLargeError,
    UnknownError,
)
from kafka.producer.transaction_manager import InitProducerIdHandler, ProducerIdAndEpoch, TransactionState

from huiyin_kafka.record import wire_bytes
from huiyin_kernel.arrived import Record


class PublishError(Exception):
    """A batch was not acknowledged whole.

    The first `acknowledged` records are on the brokers; of the others nothing is known: send them again, in
    order. `rejected`: the brokers will not take one of them as it is, however often it is sent; in a batch of
    one it is known which.
    """

    def __init__(self, acknowledged: int, cause: BaseException, *, rejected: bool) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.acknowledged, self.cause, self.rejected = acknowledged, cause, rejected


class Publisher(Protocol):
    """Publishes one batch after the other. Used from one event loop, which it never blocks."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when every record is acknowledged by all replicas in sync. Raises PublishError.

        An empty batch connects, so that the first one need not.
        Records of one key keep their order, whatever fails. A time that lies ahead is written as the
        present: brokers refuse what is far ahead of their clock.
        """
        ...

    async def aclose(self) -> None:
        """Gives up its connections, within seconds whatever is under way."""
        ...


REJECTIONS = (InvalidRecordError, InvalidTimestampError, MessageSizeTooLargeError, RecordListTooLargeError)
"""What is wrong with a record itself. Anything else, a missing right too, may pass without its doing."""


@dataclass(frozen=True, slots=True)
class PublishLimits:
    """How much, and how long. The defaults suit a relay."""

    record_bytes_max: int = 4_194_304
    """Bytes of one record with its key and headers; topics allow the same (topics.yaml)."""
    delivery_ms: int = 30_000
    """How long a record is tried: longer than brokers need to elect a new leader."""
    request_ms: int = 5_000
    block_ms: int = 5_000
    linger_ms: int = 10_000
    """Longer than it takes to gather the records of a call; then they are sent at once."""
    batch_bytes: int = 4_194_304
    close_seconds: float = 3.0
    """How long an orderly end may take."""


class _OneProducer:
    """One producer at a time, in a thread of its own, for blocking calls; given up at its first failure."""

    def __init__(
        self,
        options: Mapping[str, Any],
        settings: Mapping[str, Any],
        close_seconds: float,
        given_up: Callable[[], object],
    ) -> None:
        self._options = {**options, **_SETTINGS, **settings}
        self._close_seconds, self._given_up = close_seconds, given_up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="publisher")
        self._producer: Any = None
        self._is_closed = False

    async def aclose(self) -> None:
        """Gives up the producer, within seconds whatever is under way. Twice does no harm."""
        if self._is_closed:
            return
        self._is_closed = True
        closing = self._in_thread(self._close)
        done, _ = await asyncio.wait({closing}, timeout=self._close_seconds)
        if not done and self._producer is not None:
            _force_close(self._producer)  # a batch is under way that nobody waits for any more
        self._thread.shutdown(wait=False)

    def _in_thread(self, work: Callable[..., None], *values: object) -> "asyncio.Future[None]":
        return asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    def _make(self) -> Any:
        self._producer = KafkaProducer(**self._options)
        return self._producer

    def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=self._close_seconds)
            except KafkaTimeoutError:
                _force_close(producer)

    def _abandon(self) -> None:
        """Ends a producer that is of no use any more, and does not wait for what it holds."""
        producer, self._producer = self._producer, None
        if producer is not None:
            _force_close(producer)
            with suppress(KafkaTimeoutError):
                producer.close(timeout=1)


_SETTINGS = {"acks": "all", "allow_auto_create_topics": False, "metrics_enabled": False}


def _waits(limits: PublishLimits) -> dict[str, Any]:
    """How long a producer waits, as kafka-python takes it."""
    return {
        "linger_ms": limits.linger_ms,
        "delivery_timeout_ms": limits.delivery_ms,
        "request_timeout_ms": limits.request_ms,
        "max_block_ms": limits.block_ms,
    }


class KafkaPublisher(_OneProducer):
    """Publishes to some topics."""

    def __init__(
        self,
        options: Mapping[str, Any],
        topics: Sequence[str],
        limits: PublishLimits | None = None,
        given_up: Callable[[], object] = lambda: None,
    ) -> None:
        """`options` are what every client takes (connection.py); `given_up` is told of lost producers."""
        self._topics, self._limits = tuple(topics), limits or PublishLimits()
        settings = {
            "enable_idempotence": True,
            "batch_size": self._limits.batch_bytes,
            "compression_type": None,  # aiokafka, and so Faust, reads lz4 only with a package of its own
            "max_request_size": 2 * self._limits.record_bytes_max,
            **_waits(self._limits),
        }
        super().__init__(options, settings, self._limits.close_seconds, given_up)

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when every record is acknowledged. Raises PublishError."""
        await self._in_thread(self._publish, records)

    def _publish(self, records: Sequence[Record]) -> None:
        sound = next((number for number, record in enumerate(records) if self._fault(record)), len(records))
        if sound or not records:
            self._send(records[:sound])
        if sound < len(records):
            raise PublishError(sound, ValueError(self._fault(records[sound])), rejected=True)

    def _fault(self, record: Record) -> str:
        """What is wrong with a record, seen before it is sent; empty when nothing is."""
        size = wire_bytes(record)
        if size > self._limits.record_bytes_max:
            return f"the record has {size} bytes, more than {self._limits.record_bytes_max}"
        return "" if record.key else "the record has no key"

    def _send(self, records: Sequence[Record]) -> None:
        futures: list[Any] = []
        failure: KafkaError | None = None
        try:
            producer = self._opened()
            now = int(time.time() * 1000)
            for record in records:
                future = _sent(producer, record, now)
                futures.append(future)  # one by one: what was sent before a failure is looked at too
            self._await(producer, futures)
        except KafkaError as error:
            failure = error
        self._check(futures, len(records), failure)

    def _await(self, producer: Any, futures: Sequence[Any]) -> None:
        """Waits until every record is acknowledged or given up by the producer, for a bounded time."""
        deadline = time.monotonic() + (self._limits.delivery_ms + self._limits.request_ms) / 1000
        with suppress(UnknownError):  # what flush says of a batch that is being split into smaller ones
            producer.flush(timeout=deadline - time.monotonic())
        for future in futures:
            if not future.is_done:
                with suppress(KafkaError):  # looked at with all others
                    future.get(timeout=max(0.0, deadline - time.monotonic()))

    def _check(self, futures: Sequence[Any], count: int, failure: KafkaError | None) -> None:
        """Every single future is looked at: flush does not say what failed. Raises PublishError."""
        failed = [number for number, future in enumerate(futures) if not future.succeeded()]
        if failure is None and not failed:
            return
        errors = [futures[number].exception for number in failed if futures[number].is_done]
        causes = [error for error in [*errors, failure] if error is not None]
        rejection = next((error for error in causes if isinstance(error, REJECTIONS)), None)
        cause = rejection or next(iter(causes), KafkaTimeoutError("no answer in time"))
        acknowledged = failed[0] if failed else len(futures)
        self._abandon()
        self._given_up()
        raise PublishError(
            max(0, min(acknowledged, count - 1)), cause, rejected=rejection is not None
        ) from cause

    def _opened(self) -> Any:
        if self._producer is None:
            _partitions(self._make(), self._topics)  # or the first send to each would wait for it
        return self._producer


def _partitions(producer: Any, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of topics, asked for at once: one after the other each would take 100 ms."""
    for topic in topics:
        producer._sender.add_topic(topic)  # noqa: SLF001 - a producer asks for one topic only
    return [TopicPartition(topic, number) for topic in topics for number in producer.partitions_for(topic)]


def _sent(producer: Any, record: Record, now: int) -> Any:
    """What becomes of a record; one of the future is written as of now, in milliseconds since 1970."""
    stamp = min(record.timestamp_ms, now)
    return producer.send(record.topic, record.value, record.key, list(record.headers), None, stamp)


def _force_close(producer: Any) -> None:
    """Ends the producer's threads and fails what it holds: close() alone may hang, or close nothing."""
    producer._sender.force_close()  # noqa: SLF001 - kafka-python offers no other way out


FENCED = PublishLimits(delivery_ms=15_000, block_ms=10_000, linger_ms=0)
"""Its batches are small and somebody waits for each: there is nothing to gather."""
TRANSACTION_MS = 30_000
"""Brokers end a transaction that is open for longer."""
OPEN_MS = 20_000
"""How long each step of an opening may take: the producer's own waits have no bound."""
BACKOFF_MS = 5
"""Between two looks at how far a transaction is; every opening waits for some."""


class FencedPublisher(KafkaPublisher):
    """Publishes as the only one under its id: whoever did so before does not write any more once it is open.

    Batches are plain and idempotent, under an epoch of the id that each topic was marked with beforehand. A
    transaction for each would fence as well, and take several times as long.
    """

    def __init__(
        self,
        options: Mapping[str, Any],
        transactional_id: str,
        limits: PublishLimits = FENCED,
        given_up: Callable[[], object] = lambda: None,
    ) -> None:
        """`options` are what every client takes (connection.py); `given_up` is told of lost producers."""
        super().__init__(options, (), limits, given_up)
        self._options |= {
            "transactional_id": transactional_id,
            "transaction_timeout_ms": TRANSACTION_MS,
            "retry_backoff_ms": BACKOFF_MS,
        }

    async def open(self, topics: Sequence[str]) -> None:
        """From now on nobody else writes to these topics under the id. Raises PublishError.

        It holds for a day without a record, for which brokers remember an epoch: open again before.
        """
        await self._in_thread(self._open, topics)

    def _open(self, topics: Sequence[str]) -> None:
        self._abandon()
        try:
            producer = self._make()
            producer.init_transactions()
            _mark(producer, topics)
            _to_plain(producer)
        except KafkaError as error:
            self._abandon()
            self._given_up()
            raise PublishError(0, error, rejected=False) from error

    def _opened(self) -> Any:
        assert self._producer is not None, "open() comes first, and after each failure"
        return self._producer


def _mark(producer: Any, topics: Sequence[str]) -> None:
    """Ends a transaction without records on each topic: older epochs are refused there from then on."""
    manager = producer._transaction_manager  # noqa: SLF001 - a transaction that writes nothing is not foreseen
    producer.begin_transaction()
    for one in _partitions(producer, topics):
        manager.maybe_add_partition_to_transaction(one)
    _await_step(producer, manager.begin_commit())


def _to_plain(producer: Any) -> None:
    """Has the producer write plain batches under the next epoch, which it is given when all marks are there.

    An epoch that does not follow on the one of the marks was another's in between: it is no use then. From
    here on the producer never gets itself another, as it would after some failures: nothing would fence that.
    """
    manager = producer._transaction_manager  # noqa: SLF001 - not foreseen either
    marked = manager.producer_id_and_epoch
    manager._transition_to(TransactionState.BUMPING_PRODUCER_EPOCH)  # noqa: SLF001 - the same
    asking = InitProducerIdHandler(manager, TRANSACTION_MS, is_epoch_bump=True)
    manager._enqueue_request(asking)  # noqa: SLF001 - the same
    _await_step(producer, asking.result)
    if manager.producer_id_and_epoch != ProducerIdAndEpoch(marked.producer_id, marked.epoch + 1):
        raise ProducerFencedError("another producer was opened meanwhile")

    def end() -> None:
        manager.transition_to_fatal_error(ProducerFencedError("the epoch cannot be used any more"))

    manager.reset_producer_id = manager.bump_producer_id_and_epoch = end
    manager.transactional_id = None


def _await_step(producer: Any, result: Any) -> None:
    producer._sender.wakeup()  # noqa: SLF001 - the same
    if not result.wait(OPEN_MS):
        raise KafkaTimeoutError(f"no answer within {OPEN_MS} ms")

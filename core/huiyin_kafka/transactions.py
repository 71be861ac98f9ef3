"""Publishes batches whole or not at all: transactions that are given up at the first failure.

Whether a batch that failed is on the brokers is not known until `open` was called again: that fences earlier
producers of the same transactional id and ends what they left open, and then the topic's end tells.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from huiyin_kafka.publishing import PublishError
from huiyin_kernel.arrived import Record


@dataclass(frozen=True, slots=True)
class TransactionLimits:
    """How long. Every wait has a bound: the producer's own waits for a commit have none."""

    delivery_ms: int = 15_000
    request_ms: int = 5_000
    block_ms: int = 10_000
    commit_ms: int = 20_000
    transaction_ms: int = 30_000
    """Brokers end a transaction that is open for longer."""
    backoff_ms: int = 20
    """Between two looks at how far a transaction is; every commit waits for some."""
    linger_ms: int = 0
    close_seconds: float = 3.0


class TransactionalPublisher:
    """Publishes under one transactional id. Blocking calls run in a thread of its own."""

    def __init__(
        self,
        options: Mapping[str, Any],
        transactional_id: str,
        limits: TransactionLimits | None = None,
        given_up: Callable[[], object] = lambda: None,
    ) -> None:
        """`options` are what every client takes (connection.py); `given_up` is told of lost producers."""
        self._options, self._id = options, transactional_id
        self._limits, self._given_up = limits or TransactionLimits(), given_up
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="transactions")
        self._producer: Any = None

    async def open(self) -> None:
        """Gets the id for itself: no earlier producer of it writes any more. Raises PublishError."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._open)

    async def publish(self, records: Sequence[Record]) -> None:
        """Returns when all records are committed. Raises PublishError: then `open` comes next."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._publish, records)

    async def aclose(self) -> None:
        """Gives up the producer, within seconds whatever is under way."""
        closing = asyncio.get_running_loop().run_in_executor(self._thread, self._abandon)
        await asyncio.wait({closing}, timeout=self._limits.close_seconds)
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        self._abandon()
        try:
            self._producer = KafkaProducer(**{**self._options, **self._settings()})
            self._producer.init_transactions()
        except KafkaError as error:
            self._failed(error)

    def _publish(self, records: Sequence[Record]) -> None:
        assert self._producer is not None, "open() comes first"
        try:
            self._producer.begin_transaction()
            futures = [self._send(record) for record in records]
            for future in futures:  # looked at first: with a record that failed, a commit waits in vain
                future.get(timeout=self._limits.delivery_ms / 1000)
            self._commit()
        except KafkaError as error:
            self._failed(error)

    def _send(self, record: Record) -> Any:
        stamp = min(record.timestamp_ms, int(time.time() * 1000))
        headers = list(record.headers)
        return self._producer.send(record.topic, record.value, record.key, headers, None, stamp)

    def _commit(self) -> None:
        manager = self._producer._transaction_manager  # noqa: SLF001 - commit_transaction() waits without bound
        result = manager.begin_commit()
        self._producer._sender.wakeup()  # noqa: SLF001 - the same
        if not result.wait(self._limits.commit_ms):
            raise KafkaTimeoutError(f"no commit within {self._limits.commit_ms} ms")

    def _failed(self, error: KafkaError) -> None:
        self._abandon()
        self._given_up()
        raise PublishError(0, error, rejected=False) from error

    def _settings(self) -> dict[str, Any]:
        limits = self._limits
        return {
            "transactional_id": self._id,
            "transaction_timeout_ms": limits.transaction_ms,
            "acks": "all",
            "linger_ms": limits.linger_ms,
            "delivery_timeout_ms": limits.delivery_ms,
            "request_timeout_ms": limits.request_ms,
            "retry_backoff_ms": limits.backoff_ms,
            "max_block_ms": limits.block_ms,
            "allow_auto_create_topics": False,
            "metrics_enabled": False,
        }

    def _abandon(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer._sender.force_close()  # noqa: SLF001 - close() alone may hang, or close nothing
            with suppress(KafkaTimeoutError):
                producer.close(timeout=1)

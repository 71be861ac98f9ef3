"""Raw kafka-python: baselines of what goes through Kafka, and a subscriber that notes arrivals."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from huiyin_kernel.arrived import Record

SECONDS_MAX = 120.0
RAW = {"acks": "all", "linger_ms": 5, "batch_size": 131_072, "compression_type": "lz4"}
"""Idempotent, acknowledged by all replicas, as fast as kafka-python gets."""
AT_ONCE = {"acks": "all", "linger_ms": 0}
Options = Mapping[str, Any]


def produce(options: Options, records: Sequence[Record]) -> float:
    """Records a second, ready-made and sent as fast as it goes; every one is acknowledged."""
    with closing(KafkaProducer(**{**options, **RAW})) as producer:
        producer.partitions_for(records[0].topic)
        begun = time.perf_counter()
        futures = [
            producer.send(one.topic, one.value, one.key, list(one.headers), None, one.timestamp_ms)
            for one in records
        ]
        producer.flush(timeout=SECONDS_MAX)
        seconds = time.perf_counter() - begun
        assert all(future.succeeded() for future in futures)
    return len(records) / seconds


def consume(options: Options, topic: str, count: int) -> float:
    """Records a second, from the beginning of a topic on, looked at by nobody."""
    with closing(_subscriber(options, topic, from_start=True)) as consumer:
        begun, found, until = time.perf_counter(), 0, time.monotonic() + SECONDS_MAX
        while found < count:
            assert time.monotonic() < until, f"{topic} has {found} records only"
            found += sum(map(len, consumer.poll(timeout_ms=500, max_records=2_000).values()))
        return found / (time.perf_counter() - begun)


def _subscriber(options: Options, topic: str, *, from_start: bool) -> Any:
    settings = {"enable_auto_commit": False, "isolation_level": "read_committed"}
    consumer = KafkaConsumer(**{**options, **settings})
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(partitions)
    (consumer.seek_to_beginning if from_start else consumer.seek_to_end)(*partitions)
    for partition in partitions:
        consumer.position(partition)  # only now the place is found
    return consumer


class Subscriber:
    """A plain consumer in a thread of its own that notes when each record arrived, under a name."""

    def __init__(self, options: Options, topic: str, name: Callable[[Any], bytes]) -> None:
        self._consumer, self._name = _subscriber(options, topic, from_start=False), name
        self._arrived: dict[bytes, float] = {}
        self._news, self._stopped = threading.Condition(), threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stopped.is_set():
            found = self._consumer.poll(timeout_ms=100)
            now = time.perf_counter()
            with self._news:
                for records in found.values():
                    self._arrived |= {self._name(one): now for one in records}
                self._news.notify_all()

    def arrival(self, name: bytes) -> float:
        """When a record arrived; waits for it."""
        with self._news:
            assert self._news.wait_for(lambda: name in self._arrived, SECONDS_MAX), f"{name!r} did not arrive"
            return self._arrived.pop(name)

    def close(self) -> None:
        """Ends it."""
        self._stopped.set()
        self._thread.join()
        self._consumer.close(timeout_ms=1_000)


def header(name: str) -> Callable[[Any], bytes]:
    """Names a record by one of its headers."""

    def named(found: Any) -> bytes:
        value: bytes = dict(found.headers).get(name, b"")
        return value

    return named


class RoundTrips:
    """Sends a record and waits until a subscriber has it, one after the other."""

    def __init__(self, options: Options, topic: str, value_bytes: int) -> None:
        self._producer = KafkaProducer(**{**options, **AT_ONCE})
        self._topic, self._value = topic, bytes(value_bytes)
        self._subscriber = Subscriber(options, topic, lambda found: found.key)
        self._number = 0

    def once(self) -> float:
        """Seconds from sending to arrival."""
        self._number += 1
        key = b"%d" % self._number
        begun = time.perf_counter()
        self._producer.send(self._topic, self._value, key)
        return self._subscriber.arrival(key) - begun

    def close(self) -> None:
        """Ends both."""
        self._producer.close(timeout=5)
        self._subscriber.close()

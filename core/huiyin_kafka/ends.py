"""The last record of each topic of one partition, as a reader of committed records finds it."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from huiyin_kernel.arrived import Record

_LOOKED_AT_FIRST, _GROWTH = 32, 16
"""Places before the end that are read; more where they hold nothing but the marks of transactions."""
SECONDS_MAX = 30.0
POLL_MS = 200


class UnreadableEndError(Exception):
    """The brokers did not say what stands at the end of a topic; the message says why."""


def last_records(options: Mapping[str, Any], topics: Iterable[str]) -> dict[str, Record | None]:
    """The last committed record of each topic; None for one that holds none.

    Blocks. What a transaction that is still open has written is not looked at. Raises UnreadableEndError.
    """
    try:
        return _last_records(options, [TopicPartition(topic, 0) for topic in topics])
    except KafkaError as error:
        raise UnreadableEndError(f"{type(error).__name__}: {error}") from error


def _last_records(options: Mapping[str, Any], partitions: list[Any]) -> dict[str, Record | None]:
    settings = {
        "group_id": None,
        "enable_auto_commit": False,
        "isolation_level": "read_committed",
        "auto_offset_reset": "none",
    }
    consumer = KafkaConsumer(**{**options, **settings})
    try:
        consumer.assign(partitions)
        begins = consumer.beginning_offsets(partitions)
        ends = consumer.end_offsets(partitions)
        return _found(consumer, begins, ends, time.monotonic() + SECONDS_MAX)
    finally:
        consumer.close(timeout_ms=2_000)


def _found(
    consumer: Any, begins: Mapping[Any, int], ends: Mapping[Any, int], until: float
) -> dict[str, Record | None]:
    found: dict[str, Record | None] = dict.fromkeys((partition.topic for partition in ends), None)
    wanted, span = {one for one in ends if ends[one] > begins[one]}, _LOOKED_AT_FIRST
    while wanted:
        starts = {partition: max(begins[partition], ends[partition] - span) for partition in wanted}
        found |= _read(consumer, starts, ends, until)
        wanted = {one for one in wanted if found[one.topic] is None and starts[one] > begins[one]}
        span *= _GROWTH
    return found


def _read(
    consumer: Any, starts: Mapping[Any, int], ends: Mapping[Any, int], until: float
) -> dict[str, Record | None]:
    """The last record between start and end of each partition."""
    last: dict[str, Record | None] = {}
    consumer.assign(list(starts))
    for partition, start in starts.items():
        consumer.seek(partition, start)
    while any(consumer.position(partition) < ends[partition] for partition in starts):
        if time.monotonic() > until:
            raise KafkaTimeoutError(f"the ends of the topics could not be read within {SECONDS_MAX:g} s")
        for partition, records in consumer.poll(timeout_ms=POLL_MS).items():
            last[partition.topic] = _record(records[-1])
    return last


def _record(found: Any) -> Record:
    return Record(found.topic, found.key, found.value, tuple(found.headers), found.timestamp)

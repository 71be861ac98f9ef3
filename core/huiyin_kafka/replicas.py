"""Which partitions lack replicas, by the brokers' own word."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from huiyin_kafka.topics.names import OUR_TOPICS

REQUEST_TOPICS_MAX = 1_000


def under_replicated(options: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Our partitions that are not on all their brokers; and what went wrong, if they could not be asked.

    `options` are what every client takes (connection.py).
    """
    try:
        with closing(KafkaAdminClient(**options)) as admin:
            return tuple(_lacking(admin)), ""
    except KafkaError as error:
        return (), f"{type(error).__name__}: {error}"


def _described(admin: Any) -> Iterator[Mapping[str, Any]]:
    names = sorted(name for name in admin.list_topics() if name.startswith(OUR_TOPICS))
    for start in range(0, len(names), REQUEST_TOPICS_MAX):
        yield from admin.describe_topics(names[start : start + REQUEST_TOPICS_MAX])


def _lacking(admin: Any) -> Iterator[str]:
    for topic in _described(admin):
        for partition in topic["partitions"]:
            if len(partition["isr_nodes"]) < len(partition["replica_nodes"]):
                yield f"{topic['name']}/{partition['partition_index']}"

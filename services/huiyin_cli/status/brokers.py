"""What the brokers say of themselves; imported in cluster mode only."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from huiyin_cli.status.report import KafkaState
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.kafka.admin import ADMINISTRATOR
from huiyin_kernel.kafka.connection import KafkaSetupError, options_of
from huiyin_kernel.kafka.liveness import look_at_brokers
from huiyin_kernel.kafka.topic_names import OUR_TOPICS
from huiyin_kernel.settings import Settings

ANSWER_MS = 5_000
REQUEST_TOPICS_MAX = 1_000


def look(settings: Settings, bootstrap: str, expected: int) -> KafkaState:
    """Brokers that are up, and partitions that lack replicas; no broker at all is a finding."""
    profile = find_profile(settings.paths.identity, ADMINISTRATOR)
    try:
        alive = look_at_brokers(bootstrap, profile)
    except KafkaSetupError as error:
        return KafkaState(0, expected, said=str(error))
    if not alive.brokers:
        return KafkaState(0, expected, said=alive.said)
    options = options_of(bootstrap, profile) | {
        "bootstrap_timeout_ms": ANSWER_MS,
        "request_timeout_ms": ANSWER_MS,
    }
    return KafkaState(alive.brokers, expected, *_partitions(options))


def _partitions(options: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    from kafka import KafkaAdminClient  # here, because the embedded default runs without kafka-python
    from kafka.errors import KafkaError

    try:
        with closing(KafkaAdminClient(**options)) as admin:
            return tuple(_under_replicated(_described(admin))), ""
    except KafkaError as error:
        return (), f"{type(error).__name__}: {error}"


def _described(admin: Any) -> Iterator[Mapping[str, Any]]:
    names = sorted(name for name in admin.list_topics() if name.startswith(OUR_TOPICS))
    for start in range(0, len(names), REQUEST_TOPICS_MAX):
        yield from admin.describe_topics(names[start : start + REQUEST_TOPICS_MAX])


def _under_replicated(topics: Iterator[Mapping[str, Any]] | Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for topic in topics:
        for partition in topic["partitions"]:
            if len(partition["isr_nodes"]) < len(partition["replica_nodes"]):
                yield f"{topic['name']}/{partition['partition_index']}"

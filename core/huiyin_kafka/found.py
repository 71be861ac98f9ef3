"""What is on the brokers: topics with their own configuration, and access rules."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from huiyin_kafka.acls import found_grants
from huiyin_kafka.grants import Grant
from huiyin_kafka.topic_names import OUR_TOPICS

TOPIC_SOURCE = "DYNAMIC_TOPIC_CONFIG"
REQUEST_TOPICS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is. `configs`: what was set for it alone; `effective`: what holds, defaults included."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    effective: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """Topics by name, as far as they are ours, and all access rules."""

    topics: Mapping[str, FoundTopic]
    grants: frozenset[Grant]


def look(admin: Any) -> Found:
    """Looks at the brokers. Raises KafkaSetupError or what kafka-python raises."""
    names = sorted(name for name in admin.list_topics() if name.startswith(OUR_TOPICS))
    topics: dict[str, FoundTopic] = {}
    for start in range(0, len(names), REQUEST_TOPICS_MAX):
        topics |= _topics(admin, names[start : start + REQUEST_TOPICS_MAX])
    return Found(topics, found_grants(admin))


def written(admin: Any, topics: Collection[str]) -> frozenset[str]:
    """Those of the topics that ever took a record."""
    from kafka import TopicPartition
    from kafka.protocol.consumer import OffsetSpec

    if not topics:
        return frozenset()
    places = {
        TopicPartition(topic["name"], partition["partition_index"]): OffsetSpec.LATEST
        for topic in admin.describe_topics(list(topics))
        for partition in topic["partitions"]
    }
    ends = admin.list_partition_offsets(places)
    return frozenset(place.topic for place, end in ends.items() if end.offset > 0)


def _topics(admin: Any, names: list[str]) -> dict[str, FoundTopic]:
    configs = _configs(admin, names)
    return {
        topic["name"]: FoundTopic(
            topic["name"],
            len(topic["partitions"]),
            min(len(partition["replica_nodes"]) for partition in topic["partitions"]),
            {key: shown["value"] for key, shown in configs[topic["name"]].items() if _is_own(shown)},
            {key: shown["value"] for key, shown in configs[topic["name"]].items()},
        )
        for topic in admin.describe_topics(names)
        if topic["error_code"] == 0
    }


def _configs(admin: Any, names: list[str]) -> dict[str, dict[str, Any]]:
    from kafka.admin import ConfigResource, ConfigResourceType

    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    shown: dict[str, dict[str, Any]] = admin.describe_configs(resources, config_filter="all")["topic"]
    return shown


def _is_own(shown: Mapping[str, Any]) -> bool:
    return bool(shown["config_source"] == TOPIC_SOURCE)

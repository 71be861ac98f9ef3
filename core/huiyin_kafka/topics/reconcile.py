"""Compares the catalogue with the brokers, and makes the brokers as the catalogue says."""

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huiyin_kafka.admin import open_admin
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.catalogue import read_catalogue
from huiyin_kafka.topics.differences import (
    AddGrant,
    Configure,
    Create,
    Difference,
    FoundTopic,
    Grow,
    RemoveGrant,
    depends_on_records,
    grant_differences,
    missing,
    topic_differences,
)
from huiyin_kafka.topics.grants import Grant, add_grants, found_grants, remove_grants
from huiyin_kafka.topics.names import OUR_TOPICS
from huiyin_kafka.topics.wanted import Wanted, WantedTopic, wanted
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings

TOPIC_SOURCE = "DYNAMIC_TOPIC_CONFIG"
REQUEST_TOPICS_MAX = 500
"""Topics in one request; the brokers take at most 10,000 records at once."""
READY_MS = 60_000
"""Until every new partition has a leader."""
SETTLE_SECONDS = 30.0
SETTLE_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class FoundTopics:
    """Topics by name, as far as they are ours, and all access rules."""

    topics: Mapping[str, FoundTopic]
    grants: frozenset[Grant]


def look(admin: Any) -> FoundTopics:
    """Looks at the brokers. Raises KafkaSetupError or what kafka-python raises."""
    names = sorted(name for name in admin.list_topics() if name.startswith(OUR_TOPICS))
    topics: dict[str, FoundTopic] = {}
    for start in range(0, len(names), REQUEST_TOPICS_MAX):
        topics |= _topics(admin, names[start : start + REQUEST_TOPICS_MAX])
    return FoundTopics(topics, found_grants(admin))


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


def create(admin: Any, topics: Sequence[WantedTopic]) -> None:
    """Makes topics and waits until they can be used. One made by somebody else meanwhile is as good."""
    for start in range(0, len(topics), REQUEST_TOPICS_MAX):
        part = topics[start : start + REQUEST_TOPICS_MAX]
        answer = admin.create_topics({topic.name: _form(topic) for topic in part}, raise_errors=False)
        _check(answer["topics"])
    if topics:
        admin.wait_for_topics([topic.name for topic in topics], timeout_ms=READY_MS)


def grow(admin: Any, counts: Mapping[str, int]) -> None:
    """Gives topics more partitions."""
    if counts:
        admin.create_partitions(dict(counts))
        admin.wait_for_topics(list(counts), timeout_ms=READY_MS)


def configure(admin: Any, changes: Sequence[tuple[str, Configure]]) -> None:
    """Sets settings of topics, and takes others back to the brokers' default."""
    from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType

    by_topic: dict[str, dict[str, Any]] = defaultdict(dict)
    for topic, change in changes:
        action = AlterConfigOp.DELETE if change.value is None else AlterConfigOp.SET
        by_topic[topic][change.key] = (action, change.value)
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, each) for name, each in by_topic.items()]
    answer = admin.alter_configs(resources).get("topic", {}) if resources else {}
    refused = {topic: said for topic, said in answer.items() if said != "OK"}
    if refused:
        raise KafkaSetupError(f"Kafka 拒绝配置 · the brokers refused settings: {refused}")


def _form(topic: WantedTopic) -> dict[str, Any]:
    return {
        "num_partitions": topic.partitions,
        "replication_factor": topic.replication,
        "configs": dict(topic.configs),
    }


def _check(answers: Sequence[Mapping[str, Any]]) -> None:
    from kafka.errors import NoError, TopicAlreadyExistsError, for_code

    harmless = {NoError.errno, TopicAlreadyExistsError.errno}
    failed = [answer for answer in answers if answer["error_code"] not in harmless]
    if failed:
        first = failed[0]
        raise KafkaSetupError(
            f"Kafka 未能创建 {len(failed)} 个主题 · the brokers could not make {len(failed)} topics:"
            f" {first['name']}: {for_code(first['error_code']).__name__}: {first['error_message']}"
        )


@dataclass(frozen=True, slots=True)
class TopicComparison:
    """All differences, and our topics on the brokers that nothing in the catalogue asks for: those stay."""

    differences: tuple[Difference, ...]
    left_over: tuple[str, ...]
    topic_count: int
    grant_count: int

    @property
    def refused(self) -> tuple[Difference, ...]:
        """Those that a person has to decide."""
        return tuple(each for each in self.differences if each.is_refused)


def compare_topics(settings: Settings) -> TopicComparison:
    """What `apply_topics` would change. Raises KafkaSetupError, PolicyError or an error of the profile."""
    with open_admin(settings) as admin:
        return _compare(admin, _wanted(settings))


def apply_topics(settings: Settings) -> TopicComparison:
    """Makes topics, settings and rights as the catalogue says; gives what was found, and so was changed.

    What is refused stays as it is, and the rest is done. Done again, nothing changes. Raises KafkaSetupError,
    PolicyError or an error of the profile.
    """
    with open_admin(settings) as admin:
        ought = _wanted(settings)
        comparison = _compare(admin, ought)
        _change(admin, comparison.differences)
        _settle(admin, ought)
        return comparison


def _settle(admin: Any, ought: Wanted) -> None:
    """Waits until brokers show the changes: they tell each other a moment later. Raises KafkaSetupError."""
    until = time.monotonic() + SETTLE_SECONDS
    while rest := [each for each in _compare(admin, ought).differences if not each.is_refused]:
        if time.monotonic() > until:
            raise KafkaSetupError(
                f"Kafka 未显示全部更改 · {len(rest)} changes do not show after {SETTLE_SECONDS:.0f} s:"
                f" {rest[0]}"
            )
        time.sleep(SETTLE_AGAIN_SECONDS)


def _wanted(settings: Settings) -> Wanted:
    return wanted(read_catalogue(), load_policy().directory, settings.kafka)


def _compare(admin: Any, ought: Wanted) -> TopicComparison:
    there = look(admin)
    doubtful = [
        name
        for name, topic in there.topics.items()
        if name in ought.topics and depends_on_records(ought.topics[name], topic)
    ]
    records = written(admin, doubtful)
    differences = [*_topic_differences(ought, there, records), *grant_differences(ought, there.grants)]
    left_over = tuple(sorted(set(there.topics) - set(ought.topics)))
    return TopicComparison(tuple(differences), left_over, len(ought.topics), len(ought.grants))


def _topic_differences(ought: Wanted, there: FoundTopics, records: frozenset[str]) -> Iterable[Difference]:
    for name, topic in sorted(ought.topics.items()):
        if name not in there.topics:
            yield missing(topic)
        else:
            yield from topic_differences(topic, there.topics[name], name in records)


def _change(admin: Any, differences: Iterable[Difference]) -> None:
    """Topics before their rights; rights are given before others are taken away."""
    todo = [(each.subject, each.change) for each in differences]
    create(admin, [change.topic for _, change in todo if isinstance(change, Create)])
    grow(admin, {topic: change.partitions for topic, change in todo if isinstance(change, Grow)})
    configure(admin, [(topic, change) for topic, change in todo if isinstance(change, Configure)])
    add_grants(admin, [change.grant for _, change in todo if isinstance(change, AddGrant)])
    remove_grants(admin, [change.grant for _, change in todo if isinstance(change, RemoveGrant)])

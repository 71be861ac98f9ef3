"""Makes and changes topics, many in one request."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.difference import Configure
from huiyin_kafka.wanted import WantedTopic

REQUEST_TOPICS_MAX = 500
"""Topics in one request; the brokers take at most 10,000 records at once."""
READY_MS = 60_000
"""Until every new partition has a leader."""


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

"""What a process checks before it begins: that it may use its topics. Kafka itself would just stay silent."""

import time
from collections.abc import Collection, Mapping
from typing import Any

from huiyin_kafka.admin import open_admin
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.grants import READ, WRITE
from huiyin_kernel.settings import Settings

WAIT_SECONDS = 10.0
"""Topics and rights that were just made reach every broker after a moment."""
AGAIN_SECONDS = 0.2


class TopicsNotReadyError(KafkaSetupError):
    """Topics are missing, denied or without a leader; the message names each."""


def check_topics(
    settings: Settings,
    profile: str,
    reads: Collection[str] = (),
    writes: Collection[str] = (),
    wait_seconds: float = WAIT_SECONDS,
) -> dict[str, int]:
    """The partition count of each topic, once the profile may read and write as it wants to.

    Blocks for the wait at most. Raises TopicsNotReadyError, KafkaSetupError, UnknownProfileError or
    KeyFileError.
    """
    rights = {topic: _rights(topic, reads, writes) for topic in (*reads, *writes)}
    until = time.monotonic() + wait_seconds
    with open_admin(settings, profile) as admin:
        while faults := _faults(described := _described(admin, rights), rights):
            if time.monotonic() > until:
                raise TopicsNotReadyError(_sentence(profile, faults))
            time.sleep(AGAIN_SECONDS)
        return {topic: len(described[topic]["partitions"]) for topic in rights}


def _rights(topic: str, reads: Collection[str], writes: Collection[str]) -> frozenset[str]:
    return frozenset(right for right, topics in ((READ, reads), (WRITE, writes)) if topic in topics)


def _described(admin: Any, topics: Collection[str]) -> dict[str, Any]:
    return {topic["name"]: topic for topic in (admin.describe_topics(list(topics)) if topics else [])}


def _faults(described: Mapping[str, Any], rights: Mapping[str, frozenset[str]]) -> dict[str, str]:
    faults = {topic: _fault(described.get(topic), needed) for topic, needed in rights.items()}
    return {topic: fault for topic, fault in faults.items() if fault}


def _fault(topic: Mapping[str, Any] | None, needed: frozenset[str]) -> str:
    from kafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError, for_code

    code = topic["error_code"] if topic else UnknownTopicOrPartitionError.errno
    if code == UnknownTopicOrPartitionError.errno:
        return "没有此主题 · is missing"
    if code == TopicAuthorizationFailedError.errno:
        return "没有此主题或无权使用 · is missing or may not be used"
    if topic is None or code != 0:
        return str(for_code(code).__name__)
    if denied := needed - set(topic["authorized_operations"]):
        return f"无此权限 · is denied to {' and '.join(sorted(denied))}"
    if any(partition["leader_id"] < 0 for partition in topic["partitions"]):
        return "暂无主副本 · has a partition without leader"
    return ""


def _sentence(profile: str, faults: Mapping[str, str]) -> str:
    named = "; ".join(f"{topic} {fault}" for topic, fault in sorted(faults.items()))
    return f"Kafka 主题未就绪 · topics are not ready for {profile}: {named}; run `huiyin topics apply`"

"""An administrator's connection to the brokers, and what is asked over it.

What a process checks before it begins is here too: Kafka itself would just stay silent. kafka-python is
imported where it is used, because the embedded default runs without it.
"""

import logging
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from huiyin_kafka.connection import KafkaSetupError, client_options, options_of, require_kafka
from huiyin_kafka.topics.grants import READ, WRITE
from huiyin_kafka.topics.names import OUR_TOPICS
from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_kernel.settings import Settings

ADMINISTRATOR = "service@cli"
"""A super user of the brokers."""
REQUEST_MS = 30_000
"""Making hundreds of topics takes brokers on a small machine several seconds."""

SAID_MAX = 400
"""Characters of what kafka-python says: it repeats whole requests."""


@contextmanager
def open_admin(settings: Settings, profile: str = ADMINISTRATOR) -> Iterator[Any]:
    """A kafka-python admin client, closed afterwards. Raises KafkaSetupError for whatever Kafka refuses."""
    options = client_options(settings, profile) | {"request_timeout_ms": REQUEST_MS}
    from kafka import KafkaAdminClient  # here, because the embedded default runs without kafka-python
    from kafka.errors import KafkaError, KafkaTimeoutError

    try:
        admin = KafkaAdminClient(**options)
    except KafkaTimeoutError as error:
        raise KafkaSetupError(
            f"Kafka 没有应答 · no broker answers {profile} at {settings.kafka.bootstrap}: none is running, or"
            " one side does not accept the other's certificate (the warnings of `kafka` in the log say which)"
        ) from error
    try:
        yield admin
    except KafkaError as error:
        raise KafkaSetupError(
            f"Kafka 未能完成 · the brokers could not do it: {type(error).__name__}: {str(error)[:SAID_MAX]}"
        ) from error
    finally:
        admin.close()


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


REQUEST_TOPICS_MAX = 1_000
"""Topics described in one request."""


def under_replicated(options: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    """Our partitions that are not on all their brokers; and what went wrong, if they could not be asked.

    `options` are what every client takes (connection.py).
    """
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        with closing(KafkaAdminClient(**options)) as admin:
            return tuple(_lacking(admin)), ""
    except KafkaError as error:
        return (), f"{type(error).__name__}: {error}"


def _of_ours(admin: Any) -> Iterator[Mapping[str, Any]]:
    names = sorted(name for name in admin.list_topics() if name.startswith(OUR_TOPICS))
    for start in range(0, len(names), REQUEST_TOPICS_MAX):
        yield from admin.describe_topics(names[start : start + REQUEST_TOPICS_MAX])


def _lacking(admin: Any) -> Iterator[str]:
    for topic in _of_ours(admin):
        for partition in topic["partitions"]:
            if len(partition["isr_nodes"]) < len(partition["replica_nodes"]):
                yield f"{topic['name']}/{partition['partition_index']}"


ERASE_MS = 20_000


class NotErasedError(Exception):
    """The brokers did not delete what they were asked to; the message says why."""


def erase_before(options: Mapping[str, Any], offsets: Mapping[str, int]) -> None:
    """Deletes the records before an offset of each topic; asked again, nothing more happens.

    Blocks. They leave the disk with their segment. Raises NotErasedError.
    """
    from kafka import KafkaAdminClient, TopicPartition
    from kafka.errors import KafkaError

    try:
        with closing(KafkaAdminClient(**options)) as admin:
            places = {TopicPartition(topic, 0): offset for topic, offset in offsets.items()}
            admin.delete_records(places, timeout_ms=ERASE_MS)
    except KafkaError as error:
        raise NotErasedError(f"{type(error).__name__}: {error}") from error


ANSWER_MS = 2_000
LIVENESS_BOOTSTRAP_MS = 1_500
LIVENESS_RECONNECT_MS_MAX = 200
LISTEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Liveness:
    """How many brokers are alive, not fenced and listening; what the client last said about the others."""

    brokers: int
    said: str


def look_at_brokers(bootstrap: str, profile: ClientProfile) -> Liveness:
    """Asks the cluster who is alive; nobody, when no broker answers within about two seconds.

    A port alone says nothing: the broker may not serve yet. The cluster's word alone is not enough either:
    after all were killed it still counts those of before, until their sessions end.
    """
    require_kafka()
    with _warnings_kept() as warnings:
        brokers = _usable(bootstrap, profile)
    return Liveness(brokers, warnings[-1] if warnings else "")


def _usable(bootstrap: str, profile: ClientProfile) -> int:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    options = options_of(bootstrap, profile) | {
        "bootstrap_timeout_ms": LIVENESS_BOOTSTRAP_MS,
        "request_timeout_ms": ANSWER_MS,
        "reconnect_backoff_max_ms": LIVENESS_RECONNECT_MS_MAX,
    }
    try:
        with closing(KafkaAdminClient(**options)) as admin:
            cluster: dict[str, Any] = admin.describe_cluster()
    except KafkaError:
        return 0
    return sum(not broker.get("is_fenced") and _listens(broker) for broker in cluster["brokers"])


def _listens(broker: Mapping[str, Any]) -> bool:
    try:
        socket.create_connection((broker["host"], broker["port"]), LISTEN_SECONDS).close()
    except OSError:
        return False
    return True


class _Kept(logging.Handler):
    """Keeps what is logged instead of showing it: brokers that start are away by nature."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _warnings_kept() -> Iterator[list[str]]:
    logger, kept = logging.getLogger("kafka"), _Kept()
    shown = logger.propagate
    logger.addHandler(kept)
    logger.propagate = False
    try:
        yield kept.lines
    finally:
        logger.propagate = shown
        logger.removeHandler(kept)

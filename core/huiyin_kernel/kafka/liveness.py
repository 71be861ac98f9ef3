"""Whether brokers are usable, by the cluster's own word: a port that is open says nothing."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from huiyin_kernel.identity.profiles import ClientProfile
from huiyin_kernel.kafka.connection import options_of, require_kafka

ANSWER_MS = 2_000
BOOTSTRAP_MS = 1_500
RECONNECT_MS_MAX = 200


@dataclass(frozen=True, slots=True)
class Liveness:
    """How many brokers are alive and not fenced, and what the client last said about those that are not."""

    brokers: int
    said: str


def look_at_brokers(bootstrap: str, profile: ClientProfile) -> Liveness:
    """Asks the cluster who is alive; nobody, when no broker answers within about two seconds."""
    require_kafka()
    with _warnings_kept() as warnings:
        brokers = _usable(bootstrap, profile)
    return Liveness(brokers, warnings[-1] if warnings else "")


def _usable(bootstrap: str, profile: ClientProfile) -> int:
    from kafka import KafkaAdminClient  # here, because this module is imported without kafka-python too
    from kafka.errors import KafkaError

    options = options_of(bootstrap, profile) | {
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "request_timeout_ms": ANSWER_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS_MAX,
    }
    try:
        with closing(KafkaAdminClient(**options)) as admin:
            cluster: dict[str, Any] = admin.describe_cluster()
    except KafkaError:
        return 0
    return sum(not broker.get("is_fenced") for broker in cluster["brokers"])


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

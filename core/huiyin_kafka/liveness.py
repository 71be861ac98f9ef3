"""Whether brokers are usable: the cluster counts them, and they listen.

A port alone says nothing: the broker may not serve yet. The cluster's word alone is not enough either: after
all were killed it still counts those of before, until their sessions end.
"""

import logging
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from huiyin_kafka.connection import options_of, require_kafka
from huiyin_kernel.identity.profiles import ClientProfile

ANSWER_MS = 2_000
BOOTSTRAP_MS = 1_500
RECONNECT_MS_MAX = 200
LISTEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Liveness:
    """How many brokers are alive, not fenced and listening; what the client last said about the others."""

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

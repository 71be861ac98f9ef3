"""How a process of the platform connects to Kafka: mutual TLS with the certificate of its profile."""

import logging
from importlib import import_module
from typing import Any

from huiyin_kernel.identity.profiles import ClientProfile, find_profile
from huiyin_kernel.settings import Settings

BOOTSTRAP_MS = 10_000
"""A wrong certificate looks like an absent broker; the client gives up after this."""
REQUEST_MS = 10_000
RECONNECT_MS_MAX = 1_000
"""The client's own default of 30 s would outlast most restarts of a broker."""


class KafkaSetupError(Exception):
    """This process cannot use Kafka as it is set up; the message says what to do."""


def client_options(settings: Settings, profile: str) -> dict[str, Any]:
    """Options that every kafka-python client takes, to connect as a profile such as service@relay.

    Raises KafkaSetupError, UnknownProfileError or KeyFileError. Producers and consumers add their own.
    """
    if not settings.is_cluster:
        raise KafkaSetupError(
            "未设置 Kafka 地址 · no broker is named: set HUIYIN_KAFKA__BOOTSTRAP, such as 127.0.0.1:7192"
        )
    require_kafka()
    return options_of(settings.kafka.bootstrap, find_profile(settings.paths.identity, profile))


def options_of(bootstrap: str, profile: ClientProfile) -> dict[str, Any]:
    """The options for brokers (host:port, separated by commas) and the files that prove an identity.

    Raises KeyFileError when others may read the key: the client itself would take it without a word.
    """
    profile.read_key()
    from huiyin_kafka.mends import Connections  # needs kafka-python, which may be missing here

    return {
        "bootstrap_servers": bootstrap.split(","),
        "client_id": profile.name,
        "security_protocol": "SSL",
        "ssl_cafile": str(profile.authority),
        "ssl_certfile": str(profile.certificate),
        "ssl_keyfile": str(profile.key),
        "bootstrap_timeout_ms": BOOTSTRAP_MS,
        "request_timeout_ms": REQUEST_MS,
        "reconnect_backoff_max_ms": RECONNECT_MS_MAX,
        "kafka_client": Connections,
    }


def require_kafka() -> None:
    """Checks what the client needs. Raises KafkaSetupError.

    Without crc32c kafka-python works, but several times slower: that is refused too.
    """
    for module in ("kafka", "crc32c"):
        try:
            import_module(module)
        except ImportError as error:
            raise KafkaSetupError(
                f"缺少 Python 模块 {module} · the Python module {module} cannot be imported ({error}):"
                " install huiyin[cluster], or requirements/cluster.lock"
            ) from error
    # Why a connection fails (certificate, authority) is said nowhere but in these warnings.
    logging.getLogger("kafka").setLevel(logging.WARNING)

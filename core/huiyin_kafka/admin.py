"""An administrator's connection to the brokers; what goes wrong is said in one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from huiyin_kafka.connection import KafkaSetupError, client_options
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

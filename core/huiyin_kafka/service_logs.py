"""Logs of other services on Kafka, as a service reads them."""

import asyncio
import logging
from collections.abc import Collection

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.admin import TopicsNotReadyError, check_topics
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.log import KafkaLog, Origin
from huiyin_kafka.topics.names import log_topic, service_group
from huiyin_kafka.wire import parse_event
from huiyin_kernel.settings import Settings

log = logging.getLogger(__name__)


def open_log(settings: Settings, reader: str, log_name: str, origin: Origin[Event]) -> KafkaLog[Event]:
    """A log for a service that is called `reader`. Raises KafkaSetupError."""
    options = client_options(settings, f"service@{reader}")
    group = service_group(reader, log_name.replace("@", "-"))
    return KafkaLog(options, log_topic(log_name), log_name, group, parse_event, origin)


async def check_for_ever(settings: Settings, reader: str, logs: Collection[str]) -> None:
    """Checks once that the logs' topics may be read; then does nothing, for ever. Raises TopicsNotReadyError.

    Brokers that are away are no reason not to serve: readers wait for them.
    """
    topics = sorted({log_topic(name) for name in logs})
    try:
        await asyncio.to_thread(check_topics, settings, f"service@{reader}", reads=topics)
    except TopicsNotReadyError:
        raise
    except KafkaSetupError as error:
        log.warning("%s", error)
    await asyncio.Event().wait()

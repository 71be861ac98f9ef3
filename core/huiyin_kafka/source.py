"""The logs of other services: on Kafka in cluster mode, else over gRPC."""

import asyncio
import logging
from collections.abc import Collection, Coroutine, Sequence
from typing import Any

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.admin import TopicsNotReadyError, check_topics
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.topics.names import log_topic, service_group
from huiyin_kafka.wire import parse_event
from huiyin_kernel.arrived import Follow, Parsed, Record
from huiyin_kernel.settings import Settings

log = logging.getLogger(__name__)


class ServiceLogs:
    """The source of one process."""

    def __init__(self) -> None:
        self._on_kafka: list[str] = []

    def follow(self, settings: Settings, reader: str, log_name: str, feed: Follow) -> Follow:
        """A log for the service `reader`; what its topic does not have is asked of the feed.

        Raises KafkaSetupError.
        """
        if not settings.is_cluster:
            return feed
        from huiyin_kafka.log import KafkaLog  # here: the embedded default runs without kafka-python

        self._on_kafka.append(log_name)
        options = client_options(settings, f"service@{reader}")
        group = service_group(reader, log_name.replace("@", "-"))
        return KafkaLog(options, log_topic(log_name), log_name, group, parse_event, feed)

    def checks(self, settings: Settings, reader: str) -> Sequence[Coroutine[Any, Any, None]]:
        """Whether the topics may be read: a missing one is just silent."""
        return (_check_for_ever(settings, reader, self._on_kafka),) if self._on_kafka else ()

    def read(self, record: Record) -> Parsed[Event]:
        """The event of a record. Raises UnreadableRecordError."""
        return parse_event(record)


async def _check_for_ever(settings: Settings, reader: str, logs: Collection[str]) -> None:
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

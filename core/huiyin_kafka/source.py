"""The logs of other services: on Kafka in cluster mode, else over gRPC."""

from collections.abc import Coroutine, Sequence
from typing import Any

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.wire import parse_event
from huiyin_kernel.arrived import Parsed, Record
from huiyin_kernel.settings import Settings
from huiyin_kernel.source import Follow


class ServiceLogs:
    """The source of one process."""

    def __init__(self) -> None:
        self._on_kafka: list[str] = []

    def follow(self, settings: Settings, reader: str, log_name: str, feed: Follow) -> Follow:
        """A log for the service `reader`; what its topic does not have is asked of the feed."""
        if not settings.is_cluster:
            return feed
        # Imported here: the embedded default runs without kafka-python.
        from huiyin_kafka.service_logs import open_log

        self._on_kafka.append(log_name)
        return open_log(settings, reader, log_name, feed)

    def checks(self, settings: Settings, reader: str) -> Sequence[Coroutine[Any, Any, None]]:
        """Whether the topics may be read: a missing one is just silent."""
        if not self._on_kafka:
            return ()
        from huiyin_kafka.service_logs import check_for_ever

        return (check_for_ever(settings, reader, self._on_kafka),)

    def read(self, record: Record) -> Parsed[Event]:
        """The event of a record. Raises UnreadableRecordError."""
        return parse_event(record)

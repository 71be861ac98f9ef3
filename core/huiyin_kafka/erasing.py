"""Deletes records that were handled from topics of one partition."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient, TopicPartition
from kafka.errors import KafkaError

TIMEOUT_MS = 20_000


class NotErasedError(Exception):
    """The brokers did not delete what they were asked to; the message says why."""


def erase_before(options: Mapping[str, Any], offsets: Mapping[str, int]) -> None:
    """Deletes the records before an offset of each topic; asked again, nothing more happens.

    Blocks. They leave the disk with their segment. Raises NotErasedError.
    """
    try:
        with closing(KafkaAdminClient(**options)) as admin:
            places = {TopicPartition(topic, 0): offset for topic, offset in offsets.items()}
            admin.delete_records(places, timeout_ms=TIMEOUT_MS)
    except KafkaError as error:
        raise NotErasedError(f"{type(error).__name__}: {error}") from error

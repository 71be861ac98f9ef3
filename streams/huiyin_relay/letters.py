"""The dead letter of a record that the brokers will not take: a reference; the event itself is in its log."""

from datetime import datetime
from uuid import UUID

from huiyin.dead.v1.types_pb2 import DeadLetter, RecordPlace
from huiyin_kernel.codec import timestamp
from huiyin_relay.sources import Row

CONSUMER = "relay"


def letter_of(letter_id: UUID, row: Row, reason: str, attempts: int, now: datetime) -> DeadLetter:
    """The letter of a row. Its place names the topic only: the record has no offset there."""
    known = {name: value.decode(errors="replace") for name, value in row.record.headers}
    return DeadLetter(
        letter_id=str(letter_id),
        consumer=CONSUMER,
        log=known.get("ce_log", ""),
        position=row.position,
        place=RecordPlace(topic=row.record.topic, partition=-1, offset=-1),
        event_id=known.get("ce_id", ""),
        event_type=known.get("ce_type", ""),
        cause=reason,
        attempt_count=attempts,
        buried_time=timestamp(now),
    )

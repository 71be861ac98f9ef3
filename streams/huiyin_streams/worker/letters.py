"""Dead letters of a worker: the record as it stood, with the cause, so that it can be put back."""

from collections.abc import Callable
from datetime import datetime

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_kafka.record import Attributes, UnreadableRecordError
from huiyin_kafka.topics.names import DEAD_LETTERS
from huiyin_kafka.wire import letter_record
from huiyin_kernel.arrived import Place, Record, raw_record, record_place
from huiyin_kernel.codec import timestamp
from huiyin_kernel.dead_letters import cause_of, stack_of
from huiyin_kernel.ids import derived

CONSUMER = "worker"


def buried(place: Place, record: Record, error: BaseException, attempts: int, now: datetime) -> Record:
    """The letter about a record that cannot be handled. The same record is always the same letter."""
    letter = DeadLetter(
        letter_id=str(derived("letter", CONSUMER, str(place))),
        consumer=CONSUMER,
        log=_told(record, lambda attributes: attributes.text("log")),
        position=int(_told(record, lambda attributes: str(attributes.place("position"))) or 0),
        place=record_place(place),
        event_type=_told(record, lambda attributes: attributes.text("type")),
        cause=cause_of(error),
        stack=stack_of(error),
        attempt_count=attempts,
        buried_time=timestamp(now),
        record=raw_record(record),
    )
    return letter_record(DEAD_LETTERS, letter)


def _told(record: Record, read: Callable[[Attributes], str]) -> str:
    """What a header tells, if it can be read."""
    try:
        return read(Attributes(record.headers))
    except UnreadableRecordError:
        return ""

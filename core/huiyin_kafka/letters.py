"""The topic of dead letters: what goes there, what is there, and messages put back on their own topics."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from google.protobuf.message import DecodeError

from huiyin.dead.v1.types_pb2 import (
    LETTER_STATE_BURIED,
    LETTER_STATE_PUT_BACK,
    DeadLetter,
    KeptLetter,
)
from huiyin_kafka.publish import KafkaPublisher
from huiyin_kafka.record import Attributes, UnreadableRecordError, rfc3339
from huiyin_kafka.topics.names import DEAD_LETTERS
from huiyin_kafka.whole import WholeTopics
from huiyin_kafka.wire import letter_record
from huiyin_kernel.arrived import Place, Record, raw_record, record_of, record_place
from huiyin_kernel.codec import timestamp
from huiyin_kernel.dead_letters import new_letter


def letter_of_topic(
    consumer: str, place: Place, record: Record, error: BaseException, now: datetime
) -> Record:
    """The letter of a record that a reader of a topic cannot handle, as it goes on the topic of letters."""
    new = new_letter(
        consumer,
        [str(place)],
        now,
        error,
        log=_told(record, lambda attributes: attributes.text("log")),
        position=int(_told(record, lambda attributes: str(attributes.place("position"))) or 0),
        place=record_place(place),
        event_type=_told(record, lambda attributes: attributes.text("type")),
        record=raw_record(record),
    )
    return letter_record(DEAD_LETTERS, DeadLetter.FromString(new.letter))


def _told(record: Record, read: Callable[[Attributes], str]) -> str:
    """What a header tells, if it can be read."""
    try:
        return read(Attributes(record.headers))
    except UnreadableRecordError:
        return ""


PUT_BACK = "ce_putbacktime"
"""A header of a letter that stands on the topic once more, because its message was put back then."""


def letters_on_kafka(options: Mapping[str, Any]) -> list[KeptLetter]:
    """Every letter once, oldest first, with how often it was put back. Blocks. Raises KafkaSetupError."""
    kept: dict[str, KeptLetter] = {}
    with closing(WholeTopics(options, [DEAD_LETTERS])) as topics:
        for place, record in _records(topics):
            _take_in(kept, place, record)
    return list(kept.values())


def _records(topics: WholeTopics) -> Iterator[tuple[Place, Record]]:
    topic = topics.topics[DEAD_LETTERS]
    for partition in topic.partitions:
        for page in topic.pages(partition):
            yield from page


def _take_in(kept: dict[str, KeptLetter], place: Place, record: Record) -> None:
    try:
        letter = DeadLetter.FromString(record.value or b"")
    except DecodeError:
        return  # nothing of ours: only what the platform writes is shown
    known = kept.setdefault(
        letter.letter_id,
        KeptLetter(sequence=place.offset + 1, letter=letter, state=LETTER_STATE_BURIED),
    )
    if (put_back := dict(record.headers).get(PUT_BACK)) is not None:
        known.state = LETTER_STATE_PUT_BACK
        known.redrive_count += 1
        known.redriven_time.CopyFrom(timestamp(datetime.fromisoformat(put_back.decode())))


async def put_back(options: Mapping[str, Any], letter: DeadLetter, message: Record, now: datetime) -> None:
    """Publishes a message again, and notes that beside its letter. Raises PublishError.

    Whoever had handled it drops it as a repeat.
    """
    noted = letter_record(DEAD_LETTERS, letter)
    noted = noted._replace(headers=(*noted.headers, (PUT_BACK, rfc3339(now))))
    publisher = KafkaPublisher(options, [message.topic, DEAD_LETTERS])
    try:
        await publisher.publish([message])
        await publisher.publish([noted])
    finally:
        await publisher.aclose()


def message_of(letter: DeadLetter) -> Record | None:
    """The message that a letter keeps, as it stood on its topic; None for a note without one."""
    if not letter.HasField("record") or not letter.place.topic:
        return None
    place = Place(letter.place.topic, letter.place.partition, letter.place.offset)
    return record_of(place, letter.record)

"""Dead letters of inboxes: what is written down of a message that a consumer gives up, and how it is read."""

import traceback
from datetime import datetime
from uuid import UUID

from huiyin.dead.v1.types_pb2 import DeadLetter, KeptLetter, LetterState, RawRecord
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.arrived import Arrived, ItemT, Place, raw_record, record_place
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import derived
from huiyin_kernel.telemetry.logs import without_personal_data
from huiyin_store.letters import NewLetter, StoredLetter

CAUSE_CHARACTERS_MAX = 1_000
STACK_CHARACTERS_MAX = 10_000
RECORD_BYTES_MAX = 1_000_000
"""Bytes of an unreadable record's value that are kept: nothing of ours is larger."""


def cause_of(error: BaseException) -> str:
    """A failure in a sentence. Letters are kept for ever: what identifies a person is blacked out."""
    return without_personal_data(f"{type(error).__name__}: {error}")[:CAUSE_CHARACTERS_MAX]


def stack_of(error: BaseException) -> str:
    """Where it failed; blacked out likewise."""
    return without_personal_data("".join(traceback.format_exception(error)))[-STACK_CHARACTERS_MAX:]


def letter_of_event(
    consumer: str, envelope: Event, place: Place | None, error: BaseException, attempts: int, now: datetime
) -> NewLetter:
    """The letter of an event whose reaction fails; the same one for the same event and consumer."""
    letter = DeadLetter(
        letter_id=str(derived("letter", consumer, envelope.log, str(envelope.position))),
        consumer=consumer,
        log=envelope.log,
        position=envelope.position,
        place=record_place(place) if place else None,
        event_id=envelope.event_id,
        event_type=envelope.type,
        cause=cause_of(error),
        stack=stack_of(error),
        attempt_count=attempts,
        buried_time=timestamp(now),
        event=envelope,
    )
    return _new(letter)


def letter_of_record(consumer: str, log: str, arrived: Arrived[ItemT], now: datetime) -> NewLetter:
    """The letter of a record that is none of what it should be; the same for the same record and consumer."""
    value = (arrived.record.value or b"")[:RECORD_BYTES_MAX]
    record = arrived.record if arrived.record.value is None else arrived.record._replace(value=value)
    letter = DeadLetter(
        letter_id=str(derived("letter", consumer, *map(str, arrived.place))),
        consumer=consumer,
        log=log,
        place=record_place(arrived.place),
        cause=f"UnreadableRecordError: {arrived.fault}"[:CAUSE_CHARACTERS_MAX],
        attempt_count=1,
        buried_time=timestamp(now),
        record=raw_record(record),
    )
    return _new(letter)


def letter_of_case(consumer: str, key: str, event: Event, error: Exception, now: datetime) -> NewLetter:
    """The letter of a case that a fold sets aside, with the first event that it could not take."""
    letter = DeadLetter(
        letter_id=str(derived("letter", consumer, key, event.log, str(event.position))),
        consumer=consumer,
        log=event.log,
        position=event.position,
        event_id=event.event_id,
        event_type=event.type,
        cause=f"{cause_of(error)} (case {key})",
        stack=stack_of(error),
        attempt_count=1,
        buried_time=timestamp(now),
        event=event,
    )
    return _new(letter)


def letter_of_item(
    consumer: str, log: str, name: str, type_name: str, item: bytes, error: Exception, now: datetime
) -> NewLetter:
    """The letter of something that is neither an event nor came by Kafka; the same one for the same name."""
    letter = DeadLetter(
        letter_id=str(derived("letter", consumer, name)),
        consumer=consumer,
        log=log,
        event_type=type_name,
        cause=cause_of(error),
        stack=stack_of(error),
        attempt_count=1,
        buried_time=timestamp(now),
        record=RawRecord(key=name.encode(), value=item),
    )
    return _new(letter)


def shortened(letter: DeadLetter) -> DeadLetter:
    """A letter as lists show it: without stack, event and record."""
    short = DeadLetter()
    short.CopyFrom(letter)
    for field in ("stack", "event", "record"):
        short.ClearField(field)
    return short


def kept_letter(stored: StoredLetter, *, whole: bool) -> KeptLetter:
    """A letter as it goes over the wire, whole or as lists show it."""
    letter = DeadLetter.FromString(stored.letter)
    letter = letter if whole else shortened(letter)
    return KeptLetter(
        sequence=stored.sequence,
        letter=letter,
        state=LetterState.ValueType(stored.state),
        redrive_count=stored.redrives,
        redriven_time=timestamp(stored.redriven) if stored.redriven else None,
        redrive_cause=stored.redrive_cause,
    )


def _new(letter: DeadLetter) -> NewLetter:
    return NewLetter(UUID(letter.letter_id), letter.consumer, letter.SerializeToString(deterministic=True))


def without_content(letter: KeptLetter) -> None:
    """Takes out what the message says of cases; where it stands, what kind it is and why it failed stay."""
    if letter.letter.HasField("event"):  # what is only looked at would count as there
        letter.letter.event.ClearField("payload")
        letter.letter.event.ClearField("metadata")
    letter.letter.ClearField("record")

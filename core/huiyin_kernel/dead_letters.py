"""Dead letters: what is written down of what a consumer gives up, how it is read and handled again.

Where letters are kept is huiyin_store/letters.py; how they stand on Kafka, huiyin_kafka/letters.py.
"""

import asyncio
import logging
import traceback
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from huiyin.dead.v1 import types_pb2 as types
from huiyin.dead.v1.types_pb2 import DeadLetter, KeptLetter, RawRecord
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.arrived import Arrived, ItemT, Parse, Place, raw_record, record_of, record_place
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import derived
from huiyin_kernel.patience import is_passing
from huiyin_kernel.telemetry.counts import InboxCounts
from huiyin_kernel.telemetry.logs import without_personal_data
from huiyin_store.letters import Letters, LetterState, NewLetter, StoredLetter
from huiyin_store.port import Cursor, StoreUnavailableError

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


def new_letter(
    consumer: str,
    parts: Sequence[str],
    now: datetime,
    error: BaseException | None = None,
    *,
    cause: str = "",
    attempts: int = 1,
    **fields: Any,
) -> NewLetter:
    """The one letter of what `parts` name: the same for the same parts and consumer.

    `error` says why it was given up, or `cause` in a sentence of its own; `fields` are others of DeadLetter.
    """
    letter = DeadLetter(
        letter_id=str(derived("letter", consumer, *parts)),
        consumer=consumer,
        cause=cause or (cause_of(error) if error else ""),
        stack=stack_of(error) if error else "",
        attempt_count=attempts,
        buried_time=timestamp(now),
        **fields,
    )
    return NewLetter(UUID(letter.letter_id), consumer, letter.SerializeToString(deterministic=True))


def letter_of_event(
    consumer: str, envelope: Event, place: Place | None, error: BaseException, attempts: int, now: datetime
) -> NewLetter:
    """The letter of an event whose reaction fails."""
    parts = (envelope.log, str(envelope.position))
    stood = record_place(place) if place else None
    return new_letter(consumer, parts, now, error, attempts=attempts, place=stood, **_told_by(envelope))


def letter_of_record(consumer: str, log: str, arrived: Arrived[ItemT], now: datetime) -> NewLetter:
    """The letter of a record that is none of what it should be."""
    value = (arrived.record.value or b"")[:RECORD_BYTES_MAX]
    record = arrived.record if arrived.record.value is None else arrived.record._replace(value=value)
    cause = f"UnreadableRecordError: {arrived.fault}"[:CAUSE_CHARACTERS_MAX]
    place, kept = record_place(arrived.place), raw_record(record)
    return new_letter(
        consumer, [*map(str, arrived.place)], now, cause=cause, log=log, place=place, record=kept
    )


def letter_of_case(consumer: str, key: str, event: Event, error: Exception, now: datetime) -> NewLetter:
    """The letter of a case that a fold sets aside, with the first event that it could not take."""
    parts, cause = (key, event.log, str(event.position)), f"{cause_of(error)} (case {key})"
    return new_letter(consumer, parts, now, error, cause=cause, **_told_by(event))


def letter_of_item(
    consumer: str, log: str, name: str, type_name: str, item: bytes, error: Exception, now: datetime
) -> NewLetter:
    """The letter of something that is neither an event nor came by Kafka, by its name."""
    kept = RawRecord(key=name.encode(), value=item)
    return new_letter(consumer, [name], now, error, log=log, event_type=type_name, record=kept)


def _told_by(event: Event) -> dict[str, Any]:
    return {
        "log": event.log,
        "position": event.position,
        "event_id": event.event_id,
        "event_type": event.type,
        "event": event,
    }


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
        state=types.LetterState.ValueType(stored.state),
        redrive_count=stored.redrives,
        redriven_time=timestamp(stored.redriven) if stored.redriven else None,
        redrive_cause=stored.redrive_cause,
    )


def without_content(letter: KeptLetter) -> None:
    """Takes out what the message says of cases; where it stands, what kind it is and why it failed stay."""
    if letter.letter.HasField("event"):  # what is only looked at would count as there
        letter.letter.event.ClearField("payload")
        letter.letter.event.ClearField("metadata")
    letter.letter.ClearField("record")


log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LETTERS_MAX = 100
"""Letters that are looked at in one round."""


class NotYetError(OSError):
    """The record's event has not had its turn: it is handled when it comes, and the letter with it."""


class Consumer(Protocol):
    """An inbox, as letters need it."""

    @property
    def consumer(self) -> str: ...
    @property
    def log_name(self) -> str: ...
    @property
    def reached(self) -> int: ...

    async def react(self, envelope: Event, cursor: Cursor | None) -> None: ...


class Redriving:
    """The letters of one inbox."""

    def __init__(self, inbox: Consumer, letters: Letters, counts: InboxCounts, read: Parse[Event]) -> None:
        self._inbox, self._letters, self._counts, self._read = inbox, letters, counts, read

    async def run(self) -> None:
        """Round after round, for ever; over outages of the database."""
        while True:
            try:
                for letter in await self._letters.redriving([self._inbox.consumer], LETTERS_MAX):
                    await self._redrive(letter)
            except StoreUnavailableError as error:
                log.warning("inbox %s: letters have to wait: %s", self._inbox.consumer, error)
            await asyncio.sleep(LOOK_SECONDS)

    async def _redrive(self, stored: StoredLetter) -> None:
        letter = DeadLetter.FromString(stored.letter)
        if letter.log != self._inbox.log_name:
            return  # of another log, which another inbox of this service reads
        try:
            await self._handle(letter)
        except Exception as error:  # what passes is tried again; the rest is said, and buried again
            if is_passing(error):
                log.info("inbox %s: letter %s has to wait: %s", letter.consumer, letter.letter_id, error)
                return
            log.exception("inbox %s: letter %s fails again", letter.consumer, letter.letter_id)
            await self._mark(stored, LetterState.BURIED, cause_of(error))
            return
        if await self._mark(stored, LetterState.HANDLED):  # else another process handled it too
            self._counts.redriven.inc()

    async def _mark(self, stored: StoredLetter, state: LetterState, cause: str = "") -> bool:
        return await self._letters.mark(stored.letter_id, LetterState.REDRIVING, state, cause)

    async def _handle(self, letter: DeadLetter) -> None:
        if letter.HasField("event"):
            with self._counts.reaction(letter.event):
                await self._inbox.react(letter.event, None)
            return
        place = Place(letter.place.topic, letter.place.partition, letter.place.offset)
        position = self._read(record_of(place, letter.record)).position
        if position > self._inbox.reached:
            raise NotYetError(f"position {position} is not reached: it is handled in its turn")

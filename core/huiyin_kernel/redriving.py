"""Handles dead letters again that somebody asked for: by the consumer that gave them up, each effect once."""

import asyncio
import logging
from typing import Protocol

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.arrived import Parse, Place, record_of
from huiyin_kernel.dead_letters import cause_of
from huiyin_kernel.patience import is_passing
from huiyin_kernel.telemetry.counts import InboxCounts
from huiyin_store.letters import Letters, LetterState, StoredLetter
from huiyin_store.port import Cursor, StoreUnavailableError

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

"""An agency's message as it arrived, and the letter of one that could not be taken.

A message may hold personal data in clear, and letters are kept for ever. The agency has the message, and its
receipt says what to mend; what stands on Kafka is found there by its place.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from huiyin.dead.v1.types_pb2 import RecordPlace
from huiyin_domain.refusal import Refusal
from huiyin_kernel.dead_letters import new_letter
from huiyin_store.letters import NewLetter


class Arrivals:
    """One signal for each agency; used from one event loop."""

    def __init__(self) -> None:
        self._signals: dict[str, asyncio.Event] = {}
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> None:
        """Tells this one of every agency that gets a receipt."""
        self._listeners.append(listener)

    def tell(self, agency: str) -> None:
        """A receipt was given."""
        for listener in self._listeners:
            listener(agency)
        if signal := self._signals.pop(agency, None):
            signal.set()

    def next(self, agency: str) -> asyncio.Event:
        """Is set with the next receipt. Asked for before looking at what is there, it misses none."""
        return self._signals.setdefault(agency, asyncio.Event())


async def come(signal: asyncio.Event, seconds: float) -> None:
    """Waits for it, but no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await signal.wait()


CONSUMER = "exchange"


@dataclass(frozen=True, slots=True)
class TopicCursor:
    """The next offset to read of a partition."""

    topic: str
    partition: int
    position: int

    @property
    def place(self) -> RecordPlace:
        """The record that it stands behind."""
        return RecordPlace(topic=self.topic, partition=self.partition, offset=self.position - 1)


@dataclass(frozen=True, slots=True)
class Buried:
    """A message that is put aside. `mark` recognises it; `cursor` stands behind it, if it came by Kafka."""

    agency: str
    mark: bytes
    command: str
    cause: Refusal
    attempts: int
    cursor: TopicCursor | None


def letter_of(buried: Buried, now: datetime) -> NewLetter:
    """The letter: the same one for the same message of the same agency and place."""
    place = buried.cursor.place if buried.cursor else None
    return new_letter(
        CONSUMER,
        (buried.agency, buried.mark.hex(), str(place or "")),
        now,
        cause=f"{buried.cause.reason}: {buried.cause.message} (agency {buried.agency})",
        attempts=buried.attempts,
        place=place,
        event_type=buried.command,
    )

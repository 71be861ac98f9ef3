"""What the timeline has set aside: events that it could not take, and all that must come after these.

An event that fails has no number yet, so nothing of its cases, of its stream or of what names it as a cause
may get one before it. All of that waits here, in order, and every other case goes on.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.timeline.case import Need, Stream, Told, named_by
from huiyin_domain.timeline.merge import Release
from huiyin_kernel.timeline_rows import missing_bytes
from huiyin_store.letters import LetterState, NewLetter, bury, mark

CONSUMER = "streams-timeline"
"""The timeline's name in letters."""

_READ = "SELECT letter_id, missing, event FROM streams.timeline_aside ORDER BY number"
_ADD = """
INSERT INTO streams.timeline_aside (log, position, letter_id, missing, event) VALUES (%s, %s, %s, %b, %b)
"""
_DONE = """
DELETE FROM streams.timeline_aside
WHERE (log, position) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))
"""


class Aside(NamedTuple):
    """An event that waits, with its bytes and the letter of what it waits for."""

    release: Release
    event: bytes
    letter_id: UUID


class AsideQueue:
    """Everything that waits, in the order in which it was released."""

    def __init__(self, waiting: Iterable[Aside] = ()) -> None:
        self._waiting: list[Aside] = []
        self._cases: dict[str, UUID] = {}
        self._streams: dict[Stream, tuple[int, UUID]] = {}
        for one in waiting:
            self.add(one)

    def __iter__(self) -> Iterator[Aside]:
        return iter(self._waiting)

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, one: Aside) -> None:
        """Lets an event wait behind all others."""
        self._waiting.append(one)
        told = one.release.told
        for case in told.cases:
            self._cases.setdefault(case, one.letter_id)
        self._streams.setdefault(told.stream, (told.fact.version, one.letter_id))

    def behind(self, told: Told) -> UUID | None:
        """The letter of what an event has to wait for; None when it need not wait."""
        if (known := self._streams.get(told.stream)) is not None:
            return known[1]
        for case in told.cases:
            if case in self._cases:
                return self._cases[case]
        return next(filter(None, map(self._needed, named_by(told.fact))), None)

    def _needed(self, need: Need) -> UUID | None:
        version, letter_id = self._streams.get(need.of, (0, None))
        return letter_id if need.version >= version else None


@dataclass(slots=True)
class Changes:
    """What a batch changed: set aside, placed after all, and which letters are still or no longer open."""

    new: list[Aside]
    letters: list[NewLetter]
    placed: list[Aside]
    causes: dict[UUID, str]

    @classmethod
    def none(cls) -> "Changes":
        """Nothing yet."""
        return cls([], [], [], {})


async def read_aside(connection: AsyncConnection[Any]) -> list[tuple[UUID, tuple[Need, ...], bytes]]:
    """What waits, in order: the letter, the causes that did not exist, and the event's bytes."""
    rows = await (await connection.execute(_READ, binary=True)).fetchall()
    return [(letter_id, _needs(missing), event) for letter_id, missing, event in rows]


def _needs(missing: bytes) -> tuple[Need, ...]:
    causes = CaseEvent.FromString(missing).missing_causes
    return tuple(Need(cause.log, cause.stream, cause.version) for cause in causes)


async def write_aside(
    connection: AsyncConnection[Any], changes: Changes, left: AsideQueue, asked: Sequence[UUID]
) -> None:
    """Writes what a batch changed, in the caller's transaction. `asked`: letters to be driven again."""
    for letter in changes.letters:
        await bury(connection, "streams", letter)
    for one in changes.new:
        fact = one.release.told.fact
        causes = [Cause(log=log, stream=name, version=at) for log, name, at in one.release.missing]
        values = (fact.log, fact.position, one.letter_id, missing_bytes(causes), one.event)
        await connection.execute(_ADD, values)
    if changes.placed:
        places = [(one.release.told.fact.log, one.release.told.fact.position) for one in changes.placed]
        await connection.execute(_DONE, [list(column) for column in zip(*places, strict=True)])
    await _mark(connection, changes, {one.letter_id for one in left}, asked)


async def _mark(
    connection: AsyncConnection[Any], changes: Changes, still: set[UUID], asked: Sequence[UUID]
) -> None:
    """A letter is handled when nothing waits for it any more."""
    for letter_id in {*asked, *(one.letter_id for one in changes.placed)}:
        after = LetterState.BURIED if letter_id in still else LetterState.HANDLED
        for before in (LetterState.REDRIVING, LetterState.BURIED):
            if before != after:
                cause = changes.causes.get(letter_id, "")
                await mark(connection, "streams", letter_id, before, after, cause)

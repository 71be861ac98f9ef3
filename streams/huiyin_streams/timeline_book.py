"""The timeline in memory between two transactions: takes a batch of events in and writes what comes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.message import DecodeError
from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.decider import UnfoldableError
from huiyin_domain.timeline.case import Stream, Told, Walls, told
from huiyin_domain.timeline.held import LogEnd
from huiyin_domain.timeline.ledger import Ledger, LedgerEntry, Wait
from huiyin_domain.timeline.merge import Merge, Release
from huiyin_kernel.codec import opaque_fact
from huiyin_kernel.dead_letters import cause_of, letter_of_case
from huiyin_kernel.shared_log import Item
from huiyin_kernel.timeline_rows import event_bytes
from huiyin_streams import timeline_tables as tables
from huiyin_streams.timeline_aside import CONSUMER, Aside, AsideQueue, Changes, read_aside, write_aside
from huiyin_streams.timeline_tables import HeldRow, Kept, Placed

STREAMS_MAX = 100_000
"""Streams of which it is remembered how far they are released; beyond, they are read again when needed."""
CASES_MAX = 20_000
"""Cases whose state is remembered."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the timeline is made by. `registry` is the log in which cases are registered."""

    walls: Walls
    registry: str
    held_max: int


@dataclass(slots=True)
class Brought:
    """What a batch brought."""

    items: Sequence[Item] = ()
    ends: Sequence[LogEnd] = ()
    releases: list[Release] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    again: list[LedgerEntry] = field(default_factory=list)
    asked: Sequence[UUID] = ()
    aside: Changes = field(default_factory=Changes.none)

    @property
    def events(self) -> list[Event]:
        """Its events."""
        return [item.event for item in self.items if item.event is not None]


class TimelineBook:
    """Merge, ledger and held events as the database has them.

    After any failure the book no longer is what the database has: throw it away and open another.
    """

    def __init__(self, rules: Rules, positions: Mapping[str, int], sequence: int) -> None:
        self.merge = Merge(positions, rules.registry, rules.held_max)
        self.ledger = Ledger(rules.walls, sequence)
        self._bytes: dict[int, bytes] = {}
        self._since: dict[int, datetime] = {}
        self._freed: list[Release] = []
        self.aside = AsideQueue()

    @classmethod
    async def opened(cls, connection: AsyncConnection[Any], rules: Rules, kept: Kept) -> "TimelineBook":
        """The book as the database has it, in the caller's transaction."""
        book = cls(rules, kept.positions, kept.sequence)
        held = [_told_again(data) for _, _, data in kept.held]
        await book._know_streams(connection, held)
        for (arrival, since, data), one in zip(kept.held, held, strict=True):
            book._bytes[arrival], book._since[arrival] = data, since
            book._freed += book.merge.restore(arrival, one)
        book.aside = AsideQueue(
            Aside(Release(0, _told_again(data), missing), data, letter_id)
            for letter_id, missing, data in await read_aside(connection)
        )
        return book

    @property
    def is_freed(self) -> bool:
        """True when something held is free at once, as after a change of the logs that there are."""
        return bool(self._freed)

    def waits(self) -> list[Wait]:
        """What waits, and since when."""
        facts = ((one, one.told.fact, self._since.get(arrival)) for arrival, one in self.merge.held.items())
        return [
            Wait(fact.log, fact.position, fact.stream, since, tuple(self.merge.waits_for(one)))
            for one, fact, since in facts
            if since is not None
        ]

    async def apply(self, connection: AsyncConnection[Any], batch: Brought, now: datetime) -> None:
        """Takes a batch in, in the caller's transaction, when the database is where the book is.

        Raises GapError.
        """
        facts = [_told(item) for item in batch.items]
        await self._know_streams(connection, facts)
        arrivals = self.merge.arrivals
        batch.releases = self._taken(batch, facts)
        waiting = [one.release for one in self.aside] if batch.asked else []
        await self._know_cases(connection, [*waiting, *batch.releases])
        self._enter(batch, now)
        await self._write(connection, batch, arrivals, now)
        self.merge.forget_beyond(STREAMS_MAX)
        self.ledger.forget_beyond(CASES_MAX)

    def _taken(self, batch: Brought, facts: Iterable[Told]) -> list[Release]:
        releases, self._freed = self._freed, []
        for event, one in zip(batch.events, facts, strict=True):
            arrivals = self.merge.arrivals
            releases += self.merge.take(one)
            if self.merge.arrivals > arrivals:
                self._bytes[self.merge.arrivals] = event_bytes(event)
        for end in batch.ends:
            releases += self.merge.end(end)
        return releases

    async def _know_streams(self, connection: AsyncConnection[Any], facts: Sequence[Told]) -> None:
        unknown = self.merge.unknown_streams(facts)
        self.merge.know(await tables.read_streams(connection, unknown))

    async def _know_cases(self, connection: AsyncConnection[Any], releases: Iterable[Release]) -> None:
        cases = {case for release in releases for case in release.told.cases}
        unknown = cases - self.ledger.cases.keys()
        self.ledger.know(await tables.read_cases(connection, unknown))
        walls = self.ledger.unknown_walls(unknown)
        self.ledger.know_walls(await tables.read_walls(connection, walls))

    def _enter(self, batch: Brought, now: datetime) -> None:
        if batch.asked:
            self._enter_again(batch)
        for release in batch.releases:
            data = self._bytes.pop(release.arrival)
            behind = self.aside.behind(release.told)
            error = None if behind else self._failure(batch, release, data)
            if error is not None:
                cases = " ".join(release.told.cases)
                letter = letter_of_case(CONSUMER, cases, Event.FromString(data), error, now)
                batch.aside.letters.append(letter)
                behind = letter.letter_id
            if behind is not None:
                batch.aside.new.append(Aside(release, data, behind))
                self.aside.add(batch.aside.new[-1])

    def _enter_again(self, batch: Brought) -> None:
        """Tries all that waits, in order; what fails again keeps all that comes after it waiting."""
        waiting, self.aside = self.aside, AsideQueue()
        for one in waiting:
            behind = self.aside.behind(one.release.told)
            error = None if behind else self._failure(batch, one.release, one.event)
            if error is not None:
                batch.aside.causes[one.letter_id] = cause_of(error)
            if behind or error:
                self.aside.add(one)
            else:
                batch.aside.placed.append(one)

    def _failure(self, batch: Brought, release: Release, data: bytes) -> Exception | None:
        """Enters an event; what stands against it, and then nothing is done."""
        try:
            entries = self.ledger.enter(release.told)
        except Exception as error:  # stands in the letter of the case, for all to see
            return error
        batch.again += [entry for entry in entries if entry.catch_up]
        batch.placed += [Placed(entry, release, data) for entry in entries if not entry.catch_up]
        return None

    async def _write(
        self, connection: AsyncConnection[Any], batch: Brought, arrivals: int, now: datetime
    ) -> None:
        await tables.write_entries(connection, batch.placed, batch.again)
        streams: dict[Stream, int] = {one.told.stream: one.told.fact.version for one in batch.releases}
        changed = [*(one.release for one in batch.aside.placed), *batch.releases]
        cases = {case: self.ledger.cases[case] for one in changed for case in one.told.cases}
        positions, sequence = self.merge.positions, self.ledger.sequence
        await tables.write_state(connection, sequence, positions, streams, cases)
        gone = [one.arrival for one in batch.releases if one.arrival <= arrivals]
        await tables.write_held(connection, self._newly_held(arrivals, now), gone)
        await write_aside(connection, batch.aside, self.aside, batch.asked)
        for arrival in gone:
            del self._since[arrival]

    def _newly_held(self, arrivals: int, now: datetime) -> Iterable[HeldRow]:
        for arrival in range(arrivals + 1, self.merge.arrivals + 1):
            if (one := self.merge.held.get(arrival)) is not None:
                self._since[arrival] = now
                fact = one.told.fact
                yield HeldRow(arrival, fact.log, fact.position, now, self._bytes[arrival])


def _told(item: Item) -> Told:
    """What is told of an event; of one that cannot be read, all but what it says."""
    assert item.event is not None, "signs of life are not told"
    try:
        fact = item.fact()
    except (UnfoldableError, DecodeError):
        fact = opaque_fact(item.event)
    return told(fact, item.event.metadata.audience)


def _told_again(data: bytes) -> Told:
    event = Event.FromString(data)
    return _told(Item(event, event.position))

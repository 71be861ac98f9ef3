"""Four logs in memory, a database for their timeline, and hosts that make it."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

import psycopg
from google.protobuf.message import Message
from psycopg.conninfo import make_conninfo

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.timeline.case import walls_of
from huiyin_kernel.clock import ManualClock, SystemClock
from huiyin_kernel.codec import encode, to_envelope
from huiyin_kernel.ids import uuid7
from huiyin_kernel.shared_log import shared
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import ANY_VERSION, Append, StreamWrite
from huiyin_store.provision import provision, role_dsn, role_of
from huiyin_streams.timeline_book import Rules
from huiyin_streams.timeline_host import TimelineHost
from tests.support.calling import DIRECTORY, OFFICE
from tests.support.databases import PASSWORD

SERVICES = ("intake", "reception", "judicial", "supervision")
NAMES = tuple(f"{name}@990000" for name in SERVICES)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SECONDS_MAX = 30.0
PLAIN: Mapping[str, Message] = {
    "intake": intake.ReceiptNotified(),
    "reception": reception.MeetingClosed(),
    "judicial": judicial.ProgressReported(),
    "supervision": supervision.OrderCarriedOut(),
}
"""An event of each log that changes nothing in a case."""

_numbers = count(1)


@dataclass
class Record:
    """The logs. Of each, only as much as was `shown` comes out of its feed."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    shown: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))

    def __post_init__(self) -> None:
        self.stores = {name: MemoryEventStore(name, self.clock) for name in NAMES}

    async def write(
        self,
        service: str,
        stream: str,
        cases: Iterable[str],
        message: Message | None = None,
        causes: Iterable[Event | Cause] = (),
        audience: Iterable[str] = (OFFICE,),
    ) -> Event:
        """The event as the next one of its log, a second after the last."""
        self.clock.set(self.clock.now() + timedelta(seconds=1))
        named = [_cause(one) for one in causes]
        metadata = EventMetadata(case_ids=cases, causes=named, audience=audience)
        new = encode(uuid7(), message or PLAIN[service], metadata, self.clock.now())
        store = self.stores[f"{service}@990000"]
        await store.append(Append(uuid7(), b"", (StreamWrite(stream, ANY_VERSION, (new,)),)))
        position = (await store.head()).position
        return to_envelope(store.log, (await store.read(position - 1))[0])

    def show(self, *names: str, up_to: int = 10**9) -> None:
        """Lets these logs come out of their feeds; all of them when none is named."""
        self.shown |= dict.fromkeys(names or NAMES, up_to)

    async def follow(self, name: str, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """A log's feed."""
        while True:
            page = await self.stores[name].read(after, 100)
            page = [event for event in page if event.position <= self.shown[name]]
            for event in page:
                after = event.position
                yield to_envelope(name, event), after
            if not page:
                await asyncio.sleep(0.01)

    async def end(self, name: str) -> int | None:
        """Where a log ends."""
        return (await self.stores[name].head()).position

    async def ends(self) -> dict[str, int]:
        """Where all logs end."""
        return {name: (await store.head()).position for name, store in self.stores.items()}


def _cause(one: Event | Cause) -> Cause:
    return one if isinstance(one, Cause) else Cause(log=one.log, stream=one.stream, version=one.version)


@dataclass(frozen=True)
class TimelinePlace:
    """The database of a timeline, and what is in it."""

    dsn: str
    admin_dsn: str

    @classmethod
    async def made(cls, server_dsn: str) -> "TimelinePlace":
        """A new database with the tables of the streams service."""
        name = f"timeline_{os.getpid()}_{next(_numbers)}"
        await provision(server_dsn, name, {"streams": PASSWORD}, extra=READ_MODEL_TABLES)
        dsn = role_dsn(server_dsn, name, role_of("streams"), PASSWORD)
        return cls(dsn, make_conninfo(server_dsn, dbname=name))

    def rows(self, query: str, *values: Any, admin: bool = False) -> list[tuple[Any, ...]]:
        """All rows of a query, on a connection of its own."""
        with psycopg.connect(self.admin_dsn if admin else self.dsn, autocommit=True) as connection:
            cursor = connection.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def entries(self) -> list[tuple[int, str, int, str, int]]:
        """Place, case, number, log and position of each entry that is not sent again, in order."""
        columns = "sequence, case_id, number, log, position"
        query = f"SELECT {columns} FROM streams.timeline_entry WHERE NOT catch_up ORDER BY sequence"
        return self.rows(query)

    def order(self) -> list[tuple[str, int]]:
        """Log and position of each entry, in order."""
        return [(log.partition("@")[0], position) for _, _, _, log, position in self.entries()]

    def positions(self) -> dict[str, int]:
        """How far each log is read."""
        query = "SELECT log, position FROM streams.projection_cursor WHERE model = 'timeline'"
        return dict.fromkeys(NAMES, 0) | dict(self.rows(query))

    def held(self) -> list[tuple[str, int]]:
        """What waits."""
        return self.rows("SELECT log, position FROM streams.timeline_held ORDER BY arrival")

    async def until(self, positions: Mapping[str, int], held: int | None = 0) -> None:
        """Waits until the logs are read so far and so many events wait; None: however many."""
        async with asyncio.timeout(SECONDS_MAX):
            while not (positions.items() <= self.positions().items() and held in (None, len(self.held()))):
                await asyncio.sleep(0.02)


def new_host(
    place: TimelinePlace, held_max: int = 10_000, patience: float = 60.0, dsn: str = ""
) -> TimelineHost:
    """A host of that timeline."""
    rules = Rules(walls_of(DIRECTORY), NAMES[0], held_max)
    return TimelineHost(dsn or place.dsn, rules, SystemClock(), timedelta(seconds=patience))


@asynccontextmanager
async def hosting(record: Record, host: TimelineHost, asks: bool = True) -> AsyncIterator[TimelineHost]:
    """The host at work on these logs. `asks` false: no log says where it ends."""

    async def silent() -> int | None:
        return None

    feeds = {name: partial(record.follow, name) for name in NAMES}
    ends = {name: partial(record.end, name) if asks else silent for name in NAMES}
    working = asyncio.ensure_future(host.run(shared(feeds), ends))
    try:
        yield host
        if working.done():
            await working
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def numbered_rightly(entries: Sequence[tuple[int, str, int, str, int]]) -> bool:
    """Whether numbers are dense in each case, and every event stands once in it."""
    last: dict[str, int] = {}
    for _, case, number, _, _ in entries:
        if number != last.get(case, 0) + 1:
            return False
        last[case] = number
    events = [(case, log, position) for _, case, _, log, position in entries]
    return len(events) == len(set(events))

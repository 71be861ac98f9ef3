"""What the event store is made to do in its benchmarks."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from huiyin_kernel.ids import uuid7
from huiyin_store.port import NO_STREAM, Append, Appended, NewEvent, RecordedEvent, StreamWrite
from huiyin_store.postgres import PostgresEventStore

META_BYTES, DATA_BYTES = 122, 421
"""A typical event: some twelve fields and who did it for whom."""

TYPE = "huiyin.intake.v1.PetitionRegistered"


@dataclass(frozen=True, slots=True)
class Log:
    """Where a log is."""

    dsn: str
    schema: str


def new_append(event_count: int) -> Append:
    """An append of new events to a stream of its own."""
    now = datetime.now(UTC)
    events = tuple(
        NewEvent(uuid7(), TYPE, now, os.urandom(META_BYTES), os.urandom(DATA_BYTES))
        for _ in range(event_count)
    )
    return Append(uuid7(), bytes(32), (StreamWrite(f"petition-{uuid7()}", NO_STREAM, events),))


async def append_by_callers(log: Log, callers: int, total: int) -> tuple[float, float]:
    """Appends of one event by callers who each wait for their answer: appends a second, and p99 in ms."""
    store = await PostgresEventStore.open(log.dsn, log.schema, log.schema)
    await store.append_many([new_append(1) for _ in range(500)])  # connections and plans are warm
    work = [new_append(1) for _ in range(total)]
    waits: list[float] = []
    start = time.perf_counter()
    left = iter(work)
    await asyncio.gather(*(_caller(store, left, waits) for _ in range(callers)))
    seconds = time.perf_counter() - start
    await store.aclose()
    return total / seconds, sorted(waits)[int(0.99 * total)] * 1000


async def _caller(store: PostgresEventStore, left: Iterator[Append], waits: list[float]) -> None:
    for append in left:
        start = time.perf_counter()
        await store.append(append)
        waits.append(time.perf_counter() - start)


async def import_events(log: Log, appends: int, events_each: int) -> tuple[float, list[RecordedEvent]]:
    """Events a second by append_many, and the rows that it wrote."""
    store = await PostgresEventStore.open(log.dsn, log.schema, log.schema)
    await store.append_many([new_append(events_each) for _ in range(50)])
    work = [new_append(events_each) for _ in range(appends)]
    before = (await store.head()).position
    start = time.perf_counter()
    outcomes = await store.append_many(work)
    seconds = time.perf_counter() - start
    assert all(isinstance(outcome, Appended) for outcome in outcomes)
    rows = await store.read(before, appends * events_each)
    await store.aclose()
    return appends * events_each / seconds, rows


async def read_everything(log: Log, page: int) -> tuple[float, int]:
    """Events a second, as RecordedEvents in pages, and how many there are."""
    store = await PostgresEventStore.open(log.dsn, log.schema, log.schema)
    position, start = 0, time.perf_counter()
    while events := await store.read(position, page):
        position = events[-1].position
    seconds = time.perf_counter() - start
    await store.aclose()
    return position / seconds, position

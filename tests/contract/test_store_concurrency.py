"""Writers and readers in several processes' worth of stores at once: the history breaks no guarantee."""

import asyncio
import random

import pytest

from huiyin_store.port import (
    ANY_VERSION,
    EventStore,
    RecordedEvent,
    VersionConflictError,
)
from tests.conftest import StoreFactory
from tests.contract.store_history import StoreHistory, broken_guarantees
from tests.contract.store_making import appending, stream_name, write
from tests.support.databases import LogPlace

WRITERS, READERS, APPENDS = 8, 2, 60


async def write_some(store: EventStore, streams: list[str], history: StoreHistory, seed: int) -> None:
    """One writer: some appends to streams that others write too, some with the version it believes in."""
    chance = random.Random(seed)
    versions = dict.fromkeys(streams, 0)
    for _ in range(APPENDS):
        chosen = chance.sample(streams, chance.choice([1, 1, 1, 2]))
        append = appending(
            *(
                write(name, chance.choice([ANY_VERSION, versions[name]]), chance.randint(1, 4))
                for name in chosen
            )
        )
        history.sent[append.request_id] = append
        try:
            answer = await store.append(append)
        except VersionConflictError as error:
            history.refused.add(append.request_id)
            versions[error.stream] = error.actual
        else:
            history.answered[append.request_id] = answer
            versions |= {end.stream: end.version for end in answer.ends}


async def read_all(store: EventStore, history: StoreHistory) -> None:
    """One reader: follows from the beginning until it is stopped."""
    seen: list[RecordedEvent] = []
    history.read.append(seen)
    async for events in store.follow(0, 50):
        seen += events


async def run(stores: list[EventStore], disturb: bool, place: LogPlace) -> StoreHistory:
    history, streams = StoreHistory(), [stream_name() for _ in range(5)]
    readers = [asyncio.create_task(read_all(stores[n], history)) for n in range(READERS)]
    writers = [write_some(stores[n % len(stores)], streams, history, n) for n in range(WRITERS)]
    disturbance = asyncio.create_task(cut_connections(place) if disturb else asyncio.sleep(0))
    await asyncio.gather(*writers)
    disturbance.cancel()
    end = (await stores[0].head()).position
    async with asyncio.timeout(10):
        while min(len(seen) for seen in history.read) < end:
            await asyncio.sleep(0.01)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, disturbance, return_exceptions=True)
    return history


async def cut_connections(place: LogPlace) -> None:
    """Ends one of the log's connections again and again, whatever it is doing."""
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        " ORDER BY random() LIMIT 1"
    )
    async with await place.admin() as admin:
        while True:
            await admin.execute(query, (f"huiyin store {place.schema}",))
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("disturb", [False, True])
async def test_many_writers_and_readers_break_no_guarantee(
    store_factory: StoreFactory, log_place: LogPlace, disturb: bool
) -> None:
    stores: list[EventStore] = [await store_factory() for _ in range(3)]
    history = await run(stores, disturb, log_place)
    log = await stores[0].read(0, 100_000)
    assert len(history.answered) + len(history.refused) == WRITERS * APPENDS
    assert history.refused
    assert broken_guarantees(history, log) == []


async def _quiet_history(store: EventStore) -> tuple[StoreHistory, list[RecordedEvent]]:
    history = StoreHistory()
    for _ in range(3):
        append = appending(write(stream_name(), 0, 2))
        history.sent[append.request_id] = append
        history.answered[append.request_id] = await store.append(append)
    log = await store.read(0)
    history.read.append(list(log))
    return history, log


async def test_the_checker_finds_each_planted_violation(store_factory: StoreFactory) -> None:
    history, log = await _quiet_history(await store_factory())
    assert broken_guarantees(history, log) == []
    assert _names(history, log[:-1]) == {"kept", "whole", "ordered"}
    assert _names(history, log[:2] + log[3:]) >= {"dense", "chained", "whole"}
    assert _names(history, [*log, log[0]._replace(position=7)]) >= {"once", "chained"}
    history.refused.add(next(iter(history.sent)))
    assert _names(history, log) == {"whole"}
    history.refused.clear()
    history.read[0].pop(2)
    assert _names(history, log) == {"ordered"}
    history.sent.popitem()
    assert _names(history, log) == {"ordered", "once"}


def _names(history: StoreHistory, log: list[RecordedEvent]) -> set[str]:
    return {broken.split(":")[0] for broken in broken_guarantees(history, log)}

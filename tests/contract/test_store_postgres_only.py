"""What only the store on PostgreSQL can meet: gaps, overload, other processes, durability, locks."""

import asyncio

import psycopg
import pytest
from psycopg import AsyncConnection

from huiyin_store.batch import AnswerRow, EncodedAppend
from huiyin_store.durable_reads import DurableReads
from huiyin_store.limits import StoreLimits
from huiyin_store.port import (
    NO_STREAM,
    Appended,
    CorruptLogError,
    LogHead,
    RecordedEvent,
    StoreOverloadedError,
    StoreUnavailableError,
)
from huiyin_store.session import Session
from tests.conftest import StoreFactory
from tests.contract.store_making import append_unflushed, appending, one, stream_name, write
from tests.support.databases import LogPlace


async def test_a_gap_is_an_alarm(log_place: LogPlace, store_factory: StoreFactory) -> None:
    store = await store_factory()
    await store.append(appending(write("petition-a", 0, 5)))
    async with await log_place.admin() as admin:
        await admin.execute("ALTER TABLE event DISABLE TRIGGER append_only")
        await admin.execute("DELETE FROM event WHERE position = 3")
    assert [event.position for event in await store.read(3)] == [4, 5]
    for reading in (store.read(0), store.read(2), store.read_stream("petition-a")):
        with pytest.raises(CorruptLogError):
            await reading
    with pytest.raises(CorruptLogError):
        await anext(aiter(store.follow(0)))


async def test_one_append_more_than_may_wait_is_refused(store_factory: StoreFactory) -> None:
    store = await store_factory(StoreLimits(queue_appends=10))
    sent = [asyncio.create_task(store.append(one(stream_name(), NO_STREAM))) for _ in range(30)]
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    appended = sum(isinstance(outcome, Appended) for outcome in outcomes)
    assert sum(isinstance(outcome, StoreOverloadedError) for outcome in outcomes) == 30 - appended > 0
    assert (await store.head()).position == appended


async def test_appends_gather_while_a_batch_is_under_way_until_they_are_worth_a_second(
    log_place: LogPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three came one by one while the first was under way, and share a batch; twenty more do not wait."""
    real, batches = Session.append, list[int]()

    async def counted(session: Session, batch: list[EncodedAppend]) -> list[AnswerRow]:
        batches.append(len(batch))
        return await real(session, batch)

    monkeypatch.setattr(Session, "append", counted)
    store = await log_place.open(StoreLimits(share_appends=16))
    async with await log_place.admin() as admin, asyncio.TaskGroup() as tasks:
        await admin.execute("SELECT pg_advisory_lock(1213548910, 'event'::regclass::oid::int)")
        for number in range(4):
            tasks.create_task(store.append(one(f"petition-{number}", NO_STREAM)))
            await asyncio.sleep(0.05)
        assert batches == [1]
        await admin.execute("SELECT pg_advisory_unlock_all()")
        await asyncio.sleep(0.5)
        assert batches == [1, 3]
        await admin.execute("SELECT pg_advisory_lock(1213548910, 'event'::regclass::oid::int)")
        tasks.create_task(store.append(one("petition-first", NO_STREAM)))
        await asyncio.sleep(0.05)
        for number in range(20):
            tasks.create_task(store.append(one(f"petition-more-{number}", NO_STREAM)))
        await asyncio.sleep(0.05)
        assert batches == [1, 3, 1, 20]
        await admin.execute("SELECT pg_advisory_unlock_all()")
    await store.aclose()


async def test_a_store_that_closes_answers_what_still_gathers(log_place: LogPlace) -> None:
    store = await log_place.open()
    sent = [asyncio.create_task(store.append(one("petition-hot"))) for _ in range(5)]
    await asyncio.sleep(0)
    await asyncio.wait_for(store.aclose(), 10)
    assert [outcome.ends[0].version for outcome in await asyncio.gather(*sent)] == [1, 2, 3, 4, 5]


async def test_an_import_larger_than_the_queue_waits_its_turn(store_factory: StoreFactory) -> None:
    store = await store_factory(StoreLimits(queue_appends=10, import_appends=25))
    outcomes = await store.append_many([one(stream_name(), NO_STREAM) for _ in range(100)])
    assert all(isinstance(outcome, Appended) for outcome in outcomes)


async def test_appends_larger_than_a_batch_still_go_through(store_factory: StoreFactory) -> None:
    store = await store_factory(StoreLimits(batch_bytes=1000))
    sent = [appending(write(stream_name(), NO_STREAM, 10)) for _ in range(5)]
    await asyncio.gather(*map(store.append, sent))
    assert (await store.head()).position == 50


async def test_what_another_process_appends_is_seen_within_the_longest_wait(
    store_factory: StoreFactory,
) -> None:
    limits = StoreLimits(poll_maximum_seconds=0.1)
    ours, theirs = await store_factory(limits), await store_factory()
    following = asyncio.ensure_future(anext(aiter(ours.follow(0))))
    await asyncio.sleep(0.3)
    await theirs.append(one(stream_name()))
    (event,) = await asyncio.wait_for(following, 1)
    assert event.position == 1


async def test_followers_of_a_quiet_log_look_once_for_all(
    store_factory: StoreFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await store_factory(StoreLimits(poll_minimum_seconds=0.2, poll_maximum_seconds=0.2))
    looks = 0
    real = store.head

    async def counted() -> LogHead:
        nonlocal looks
        looks += 1
        return await real()

    monkeypatch.setattr(store, "head", counted)
    following = [asyncio.ensure_future(anext(aiter(store.follow(0)))) for _ in range(8)]
    await asyncio.sleep(1.1)
    assert 0 < looks <= 6
    await store.append(one(stream_name()))
    pages = await asyncio.wait_for(asyncio.gather(*following), 1)
    assert [page[0].position for page in pages] == [1] * 8


async def test_a_read_beyond_what_is_known_to_be_durable_flushes_first(
    log_place: LogPlace, store_factory: StoreFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await store_factory()
    flushes = 0
    real = Session.flush

    async def counted(session: Session) -> None:
        nonlocal flushes
        flushes += 1
        await real(session)

    monkeypatch.setattr(Session, "flush", counted)
    unflushed = await Session.open(log_place.dsn, log_place.schema, StoreLimits())
    await append_unflushed(unflushed, one("petition-a"))
    for reading, expected in ((store.read(0), 1), (store.read(0), 1), (store.read_stream("petition-a"), 1)):
        assert len(await reading) == 1
        assert flushes == expected
    await append_unflushed(unflushed, one("petition-a"))
    assert (await store.head()).position == 2
    assert flushes == 2
    await unflushed.aclose()


async def test_the_commit_of_an_append_does_not_wait_for_the_disk(log_place: LogPlace) -> None:
    async with await AsyncConnection.connect(log_place.dsn) as connection:
        session = await Session.open(log_place.dsn, log_place.schema, StoreLimits())
        await append_unflushed(session, one("petition-a"))
        cursor = await connection.execute("SELECT pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()")
        assert await cursor.fetchone() == (True,)
        await session.flush()
        cursor = await connection.execute("SELECT pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()")
        assert await cursor.fetchone() == (False,)
        await session.aclose()


async def test_an_append_on_an_old_snapshot_is_refused(log_place: LogPlace) -> None:
    async with await log_place.service() as connection:
        await connection.execute("SET default_transaction_isolation = 'repeatable read'")
        asked = await connection.execute("SELECT pronargs FROM pg_proc WHERE proname = 'append'")
        row = await asked.fetchone()
        assert row
        missing = ", ".join(["NULL"] * int(str(row[0])))
        with pytest.raises(psycopg.Error, match="READ COMMITTED"):
            await connection.execute(f"SELECT append({missing})".encode())


async def test_a_held_lock_is_waited_for_a_bounded_time_only(
    log_place: LogPlace, store_factory: StoreFactory
) -> None:
    store = await store_factory(StoreLimits(attempts=1))
    async with await log_place.admin() as admin, admin.transaction():
        await admin.execute("SELECT pg_advisory_xact_lock(1213548910, 'event'::regclass::oid::int)")
        with pytest.raises(StoreUnavailableError):
            await store.append(one(stream_name()))
    assert (await store.append(one(stream_name()))).first_position == 1


async def test_a_closed_store_takes_no_more_and_has_answered_all(store_factory: StoreFactory) -> None:
    store = await store_factory()
    sent = [asyncio.create_task(store.append(one(stream_name()))) for _ in range(20)]
    await asyncio.sleep(0)
    await store.aclose()
    assert all(isinstance(outcome, Appended) for outcome in await asyncio.gather(*sent))
    with pytest.raises(StoreUnavailableError):
        await store.append(one(stream_name()))


async def test_what_the_database_cannot_store_is_refused_alone(store_factory: StoreFactory) -> None:
    store = await store_factory()
    sent = [one(stream_name()) for _ in range(5)] + [one("petition-\0")]
    outcomes = await asyncio.gather(*map(store.append, sent), return_exceptions=True)
    assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 5
    assert (await store.head()).position == 5


async def test_followers_at_the_end_read_what_came_once_for_all(
    log_place: LogPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, reads = DurableReads.log, list[int]()

    async def counted(reading: DurableReads, after: int, limit: int) -> list[RecordedEvent]:
        reads.append(after)
        return await real(reading, after, limit)

    monkeypatch.setattr(DurableReads, "log", counted)
    store = await log_place.open()
    seen: list[list[int]] = [[] for _ in range(4)]

    async def follow(positions: list[int], page: int) -> None:
        async for events in store.follow(0, page):
            positions += [event.position for event in events]

    following = [
        asyncio.create_task(follow(one, page)) for one, page in zip(seen, (500, 500, 7, 3), strict=True)
    ]
    for _ in range(10):
        await store.append(appending(write(stream_name(), 0, 2)))
        await asyncio.sleep(0.02)
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)
    await store.aclose()
    assert seen == [list(range(1, 21))] * 4
    assert len(reads) <= 2 * 10

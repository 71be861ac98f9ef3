"""What the event store writes passes the verifier, read by the auditor's role beside the platform's own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionClosed
from huiyin_audit.sources import StoreSource
from huiyin_audit.verify_log import verify_log, verify_logs
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import encode
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import ANY_VERSION, Append, Cursor, EventStore, NewEvent, StreamWrite
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import AUDITOR, provision, role_dsn
from tests.support.databases import PASSWORD, SERVICES, FreshDatabase
from tests.unit.audit.book import START, identity

LOG = "intake@990000"


def event(number: int, name: str) -> NewEvent:
    metadata = EventMetadata(request_id=identity("append", number))
    return encode(UUID(identity("event", f"{number}{name}")), PetitionClosed(), metadata, START)


def append(number: int) -> Append:
    """Two events on one of seven streams, one on another, and a consumer's cursor."""
    writes = (
        StreamWrite(f"petition-{number % 7}", ANY_VERSION, (event(number, "a"), event(number, "b"))),
        StreamWrite(f"petition-x{number % 3}", ANY_VERSION, (event(number, "c"),)),
    )
    return Append(UUID(identity("append", number)), b"", writes, cursor=Cursor("inbox", LOG, number))


def cursor_only(number: int) -> Append:
    return Append(
        UUID(identity("cursor", number)), b"", (), cursor=Cursor("other", "reception@990000", number)
    )


async def fill(store: EventStore, count: int) -> None:
    await asyncio.gather(*(store.append(append(number)) for number in range(1, count + 1)))
    await store.append_many([cursor_only(1), append(3), append(count + 1)])


@pytest.fixture
async def store(fresh_database: FreshDatabase) -> AsyncIterator[PostgresEventStore]:
    opened = await fresh_database.place("intake").open()
    yield opened
    await opened.aclose()


@pytest.fixture
async def auditor_dsn(fresh_database: FreshDatabase) -> str:
    """How the auditor's role reaches the database; it can log in once it has a password."""
    server, name = fresh_database.server_dsn, fresh_database.name
    await provision(server, name, dict.fromkeys(SERVICES, PASSWORD), auditor_password=PASSWORD)
    return role_dsn(server, name, AUDITOR, PASSWORD)


async def test_many_concurrent_appends_verify_with_every_table(
    store: PostgresEventStore, auditor_dsn: str
) -> None:
    await fill(store, 200)
    report = await verify_logs(auditor_dsn, [LOG, "judicial@990000"])
    assert report.sound
    assert [log.event_count for log in report.logs] == [603, 0]
    assert (report.logs[0].stream_count, report.logs[0].not_checked) == (10, ())


async def test_an_event_altered_by_the_administrator_is_named(
    store: PostgresEventStore, fresh_database: FreshDatabase, auditor_dsn: str
) -> None:
    await fill(store, 20)
    async with await fresh_database.place("intake").admin() as admin:
        await admin.execute("ALTER TABLE event DISABLE TRIGGER append_only")
        await admin.execute("UPDATE event SET meta = meta || 'x' WHERE position = 31")
    report = await verify_logs(auditor_dsn, [LOG])
    assert report.logs[0].first_bad_position == 31


async def test_the_same_holds_through_the_port_without_the_tables(store: PostgresEventStore) -> None:
    await fill(store, 40)
    report = await verify_log(StoreSource(store))
    assert (report.findings, report.event_count) == ((), 123)
    assert report.not_checked == ("streams", "requests")


async def test_the_store_in_memory_keeps_the_same_chain() -> None:
    store = MemoryEventStore(LOG, SystemClock())
    await fill(store, 40)
    report = await verify_log(StoreSource(store))
    assert (report.findings, report.event_count) == ((), 123)

"""What the event store writes passes the verifier, read by the auditor's role beside the platform's own."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionClosed
from huiyin_audit.sources import StoreSource
from huiyin_audit.verify_log import verify_log
from huiyin_audit.verify_logs import verify_logs
from huiyin_kernel.codec import encode
from huiyin_kernel.embedded.postgres import EmbeddedPostgres
from huiyin_kernel.store.memory import MemoryEventStore
from huiyin_kernel.store.port import ANY_VERSION, Append, Cursor, EventStore, NewEvent, StreamWrite
from huiyin_kernel.store.postgres import PostgresEventStore
from huiyin_kernel.store.provision import AUDITOR, provision, role_dsn, role_of
from tests.unit.audit.book import START, identity

DATABASE, LOG = "huiyin_audited", "intake@990000"
PASSWORD = "for-this-test-only"


def event(name: str) -> NewEvent:
    metadata = EventMetadata(request_id=identity("request", name))
    return encode(UUID(identity("event", name)), PetitionClosed(), metadata, START)


def append(number: int) -> Append:
    """Two events on one of seven streams, one on another, and a consumer's cursor."""
    writes = (
        StreamWrite(f"petition-{number % 7}", ANY_VERSION, (event(f"{number}a"), event(f"{number}b"))),
        StreamWrite(f"petition-x{number % 3}", ANY_VERSION, (event(f"{number}c"),)),
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
async def store(audit_server: EmbeddedPostgres) -> AsyncIterator[PostgresEventStore]:
    logs = {"intake": PASSWORD}
    await provision(audit_server.admin_dsn, DATABASE, logs, auditor_password=PASSWORD)
    dsn = role_dsn(audit_server.admin_dsn, DATABASE, role_of("intake"), PASSWORD)
    opened = await PostgresEventStore.open(dsn, "intake", LOG)
    yield opened
    await opened.aclose()
    with psycopg.connect(audit_server.admin_dsn, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


async def test_many_concurrent_appends_verify_with_every_table(
    store: PostgresEventStore, audit_server: EmbeddedPostgres
) -> None:
    await fill(store, 200)
    report = await verify_logs(role_dsn(audit_server.admin_dsn, DATABASE, AUDITOR, PASSWORD), [LOG])
    assert report.logs[0].findings == ()
    assert (report.logs[0].event_count, report.logs[0].stream_count) == (603, 10)
    assert report.logs[0].not_checked == ()


async def test_an_event_altered_by_the_administrator_is_named(
    store: PostgresEventStore, audit_server: EmbeddedPostgres
) -> None:
    await fill(store, 20)
    admin = role_dsn(audit_server.admin_dsn, DATABASE, "huiyin_admin", admin_password(audit_server))
    with psycopg.connect(admin) as connection:
        connection.execute("ALTER TABLE intake.event DISABLE TRIGGER append_only")
        connection.execute("UPDATE intake.event SET meta = meta || 'x' WHERE position = 31")
    report = await verify_logs(role_dsn(audit_server.admin_dsn, DATABASE, AUDITOR, PASSWORD), [LOG])
    assert report.logs[0].first_bad_position == 31


def admin_password(server: EmbeddedPostgres) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(server.admin_dsn)["password"])


async def test_the_same_holds_through_the_port_without_the_tables(store: PostgresEventStore) -> None:
    await fill(store, 40)
    report = await verify_log(StoreSource(store))
    assert (report.findings, report.event_count) == ((), 123)
    assert report.not_checked == ("streams", "requests")


async def test_the_store_in_memory_keeps_the_same_chain() -> None:
    store = MemoryEventStore(LOG)
    await fill(store, 40)
    report = await verify_log(StoreSource(store))
    assert (report.findings, report.event_count) == ((), 123)

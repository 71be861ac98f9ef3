"""Provisioning: made once, the same again, kept up to date, refused with a clear word."""

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store import provision as provisioning
from huiyin_store import schema as schemas
from huiyin_store.port import StoreError
from huiyin_store.provision import AUDITOR, ProvisionError, ReaderProcess, provision, role_dsn, role_of
from huiyin_store.schema import SchemaChangedError
from tests.contract.store_making import one, stream_name
from tests.support.databases import PASSWORD, SERVICES, FreshDatabase


async def again(database: FreshDatabase, **options: object) -> None:
    """Provisions the same database once more."""
    logs = dict.fromkeys(SERVICES, PASSWORD)
    await provision(database.server_dsn, database.name, logs, **options)  # type: ignore[arg-type] # passed on


async def test_running_it_again_changes_nothing(fresh_database: FreshDatabase) -> None:
    place = fresh_database.place("intake")
    store = await place.open()
    await store.append(one(stream_name()))
    async with await place.admin() as admin:
        query = (
            "SELECT oid, xmin FROM pg_proc WHERE pronamespace = 'intake'::regnamespace AND proname = 'append'"
        )
        before = await (await admin.execute(query)).fetchall()
        await again(fresh_database)
        after = await (await admin.execute(query)).fetchall()
    assert [row[0] for row in before] == [row[0] for row in after]
    assert (await store.append(one(stream_name()))).first_position == 2
    await store.aclose()


async def test_a_schema_without_a_log_is_named_when_it_is_opened(fresh_database: FreshDatabase) -> None:
    place = replace(fresh_database.place("intake"), schema="nowhere")
    with pytest.raises(StoreError, match="schema nowhere has no log"):
        await place.open()


async def test_changed_functions_are_replaced_under_open_stores(
    fresh_database: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await fresh_database.place("intake").open()
    await store.append(one(stream_name()))
    changed = tmp_path / "functions.sql"
    changed.write_text(schemas.FUNCTIONS.read_text() + "\n-- a remark\n")
    monkeypatch.setattr(schemas, "FUNCTIONS", changed)
    await again(fresh_database)
    assert (await store.append(one(stream_name()))).first_position == 2
    await store.aclose()


BEFORE_SCOPES = (
    "ALTER TABLE request DROP CONSTRAINT request_pkey",
    "ALTER TABLE request DROP COLUMN scope",
    "ALTER TABLE request ADD PRIMARY KEY (request_id)",
    "DELETE FROM schema_version WHERE name IN ('request_scopes.sql', 'functions.sql')",
)
"""Makes a log as version 0.1 had it."""


async def test_a_request_recorded_before_there_were_scopes_is_known_after_the_upgrade(
    fresh_database: FreshDatabase,
) -> None:
    """And a name that somebody took then is free: who had it is told by the fingerprint alone."""
    place = fresh_database.place("intake")
    sent = replace(one("petition-a"), scope="caller/990101/")
    store = await place.open()
    first = await store.append(sent)
    await store.aclose()
    async with await place.admin() as admin:
        for statement in BEFORE_SCOPES:
            await admin.execute(statement)
    await again(fresh_database)
    store = await place.open()
    assert await store.append(sent) == replace(first, repeated=True)
    assert await store.find(sent.scope, sent.request_id, sent.fingerprint) == replace(first, repeated=True)
    for other in (replace(one("petition-b"), request_id=sent.request_id, fingerprint=b""), sent):
        answer = await store.append(other)
        assert answer.repeated is (other is sent)
    await store.aclose()


async def test_tables_beside_the_log_are_made_once_and_open_to_the_service(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    rows = tmp_path / "rows.sql"
    rows.write_text("CREATE TABLE clock_row (id bigserial PRIMARY KEY, due timestamptz)")
    for _ in range(2):
        await again(fresh_database, extra={"supervision": [rows]})
    async with await fresh_database.place("supervision").service() as service:
        await service.execute("INSERT INTO clock_row (due) VALUES (now())")
        await service.execute("UPDATE clock_row SET due = NULL")
        await service.execute("DELETE FROM clock_row")
        with pytest.raises(errors.InsufficientPrivilege):
            await service.execute("DELETE FROM event")
    rows.write_text("CREATE TABLE clock_row (id bigint)")
    with pytest.raises(SchemaChangedError, match="add another file"):
        await again(fresh_database, extra={"supervision": [rows]})


async def test_the_auditor_reads_everything_and_changes_nothing(fresh_database: FreshDatabase) -> None:
    await again(fresh_database, auditor_password="an auditor's")
    dsn = role_dsn(fresh_database.server_dsn, fresh_database.name, AUDITOR, "an auditor's")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as auditor:
        for schema in SERVICES:
            for table in schemas.STORE_TABLES:
                await auditor.execute(f"SELECT FROM {schema}.{table}".encode())
            with pytest.raises(errors.InsufficientPrivilege):
                await auditor.execute(f"DELETE FROM {schema}.event".encode())
            with pytest.raises(errors.InsufficientPrivilege):
                await auditor.execute(f"SELECT {schema}.destroy_keys('x', '{{}}')".encode())


async def test_a_reader_has_its_own_tables_and_reads_what_it_was_given(
    fresh_database: FreshDatabase, tmp_path: Path
) -> None:
    tables = tmp_path / "lease.sql"
    tables.write_text("CREATE TABLE lease (source text PRIMARY KEY)")
    reader = ReaderProcess("a relay's", [tables], {"intake": ["event", "dead_letter"]})
    for _ in range(2):
        await again(fresh_database, readers={"relay": reader})
    dsn = role_dsn(fresh_database.server_dsn, fresh_database.name, role_of("relay"), "a relay's")
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as relay:
        await relay.execute("INSERT INTO relay.lease VALUES ('intake@990000')")
        await relay.execute("SELECT FROM intake.event, intake.dead_letter")
        for forbidden in ("SELECT FROM intake.key", "SELECT FROM judicial.event", "DELETE FROM intake.event"):
            with pytest.raises(errors.InsufficientPrivilege):
                await relay.execute(forbidden.encode())


async def test_the_servers_log_never_sees_a_password(
    postgres_server: EmbeddedPostgres, fresh_database: FreshDatabase
) -> None:
    async with await fresh_database.place("intake").admin() as admin:
        await admin.execute("ALTER SYSTEM SET log_statement = 'all'")
        await admin.execute("SELECT pg_reload_conf()")
        try:
            await again(fresh_database, auditor_password="an auditor's")
        finally:
            await admin.execute("ALTER SYSTEM RESET log_statement")
            await admin.execute("SELECT pg_reload_conf()")
    log = postgres_server.log_file.read_text()
    assert "SCRAM-SHA-256" in log
    assert PASSWORD not in log
    assert "an auditor's" not in log


@pytest.mark.parametrize("name", ["Intake", "1st", 'a"; DROP TABLE event; --', "", "x" * 40])
async def test_an_odd_schema_name_is_refused(postgres_server: EmbeddedPostgres, name: str) -> None:
    with pytest.raises(ProvisionError, match="schema"):
        await provision(postgres_server.admin_dsn, "never_made", {name: PASSWORD})


def test_an_older_server_is_refused() -> None:
    provisioning._check_version(17_00_00)
    with pytest.raises(ProvisionError, match="17 or newer"):
        provisioning._check_version(16_00_09)

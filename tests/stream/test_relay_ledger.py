"""The relay's cursors and rejected records in PostgreSQL: fenced by epochs, whoever wakes up late."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from psycopg import AsyncConnection, errors

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_relay.ledger import RelayLedger
from huiyin_store.lease import LeaseLimits, LeaseLostError
from huiyin_store.letters import NewLetter
from tests.support.leasing import Holder, taken_over
from tests.support.relaying import RelayDatabase, relay_database


def source_name() -> str:
    """A source that no other test uses."""
    return f"log-{uuid4()}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[RelayDatabase]:
    made = await relay_database(postgres_server.admin_dsn)
    yield made
    await made.database.drop()


@pytest.fixture
async def ledger(database: RelayDatabase) -> AsyncIterator[RelayLedger]:
    opened = RelayLedger(database.dsn)
    yield opened
    await opened.aclose()


async def test_the_cursor_moves_forward_only(ledger: RelayLedger, database: RelayDatabase) -> None:
    source = source_name()
    await taken_over(database.dsn, "relay", source)
    assert await ledger.cursor(source) == 0
    for position in (7, 5):
        await ledger.advance(source, 1, position)
    assert await ledger.cursor(source) == 7


async def test_a_relay_that_wakes_up_late_moves_no_cursor_and_rejects_nothing(
    ledger: RelayLedger, database: RelayDatabase
) -> None:
    source = source_name()
    for _ in range(2):
        await taken_over(database.dsn, "relay", source)
    with pytest.raises(LeaseLostError, match=source):
        await ledger.advance(source, 1, 9)
    with pytest.raises(LeaseLostError):
        await ledger.reject(source, 1, 9, NewLetter(uuid4(), "relay", b"letter"))
    assert await ledger.cursor(source) == 0
    await ledger.advance(source, 2, 3)
    assert await ledger.cursor(source) == 3


async def test_whoever_takes_a_lease_over_waits_for_a_cursor_on_its_way(
    ledger: RelayLedger, database: RelayDatabase
) -> None:
    source = source_name()
    await taken_over(database.dsn, "relay", source)
    options = "-c search_path=relay"
    async with await AsyncConnection.connect(database.dsn, options=options) as slow:
        await slow.execute("SELECT advance(%s, 1::bigint, 5::bigint)", (source,))
        await slow.execute("UPDATE lease SET until = '-infinity' WHERE name = %s", (source,))
        await slow.commit()
        await slow.execute("SELECT advance(%s, 1::bigint, 7::bigint)", (source,))
        second = Holder(database.dsn, "relay", "second", source, limits=LeaseLimits())
        await asyncio.sleep(0.4)
        assert not second.told
        await slow.commit()
    await second.until_told({source: 2})
    assert await ledger.cursor(source) == 7
    await second.end()


async def test_a_rejected_record_is_kept_once_and_in_dense_order(
    ledger: RelayLedger, database: RelayDatabase
) -> None:
    source, other = source_name(), source_name()
    for name in (source, other):
        await taken_over(database.dsn, "relay", name)
    for name, position in ((source, 3), (other, 3), (source, 3), (source, 8)):
        await ledger.reject(name, 1, position, NewLetter(uuid4(), "relay", b"letter"))
    async with await AsyncConnection.connect(database.dsn) as connection:
        query = "SELECT sequence, source, position FROM relay.rejected ORDER BY sequence"
        rows = await (await connection.execute(query)).fetchall()
    assert rows == [(1, source, 3), (2, other, 3), (3, source, 8)]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM intake.event",
        "INSERT INTO intake.dead_letter SELECT * FROM intake.dead_letter",
        "SELECT intake.bury(gen_random_uuid(), 'x', '', '', 0)",
        "SELECT FROM intake.key",
        "UPDATE streams.timeline_entry SET number = 1",
        "SELECT FROM exchange.receipt",
    ],
)
async def test_the_relay_may_read_what_it_publishes_and_nothing_else(
    database: RelayDatabase, statement: str
) -> None:
    async with await AsyncConnection.connect(database.dsn, autocommit=True) as relay:
        for readable in ("intake.event", "judicial.dead_letter", "streams.timeline_entry"):
            await relay.execute(f"SELECT FROM {readable}".encode())
        with pytest.raises(errors.InsufficientPrivilege):
            await relay.execute(statement.encode())

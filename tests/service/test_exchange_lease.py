"""One exchange at a time: another takes over at once when the first is gone, in time when it stands still."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_exchange import lease as leases
from huiyin_exchange.lease import Lease, LeaseLostError
from huiyin_exchange.receipts import Connection, Receipts
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.ids import uuid7
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.provision import provision, role_dsn, role_of
from tests.support.calling import HOUSING

SECONDS = 10.0


@pytest.fixture
async def dsn(postgres_server: EmbeddedPostgres) -> str:
    """The exchange's access to a database of its own."""
    database, password = f"lease_{secrets.token_hex(6)}", secrets.token_urlsafe(16)
    tables = {"exchange": READ_MODEL_TABLES["exchange"]}
    await provision(postgres_server.admin_dsn, database, {"exchange": password}, extra=tables)
    return role_dsn(postgres_server.admin_dsn, database, role_of("exchange"), password)


class Holder:
    """A process of the exchange, as far as its lease goes."""

    def __init__(self, dsn: str) -> None:
        self.lease = Lease(dsn)
        self.running = asyncio.ensure_future(self.lease.run())

    async def holds(self) -> None:
        await asyncio.wait_for(self.lease.until_held(), SECONDS)

    async def end(self) -> None:
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


@pytest.fixture
async def holders(dsn: str) -> AsyncIterator[tuple[Holder, Holder]]:
    """Two processes: the first is at work, the second waits."""
    first = Holder(dsn)
    await first.holds()
    second = Holder(dsn)
    yield first, second
    await first.end()
    await second.end()


async def given(dsn: str, holder: Holder) -> AgencyReceipt:
    """A receipt that a holder gives."""
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(dsn, open=False, kwargs={"autocommit": True})
    async with pool:
        receipts = Receipts(pool, holder.lease, SystemClock())
        receipt = AgencyReceipt(message_id=str(uuid7()))
        return (await receipts.give(HOUSING, receipt, b"mark", None, None)).receipt


async def test_the_second_waits_while_the_first_is_at_work(holders: tuple[Holder, Holder]) -> None:
    first, second = holders
    await asyncio.sleep(0.5)
    assert (first.lease.is_held, second.lease.is_held) == (True, False)
    assert first.lease.seconds_left > leases.LEASE_SECONDS - leases.RENEW_SECONDS - 1
    assert second.lease.seconds_left < 0


async def test_the_second_takes_over_at_once_when_the_first_is_gone(
    dsn: str, holders: tuple[Holder, Holder]
) -> None:
    first, second = holders
    assert (await given(dsn, first)).number == 1
    await first.end()
    begun = asyncio.get_running_loop().time()
    await second.holds()
    assert asyncio.get_running_loop().time() - begun < leases.LEASE_SECONDS / 2
    assert (second.lease.epoch, (await given(dsn, second)).number) == (2, 2)


async def test_the_second_takes_over_in_time_from_one_that_stands_still_and_that_one_writes_no_more(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "LEASE_SECONDS", 1.0)
    monkeypatch.setattr(leases, "RENEW_SECONDS", 2.5)
    first = Holder(dsn)
    await first.holds()
    second = Holder(dsn)
    await second.holds()
    with pytest.raises(LeaseLostError):
        await given(dsn, first)
    assert (await given(dsn, second)).number == 1
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(first.running, SECONDS)
    await second.end()


async def test_a_lease_survives_the_loss_of_its_connection(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "RENEW_SECONDS", 0.2)
    holder = Holder(dsn)
    await holder.holds()
    before = holder.lease.seconds_left
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = %s AND datname = current_database()",
            ("huiyin exchange lease",),
        )
    await asyncio.sleep(2.0)
    assert not holder.running.done()
    assert holder.lease.seconds_left > before - 1.0
    assert (await given(dsn, holder)).number == 1
    await holder.end()

"""A receipt is given under the lease of the exchange, and by nobody who has lost it."""

import asyncio
import secrets

import pytest
from psycopg_pool import AsyncConnectionPool

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_exchange.receipts import Connection, Receipts, lease_of
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.ids import uuid7
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.lease import Lease, LeaseLimits, LeaseLostError
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


async def given(dsn: str, lease: Lease) -> int:
    """The number of a receipt that is given under a lease."""
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(dsn, open=False, kwargs={"autocommit": True})
    async with pool:
        receipts = Receipts(pool, lease, SystemClock())
        receipt = AgencyReceipt(message_id=str(uuid7()))
        return (await receipts.give(HOUSING, receipt, b"mark", None, None)).receipt.number


async def test_who_stood_still_for_too_long_gives_no_receipt_any_more(dsn: str) -> None:
    first, second = lease_of(dsn, LeaseLimits(lease_seconds=1.0, renew_seconds=4.0)), lease_of(dsn)
    running = asyncio.ensure_future(first.run())
    await asyncio.wait_for(first.until_held(), SECONDS)
    assert await given(dsn, first) == 1
    waiting = asyncio.ensure_future(second.run())
    await asyncio.wait_for(second.until_held(), SECONDS)
    with pytest.raises(LeaseLostError):
        await given(dsn, first)
    assert (second.epoch, await given(dsn, second)) == (2, 2)
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(running, SECONDS)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

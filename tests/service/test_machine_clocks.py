"""A service whose machine's clock is wrong records no lateness, says so, and goes on with everything else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from grpc import StatusCode, aio

from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin.supervision.v1.service_pb2 import ListClocksRequest
from huiyin_cli.client import Client
from huiyin_domain.context import Role
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.timekeeping import DATABASE, LOG, Timekeeper
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.port import WorldClock
from huiyin_store.postgres import PostgresEventStore
from tests.contract.store_making import one, stream_name
from tests.support.calling import OFFICE, filing, info, registered
from tests.support.databases import LogPlace
from tests.support.platform import Platform, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAYS = timedelta(days=40)
"""Longer than any case may wait to be routed (T1, Art. 22: 15 days)."""
TICKS_SECONDS = 4.0
"""Several rounds of looking for due clocks."""
PASSED = DeadlinePassed.DESCRIPTOR.full_name


class ShiftedClock:
    """A machine's clock that was set wrong by so much."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass(frozen=True)
class Machine:
    """A platform on a machine whose clock can be set."""

    platform: Platform
    clock: ShiftedClock
    clients: AsyncExitStack

    async def office(self) -> Client:
        """An officer of the office, with a token that is good now by this machine's clock."""
        name = self.platform.employ(OFFICE, Role.OFFICER, clock=self.clock)
        return await self.clients.enter_async_context(self.platform.client(name))

    async def shows(self, doubted: bool) -> None:
        """Waits until the metric says that the clock is doubted, or is not."""

        async def shown() -> bool:
            return bool(metrics.MACHINE_CLOCK_DOUBTED._value.get() == float(doubted))

        await eventually(shown, f"doubt {doubted}")

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """What the database holds."""
        async with await psycopg.AsyncConnection.connect(self.platform.admin_dsn) as admin:
            return await (await admin.execute(query.encode())).fetchall()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def machine(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Machine]:
    clock = ShiftedClock()
    async with (
        running(postgres_server.admin_dsn, home, clock, clock_seconds_max=60.0) as platform,
        AsyncExitStack() as clients,
    ):
        yield Machine(platform, clock, clients)


async def test_while_the_clock_is_wrong_no_lateness_is_recorded_and_filings_are(machine: Machine) -> None:
    client = await machine.office()
    case_id = await registered(client)

    async def has_clock() -> bool:
        return bool(await machine.rows(f"SELECT FROM supervision.clock_row WHERE case_id = '{case_id}'"))

    await eventually(has_clock, "the clock of the case")
    machine.clock.ahead = DAYS
    await machine.shows(doubted=True)
    late = await machine.office()
    other = await registered(late)
    await late.supervision.ListClocks(ListClocksRequest())
    await asyncio.sleep(TICKS_SECONDS)
    assert await machine.rows(f"SELECT FROM supervision.event WHERE type = '{PASSED}'") == []
    found = await machine.rows("SELECT count(*) FROM intake.event WHERE occurred > clock_timestamp()")
    assert found == [(0,)], "nothing lies in the future of the database"
    (names,) = await machine.rows(f"SELECT count(*) FROM intake.event WHERE stream = 'petition-{other}'")
    assert names != (0,)


async def test_an_act_in_the_databases_future_is_refused_though_the_own_clock_calls_it_past(
    machine: Machine,
) -> None:
    machine.clock.ahead = DAYS
    await machine.shows(doubted=True)
    client = await machine.office()
    request = filing(info=info(SystemClock().now() + DAYS / 2))
    with pytest.raises(aio.AioRpcError) as refused:
        await client.intake.RegisterPetition(request)
    assert refused.value.code() is StatusCode.INVALID_ARGUMENT
    assert "in the future" in str(refused.value.details())


async def test_a_clock_that_is_set_right_again_is_believed_again(machine: Machine) -> None:
    machine.clock.ahead = -DAYS
    await machine.shows(doubted=True)
    machine.clock.ahead = timedelta()
    await machine.shows(doubted=False)


async def _beyond(store: PostgresEventStore, own: WorldClock) -> list[str]:
    return [one.against for one in await Timekeeper(own, store, timedelta(seconds=60)).look()]


async def test_the_databases_clock_and_the_logs_last_time_are_those_of_postgresql(
    log_place: LogPlace,
) -> None:
    own, store = ShiftedClock(), await log_place.open()
    assert await _beyond(store, own) == []
    for own.ahead in (DAYS, -DAYS):
        assert await _beyond(store, own) == [DATABASE]
    own.ahead = timedelta()
    await store.append(one(stream_name()))
    async with await log_place.admin() as admin:
        await admin.execute("ALTER TABLE event DISABLE TRIGGER append_only")
        await admin.execute("UPDATE event SET recorded = recorded + interval '2 days'")
    assert await _beyond(store, own) == [LOG]
    await store.aclose()

"""Leases, in each schema that has them: one has it, until it is gone or has stood still for too long."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.lease import Lease, LeaseLimits, LeaseLostError
from tests.support.leasing import Holder, taken_over
from tests.support.relaying import RelayDatabase, relay_database

LONG = LeaseLimits(lease_seconds=30.0, renew_seconds=0.1)
BRIEF = LeaseLimits(lease_seconds=1.0, renew_seconds=0.1)
SECONDS = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[RelayDatabase]:
    made = await relay_database(postgres_server.admin_dsn)
    yield made
    await made.database.drop()


@dataclass(frozen=True, slots=True)
class Place:
    """A schema with leases, reached as its process does, and a lease that no other test uses."""

    dsn: str
    schema: str
    name: str

    def holder(self, owner: str, *more: str, limits: LeaseLimits = LONG) -> Holder:
        """A process that wants the lease, under a name that no other has."""
        return Holder(self.dsn, self.schema, f"{owner} {uuid4()}", self.name, *more, limits=limits)

    def lease(self, owner: str, limits: LeaseLimits = LONG) -> Lease:
        """The lease, for a process that ends with it."""
        return Lease(self.dsn, self.schema, f"{owner} {uuid4()}", self.name, limits)

    async def cut(self) -> None:
        """Ends the connections of those who have leases here, as the end of their processes would."""
        async with await AsyncConnection.connect(self.dsn, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                (f"huiyin store {self.schema}",),
            )


@pytest.fixture(params=["relay", "exchange"])
def place(database: RelayDatabase, request: pytest.FixtureRequest) -> Place:
    schema = str(request.param)
    dsn = database.dsn if schema == "relay" else database.database.place(schema).dsn
    return Place(dsn, schema, f"lease-{uuid4()}")


async def within(seconds: float, waited_for: Callable[[], bool]) -> None:
    async with asyncio.timeout(seconds):
        while not waited_for():
            await asyncio.sleep(0.02)


async def test_one_gets_it_and_another_waits_while_that_one_lives(place: Place) -> None:
    first = place.holder("first")
    await first.until_told({place.name: 1})
    second = place.holder("second", f"{place.name}-of-its-own")
    await second.until_told({f"{place.name}-of-its-own": 1})
    await asyncio.sleep(0.4)
    assert (len(first.told), len(second.told)) == (1, 1)
    assert first.leases.seconds_left(place.name) > LONG.lease_seconds - 5
    assert second.leases.seconds_left(place.name) < 0
    await first.end()
    await second.end()


async def test_of_many_exactly_one_gets_each(place: Place) -> None:
    names = [f"{place.name}-{number}" for number in range(10)]
    holders = [place.holder(str(number), *names) for number in range(6)]
    await within(SECONDS, lambda: sum(len(one.leases.held) for one in holders) == len(names) + 1)
    await asyncio.sleep(0.3)
    assert sorted(name for one in holders for name in one.leases.held) == sorted([place.name, *names])
    for one in holders:
        await one.end()


async def test_what_is_given_back_is_free_at_once(place: Place) -> None:
    first = place.holder("first")
    await first.until_told({place.name: 1})
    await first.end()
    second = place.holder("second")
    await second.until_told({place.name: 2}, 5.0)
    await first.leases.release()  # again: no longer its to give
    third = place.holder("third")
    await asyncio.sleep(0.3)
    assert not third.told
    await second.end()
    await third.end()


async def test_what_a_process_had_that_is_gone_is_free_at_once(place: Place) -> None:
    first = place.holder("first")
    await first.until_told({place.name: 1})
    second = place.holder("second")
    await first.stand_still()
    await place.cut()
    await second.until_told({place.name: 2}, 5.0)
    await first.end()
    await second.end()


async def test_a_process_that_stands_still_keeps_it_for_its_time_only(place: Place) -> None:
    first = place.holder("first", limits=BRIEF)
    await first.until_told({place.name: 1})
    await first.stand_still()
    second, begun = place.holder("second"), time.monotonic()
    await second.until_told({place.name: 2})
    assert time.monotonic() - begun > BRIEF.lease_seconds / 2
    assert not first.leases.held
    await first.end()
    assert second.leases.held == {place.name: 2}
    await second.end()


async def test_what_ran_out_and_nobody_took_is_renewed_under_its_epoch(place: Place) -> None:
    holder = place.holder("only", limits=LeaseLimits(lease_seconds=0.5, renew_seconds=1.0))
    await holder.until_told({place.name: 1})
    await within(SECONDS, lambda: not holder.leases.held)
    await within(SECONDS, lambda: holder.leases.held == {place.name: 1})
    await holder.end()


async def test_it_outlives_a_lost_connection_when_nobody_waits(place: Place) -> None:
    holder = place.holder("only")
    await holder.until_told({place.name: 1})
    before = holder.leases.seconds_left(place.name)
    await place.cut()
    await asyncio.sleep(1.0)
    assert (holder.leases.held, len(holder.told)) == ({place.name: 1}, 1)
    assert holder.leases.seconds_left(place.name) > before - 0.9
    await holder.end()


async def test_it_was_taken_over_so_what_was_done_under_it_fails_and_its_process_ends(place: Place) -> None:
    lease = place.lease("first")
    running = asyncio.ensure_future(lease.run())
    await asyncio.wait_for(lease.until_held(), SECONDS)
    async with await AsyncConnection.connect(place.dsn) as connection:
        await lease.fence(connection)
    assert (await taken_over(place.dsn, place.schema, place.name), lease.epoch) == (2, 1)
    async with await AsyncConnection.connect(place.dsn) as connection:
        with pytest.raises(LeaseLostError, match=place.name):
            await lease.fence(connection)
    with pytest.raises(LeaseLostError):
        await asyncio.wait_for(running, SECONDS)
    assert not lease.is_held


async def test_who_takes_it_over_waits_for_what_is_done_under_it_and_renewing_does_not(place: Place) -> None:
    lease = place.lease("first", BRIEF)
    running = asyncio.ensure_future(lease.run())
    await asyncio.wait_for(lease.until_held(), SECONDS)
    async with await AsyncConnection.connect(place.dsn) as slow:
        await lease.fence(slow)
        await asyncio.sleep(BRIEF.lease_seconds)
        assert lease.seconds_left > 0
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        second = place.holder("second")
        await asyncio.sleep(0.5)
        assert not second.told
        await slow.commit()
    await second.until_told({place.name: 2})
    await second.end()

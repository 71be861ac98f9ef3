"""A machine's clock is believed while it agrees with database, log and time server, within a bound."""

import logging
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from huiyin_kernel.clock import ManualClock
from huiyin_kernel.ids import uuid7
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.timekeeping import (
    DATABASE,
    LOG,
    REFERENCE,
    REFERENCE_SECONDS,
    NoTimeError,
    Timekeeper,
    TimeServer,
)
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import WorldClock
from tests.contract.store_making import one, stream_name
from tests.support.time_server import serving_time

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
BOUND = timedelta(seconds=60)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class Machines:
    """Two machines: a service's, and the one of its database."""

    def __init__(self, reference: TimeServer | None = None) -> None:
        self.own, self.database = ManualClock(NOW), ManualClock(NOW)
        self.store = MemoryEventStore("supervision@990000", self.database)
        self.keeper = Timekeeper(self.own, self.store, BOUND, reference)

    async def found(self, own: timedelta) -> list[str]:
        """What is beyond the bound when the service's clock is ahead by so much."""
        self.own.set(self.database.now() + own)
        return [one.against for one in await self.keeper.look()]


@pytest.mark.parametrize("ahead", [BOUND - SECOND, SECOND - BOUND, timedelta()])
async def test_a_clock_that_differs_by_no_more_than_the_bound_is_believed(ahead: timedelta) -> None:
    machines = Machines()
    assert await machines.found(ahead) == []
    assert machines.keeper.now() == NOW + ahead


@pytest.mark.parametrize("ahead", [BOUND + SECOND, -BOUND - SECOND, 40 * DAY, -40 * DAY])
async def test_a_clock_that_differs_from_the_databases_is_not_believed(ahead: timedelta) -> None:
    assert await Machines().found(ahead) == [DATABASE]


@pytest.mark.parametrize("ahead", [40 * DAY, -40 * DAY])
async def test_commands_are_judged_by_the_databases_clock_while_the_own_one_is_not_believed(
    ahead: timedelta,
) -> None:
    machines = Machines()
    await machines.found(ahead)
    assert NOW <= machines.keeper.now() < NOW + SECOND


async def test_a_clock_that_is_set_wrong_between_two_looks_is_noticed_by_the_next_command() -> None:
    machines = Machines()
    assert await machines.found(timedelta()) == []
    machines.own.set(NOW + 40 * DAY)
    assert NOW <= machines.keeper.now() < NOW + SECOND


async def test_a_clock_behind_the_last_event_is_not_believed_even_with_the_database() -> None:
    machines = Machines()
    machines.database.set(NOW + DAY)
    await machines.store.append(one(stream_name()))
    machines.database.set(NOW)
    assert await machines.found(timedelta()) == [LOG]


async def test_to_be_later_than_the_last_event_is_nothing() -> None:
    machines = Machines()
    await machines.store.append(one(stream_name()))
    machines.database.set(NOW + 40 * DAY)
    assert await machines.found(timedelta()) == []


async def test_a_time_server_tells_what_service_and_database_have_wrong_alike() -> None:
    async with serving_time(lambda: NOW - DAY) as server:
        assert await Machines(server).found(timedelta()) == [REFERENCE]


async def test_a_time_server_that_agrees_changes_nothing() -> None:
    async with serving_time(lambda: NOW + SECOND) as server:
        assert await Machines(server).found(timedelta()) == []


async def test_a_time_server_that_is_cut_off_does_not_keep_lateness_from_the_record() -> None:
    class Silent(TimeServer):
        """One that nothing comes back from."""

        async def now(self, clock: WorldClock) -> datetime:
            raise NoTimeError("cut off")

    before = metrics.MACHINE_CLOCK_UNANSWERED._value.get()
    assert await Machines(Silent("127.0.0.1")).found(timedelta()) == []
    assert metrics.MACHINE_CLOCK_UNANSWERED._value.get() == before + 1


async def test_a_time_server_is_asked_now_and_then() -> None:
    asked: list[UUID] = []

    def now() -> datetime:
        asked.append(uuid7())
        return NOW

    async with serving_time(now) as server:
        machines = Machines(server)
        await machines.found(timedelta())
        await machines.found(timedelta())
        assert len(asked) == 1
        machines.database.set(NOW + timedelta(seconds=REFERENCE_SECONDS))
        await machines.found(timedelta())
        assert len(asked) == 2


async def test_an_answer_that_takes_long_says_little() -> None:
    """The other clock was read at some moment in between: no more than that is sure."""
    machines = Machines()

    class Slow(MemoryEventStore):
        """A database that takes three minutes to answer."""

        async def clock(self) -> datetime:
            machines.own.set(machines.own.now() + timedelta(minutes=3))
            return NOW

    keeper = Timekeeper(machines.own, Slow("supervision@990000", machines.own), BOUND)
    assert [one.against for one in await keeper.look()] == []


async def test_it_is_said_once_and_shown_all_the_time(caplog: pytest.LogCaptureFixture) -> None:
    machines = Machines()
    with caplog.at_level(logging.INFO, "huiyin_kernel.timekeeping"):
        await machines.found(DAY)
        await machines.found(DAY)
        assert metrics.MACHINE_CLOCK_DOUBTED._value.get() == 1
        assert metrics.MACHINE_CLOCK_AHEAD.labels(DATABASE)._value.get() == DAY.total_seconds()
        await machines.found(timedelta())
        assert metrics.MACHINE_CLOCK_DOUBTED._value.get() == 0
    said = [record.getMessage() for record in caplog.records]
    wrong = "the clock is 86400 s ahead of the database's; no lateness is recorded until it is set right"
    right = "the clock agrees again with what it is compared with"
    assert said == [f"supervision@990000: {wrong}", f"supervision@990000: {right}"]

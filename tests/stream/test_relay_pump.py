"""A pump publishes its source in order, repeats after failures, skips nothing and is stopped by no record."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from huiyin.dead.v1.types_pb2 import DeadLetter, ParkedPosition
from huiyin_kafka.publish import PublishError
from huiyin_kernel.arrived import Record
from huiyin_kernel.clock import SystemClock
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_relay.batches import RelayLimits
from huiyin_relay.ledger import RelayLedger
from huiyin_relay.pump import Pump
from huiyin_store.lease import LeaseLostError
from tests.support.leasing import taken_over
from tests.support.memory_broker import MemoryBroker, MemoryPublisher, MemoryTopic
from tests.support.relaying import ListSource, RelayDatabase, relay_database

TOPIC = "huiyin.test.v1.events"
LIMITS = RelayLimits(batch_records=10, retry_seconds_first=0.01, retry_seconds_max=0.02)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[RelayDatabase]:
    made = await relay_database(postgres_server.admin_dsn)
    yield made
    await made.database.drop()


class Bench:
    """A source, brokers in memory and a ledger; pumps come and go."""

    def __init__(self, database: RelayDatabase, ledger: RelayLedger, name: str) -> None:
        self.database, self.ledger = database, ledger
        self.source = ListSource(name, TOPIC)
        self.broker = MemoryBroker()
        self.broker.topics[TOPIC] = MemoryTopic(3, 1000)
        self.publisher: MemoryPublisher = MemoryPublisher(self.broker)

    async def pump(self) -> Pump:
        """A pump under a fresh lease."""
        epoch = await taken_over(self.database.dsn, "relay", self.source.name)
        return Pump(self.source, self.publisher, self.ledger, epoch, SystemClock(), None, LIMITS)

    @asynccontextmanager
    async def pumping(self) -> AsyncIterator[asyncio.Task[None]]:
        """A pump at work."""
        task = asyncio.ensure_future((await self.pump()).run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def positions(self) -> list[list[int]]:
        """The positions in each partition, as published."""
        return [
            [int(dict(record.headers)["ce_position"]) for record in partition]
            for partition in self.broker.topics[TOPIC].records
        ]

    def published(self) -> set[int]:
        """The positions published so far."""
        return {position for partition in self.positions() for position in partition}

    async def until(self, happened: Callable[[], bool]) -> None:
        """Waits."""
        async with asyncio.timeout(10):
            while not happened():
                await asyncio.sleep(0.005)

    async def until_saved(self, position: int) -> None:
        """Waits until the cursor is there."""
        async with asyncio.timeout(10):
            while await self.ledger.cursor(self.source.name) < position:
                await asyncio.sleep(0.005)

    def records(self) -> list[Record]:
        """Everything published."""
        return [record for partition in self.broker.topics[TOPIC].records for record in partition]


@pytest.fixture
async def bench(database: RelayDatabase, request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    ledger = RelayLedger(database.dsn)
    yield Bench(database, ledger, f"{request.node.name[-40:]}@990000")
    await ledger.aclose()


async def test_history_and_then_what_comes_is_published_in_order(bench: Bench) -> None:
    bench.source.add(*[b"value"] * 95)
    async with bench.pumping():
        await bench.until_saved(95)
        bench.source.add(*[b"later"] * 10)
        await bench.until_saved(105)
    assert all(partition == sorted(partition) for partition in bench.positions())
    assert sorted(position for partition in bench.positions() for position in partition) == list(
        range(1, 106)
    )


async def test_brokers_that_are_away_delay_and_nothing_is_missing(bench: Bench) -> None:
    bench.source.add(*[b"value"] * 25)
    bench.broker.is_away = True
    async with bench.pumping() as pump:
        await asyncio.sleep(0.1)
        assert (bench.published(), pump.done()) == (set(), False)
        bench.broker.is_away = False
        await bench.until_saved(25)
    assert bench.published() == set(range(1, 26))


class Flaky(MemoryPublisher):
    """Publishes, but of every second batch only some records, in some partitions, are acknowledged."""

    def __init__(self, broker: MemoryBroker) -> None:
        super().__init__(broker)
        self.calls = 0

    async def publish(self, records: Sequence[Record]) -> None:
        self.calls += 1
        if self.calls % 2:
            await super().publish([record for record in records if record.key == b"case-3"])
            raise PublishError(0, TimeoutError("expired"), rejected=False)
        await super().publish(records)


async def test_a_batch_that_expired_is_sent_again_from_its_first_record(bench: Bench) -> None:
    bench.source.add(*[b"value"] * 40)
    bench.publisher = Flaky(bench.broker)
    async with bench.pumping():
        await bench.until_saved(40)
    assert bench.published() == set(range(1, 41))
    for partition in bench.positions():
        first_seen = list(dict.fromkeys(partition))
        by_case = [[each for each in first_seen if each % 5 == case] for case in range(5)]
        assert all(case == sorted(case) for case in by_case)


@pytest.mark.parametrize("stop_after", range(0, 60, 7))
async def test_a_relay_that_ends_anywhere_is_followed_without_a_gap(bench: Bench, stop_after: int) -> None:
    bench.source.add(*[b"value"] * 60)
    async with bench.pumping():
        await bench.until(lambda: len(bench.published()) >= stop_after)
    saved = await bench.ledger.cursor(bench.source.name)
    assert set(range(1, saved + 1)) <= bench.published()
    async with bench.pumping():
        await bench.until_saved(60)
    assert bench.published() == set(range(1, 61))


async def test_a_rejected_record_is_parked_and_the_log_goes_on(bench: Bench) -> None:
    bench.source.add(*[b"value"] * 14, bytes(2000), *[b"value"] * 20)
    async with bench.pumping():
        await bench.until_saved(35)
    assert bench.published() == set(range(1, 36))
    (placeholder,) = [record for record in bench.records() if b"Parked" in dict(record.headers)["ce_type"]]
    parked = ParkedPosition.FromString(placeholder.value or b"")
    assert (parked.log, parked.position, parked.event_id) == (bench.source.name, 15, "event-15")
    assert "2006 bytes" in parked.reason
    letter = await _letter(bench)
    assert (letter.consumer, letter.log, letter.position) == ("relay", bench.source.name, 15)
    assert (letter.event_id, letter.attempt_count) == ("event-15", LIMITS.attempts)
    assert "2006 bytes" in letter.cause


async def _letter(bench: Bench) -> DeadLetter:
    async with await AsyncConnection.connect(bench.database.dsn) as connection:
        query = "SELECT letter FROM relay.rejected WHERE source = %s"
        rows = await (await connection.execute(query, (bench.source.name,), binary=True)).fetchall()
    ((letter,),) = rows
    return DeadLetter.FromString(letter)


async def test_records_after_a_rejected_one_keep_their_order(bench: Bench) -> None:
    bench.source.add(bytes(2000), *[b"value"] * 30, bytes(2000), bytes(2000), *[b"value"] * 5)
    async with bench.pumping():
        await bench.until_saved(38)
    assert bench.published() == set(range(1, 39))
    for partition in bench.positions():
        assert partition == sorted(partition)


async def test_a_placeholder_that_is_rejected_too_stops_nothing(bench: Bench) -> None:
    bench.broker.topics[TOPIC].record_bytes_max = 20
    bench.source.add(b"value", bytes(100), b"value")
    async with bench.pumping():
        await bench.until_saved(3)
    assert bench.published() == {1, 3}


async def test_a_relay_whose_lease_was_taken_over_steps_down(bench: Bench) -> None:
    bench.source.add(*[b"value"] * 5)
    async with bench.pumping() as first:
        await bench.until_saved(5)
        async with bench.pumping():
            bench.source.add(*[b"more"] * 30)
            await bench.until_saved(35)
            with pytest.raises(LeaseLostError):
                await first
    assert bench.published() == set(range(1, 36))

"""The relay as a process on a real broker: killed, paused, stopped, while others go away and come back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_kafka.topics.names import DEAD_LETTERS, TIMELINE, events_topic
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kafka.wire import ReadEvent, ReadParked, read_record
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import timestamp
from huiyin_kernel.ids import uuid7
from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_relay.ledger import RelayLedger
from huiyin_store.chain import verify_log
from huiyin_store.letters import NewLetter
from huiyin_store.postgres import PostgresEventStore
from tests.contract.store_making import OCCURRED
from tests.support.kafka import Brokers, running_brokers
from tests.support.relay_process import RelayProcess, Relays, relays, wait_until
from tests.support.relaying import RelayDatabase, fill, registration, relay_database
from tests.support.topics import limited, read_topic, read_topic_aside

TOPIC = events_topic("intake")
TAKE_OVER_SECONDS = 8.0


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A broker of this file's own, which it may stop, with the topics of the catalogue."""
    with running_brokers(tmp_path_factory.mktemp("relay") / "home", nodes=1) as started:
        apply_topics(without_agencies(started.settings))
        yield started


def without_agencies(settings: Settings) -> Settings:
    """Fewer topics."""
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"agencies": ""})})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A database server that only these tests use, always on the same port."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("relay") / "server", free_port()) as started:
        yield started


@pytest_asyncio.fixture
async def database(server: EmbeddedPostgres) -> AsyncIterator[RelayDatabase]:
    made = await relay_database(server.admin_dsn)
    yield made
    await made.database.drop()


@pytest.fixture
async def store(database: RelayDatabase) -> AsyncIterator[PostgresEventStore]:
    opened = await database.store()
    yield opened
    await opened.aclose()


@pytest.fixture
def started(brokers: Brokers, database: RelayDatabase, tmp_path: Path) -> Iterator[Relays]:
    with relays(brokers.settings, database, tmp_path) as made:
        yield made


class Outside:
    """An outside client of the topic, and the relay's ledger."""

    def __init__(self, brokers: Brokers, database: RelayDatabase) -> None:
        self._brokers, self._database = brokers, database
        self._log = database.log("intake")

    async def read(self) -> list[list[Record]]:
        """The records of this test's log, by partition."""
        found = await read_topic_aside(self._brokers.options("service@cli"), TOPIC)
        log = self._log.encode()
        return [[each for each in part if dict(each.headers).get("ce_log") == log] for part in found]

    async def until_saved(self, position: int, seconds: float = 60.0) -> None:
        """Waits until the relay's cursor is there."""
        ledger = RelayLedger(self._database.dsn)
        async with asyncio.timeout(seconds):
            while await ledger.cursor(self._log) < position:
                await asyncio.sleep(0.02)
        await ledger.aclose()


@pytest.fixture
def outside(brokers: Brokers, database: RelayDatabase) -> Outside:
    return Outside(brokers, database)


async def check_complete(outside: Outside, store: PostgresEventStore) -> int:
    """All events are on the topic exactly as stored, each case in order; how many records are repeats."""
    stored = await store.read(0, 100_000)
    partitions = [[read_record(record) for record in part] for part in await outside.read()]
    events = [[read.event for read in part if isinstance(read, ReadEvent)] for part in partitions]
    by_position = {event.position: event for part in events for event in part}
    assert [by_position[position] for position in sorted(by_position)] == stored
    assert verify_log(stored) is None
    for part in events:
        first_seen = list(dict.fromkeys(event.position for event in part))
        assert first_seen == sorted(first_seen)
    return sum(map(len, events)) - len(stored)


async def test_everything_is_published_in_order_and_as_it_is_stored(
    started: Relays, outside: Outside, store: PostgresEventStore
) -> None:
    await fill(store, 700)
    relay = started.start()
    await outside.until_saved(700)
    await fill(store, 50)
    await outside.until_saved(750)
    assert await check_complete(outside, store) == 0
    assert relay.stop() == 0


@pytest.mark.slow
async def test_a_relay_that_is_killed_again_and_again_repeats_and_never_skips(
    started: Relays, outside: Outside, store: PostgresEventStore
) -> None:
    await fill(store, 12_000)
    for part in range(1, 4):
        relay = started.start()
        await outside.until_saved(part * 2_500)
        relay.kill()
    started.start()
    await outside.until_saved(12_000)
    await check_complete(outside, store)


async def test_a_standby_takes_over_within_seconds_when_the_other_is_killed(
    started: Relays, outside: Outside, store: PostgresEventStore
) -> None:
    first = started.start("relay-1")
    await fill(store, 10)
    await outside.until_saved(10)
    second = started.start("relay-2")
    await asyncio.sleep(2)
    assert second.said("publishes here now") == 0
    first.kill()
    killed = time.monotonic()
    await fill(store, 10)
    await outside.until_saved(20)
    assert time.monotonic() - killed < TAKE_OVER_SECONDS
    await check_complete(outside, store)


async def test_a_relay_that_stops_in_order_leaves_at_once(
    started: Relays, outside: Outside, store: PostgresEventStore
) -> None:
    first = started.start("relay-1")
    await fill(store, 10)
    await outside.until_saved(10)
    second = started.start("relay-2")
    await asyncio.sleep(3)
    assert await asyncio.to_thread(first.stop) == 0
    await asyncio.to_thread(second.until_said, "publishes here now", 3.0)
    await fill(store, 10)
    await outside.until_saved(20)
    assert await check_complete(outside, store) == 0


@pytest.mark.slow
async def test_a_relay_that_slept_and_wakes_up_does_no_harm(
    started: Relays, outside: Outside, store: PostgresEventStore
) -> None:
    zombie = started.start("relay-1")
    await fill(store, 5_000)
    await outside.until_saved(500)
    zombie.signal(signal.SIGSTOP)
    successor = started.start("relay-2")
    await outside.until_saved(5_000)
    await fill(store, 1_000)
    zombie.signal(signal.SIGCONT)
    await asyncio.to_thread(zombie.until_said, "no longer publishes here")
    await outside.until_saved(6_000)
    await check_complete(outside, store)
    successor.kill()
    await asyncio.to_thread(_until_back, zombie)
    await fill(store, 10)
    await outside.until_saved(6_010)
    await check_complete(outside, store)


def _until_back(relay: RelayProcess) -> None:
    """Takes the leases again after the other was killed."""
    wait_until(lambda: relay.said("epoch 3") > 0, "the woken relay takes over again", 20.0)


@pytest.mark.slow
async def test_a_broker_that_restarts_delays_and_nothing_is_missing(
    started: Relays, outside: Outside, store: PostgresEventStore, brokers: Brokers
) -> None:
    relay, node = started.start(), brokers.cluster.nodes[1]
    await fill(store, 200)
    await outside.until_saved(200)
    for end in (node.ask_to_stop, node.kill):
        await fill(store, 300)
        end()
        node.ensure_stopped(time.monotonic() + 20)
        await fill(store, 100)
        node.start()
    await asyncio.to_thread(brokers.cluster.wait_ready)
    await outside.until_saved(1_000)
    await check_complete(outside, store)
    assert relay.process.poll() is None


@pytest.mark.slow
async def test_a_database_that_crashes_delays_and_nothing_is_missing(
    started: Relays, outside: Outside, store: PostgresEventStore, server: EmbeddedPostgres
) -> None:
    relay = started.start()
    for part in range(1, 4):
        await fill(store, 400)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGQUIT)
        await asyncio.sleep(0.2)
        server.stop()
        server.start()  # here, not in a thread: the server ends with the thread that started it
        await fill(store, 10)
        await outside.until_saved(part * 410)
    await check_complete(outside, store)
    assert relay.process.poll() is None


async def test_a_record_that_the_broker_rejects_is_parked_and_the_log_goes_on(
    started: Relays, outside: Outside, store: PostgresEventStore, brokers: Brokers
) -> None:
    await fill(store, 100)
    noise = Random(7).randbytes(100_000).hex()
    case = str(uuid7())
    await store.append(registration(case, f"petition-{case}", noise=noise))
    await fill(store, 100)
    with limited(brokers, TOPIC, "50000"):
        started.start()
        await outside.until_saved(201)
    found = [read_record(record) for part in await outside.read() for record in part]
    assert ReadParked(store.log, 101) in found
    positions = {read.event.position for read in found if isinstance(read, ReadEvent)}
    assert positions == set(range(1, 202)) - {101}
    letter = await asyncio.to_thread(_letter_about, brokers, store.log)
    assert (letter.consumer, letter.position, letter.attempt_count) == ("relay", 101, 3)
    assert "MessageSizeTooLarge" in letter.cause


def _letter_about(brokers: Brokers, log: str) -> DeadLetter:
    """Waits for the dead letter of a log's record."""
    found: list[DeadLetter] = []

    def is_there() -> bool:
        parts = read_topic(brokers.options("service@cli"), DEAD_LETTERS)
        letters = [DeadLetter.FromString(record.value or b"") for part in parts for record in part]
        found[:] = [letter for letter in letters if letter.log == log]
        return bool(found)

    wait_until(is_there, f"a dead letter about {log}")
    return found[0]


async def test_letters_of_services_are_published(
    started: Relays, store: PostgresEventStore, brokers: Brokers
) -> None:
    letter = DeadLetter(
        letter_id=str(uuid7()), consumer="intake-inbox", log=store.log, buried_time=timestamp(OCCURRED)
    )
    await store.letters.bury(
        NewLetter(UUID(letter.letter_id), "intake-inbox", letter.SerializeToString()), None
    )
    started.start()
    assert await asyncio.to_thread(_letter_about, brokers, store.log) == letter


async def test_topics_that_are_not_there_are_named_at_the_start(
    database: RelayDatabase, brokers: Brokers, tmp_path: Path
) -> None:
    with relays(brokers.settings, database, tmp_path) as made, brokers.admin() as admin:
        admin.delete_topics([TIMELINE])
        try:
            relay = made.start()
            assert await asyncio.to_thread(relay.process.wait, 60) == 1
            assert relay.said(f"{TIMELINE} ") > 0
        finally:
            apply_topics(without_agencies(brokers.settings))

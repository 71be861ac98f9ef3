"""What workers put out is shown from their topics as the local runner shows it, whatever happens then."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from typing import Any

import psycopg
import pytest
from kafka import KafkaProducer
from psycopg import AsyncConnection

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_domain.streams.output import Output, Sink
from huiyin_kafka.reader import TopicsReader
from huiyin_kafka.topics.names import WARNINGS
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kafka.wire import SHOWN, Origin, output_record
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.sink_host import SinkHost
from huiyin_streams.sink_rows import write_outputs
from tests.support.folding import Displayed, Memory
from tests.support.kafka import Brokers, running_brokers
from tests.support.made_timelines import START, Timelines
from tests.support.platform import eventually
from tests.support.streams_database import StreamsDatabase, streams_database

SECONDS_MAX = 40.0


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """A broker of its own, with the topics of the catalogue."""
    with running_brokers(tmp_path_factory.mktemp("sink-kafka") / "home", nodes=1) as started:
        kafka = started.settings.kafka.model_copy(update={"agencies": "11990100000000123K"})
        apply_topics(started.settings.model_copy(update={"kafka": kafka}))
        yield started


@pytest.fixture
async def database(postgres_server: EmbeddedPostgres) -> AsyncIterator[StreamsDatabase]:
    async with streams_database(postgres_server.admin_dsn) as made:
        yield made


class Topics:
    """The workers' topics, to which tests of this file add one after the other."""

    outputs: list[Output] = []  # noqa: RUF012 - the topics outlive each test, and so does what is in them

    def __init__(self, brokers: Brokers) -> None:
        self._brokers = brokers

    def put_out(self, outputs: Sequence[Output]) -> None:
        """Sends outputs as a worker does."""
        with closing(KafkaProducer(**self._brokers.options("service@worker"))) as producer:
            for output in outputs:
                one = output_record("worker@v1", output, Origin("test/1", START))
                producer.send(one.topic, value=one.value, key=one.key, headers=list(one.headers))
            producer.flush(timeout=SECONDS_MAX)
        self.outputs += outputs

    def send_raw(self, topic: str, value: bytes) -> None:
        """Something that no worker sends."""
        with closing(KafkaProducer(**self._brokers.options("service@worker"))) as producer:
            producer.send(topic, value=value, key=b"raw").get(timeout=SECONDS_MAX)

    def wanted(self) -> Displayed:
        """What is to be shown."""
        memory = Memory()
        memory.outputs = list(self.outputs)
        return memory.displayed()

    def host(self, database: StreamsDatabase) -> SinkHost:
        """A host that reads these topics as the streams service."""
        reader = TopicsReader(self._brokers.options("service@streams"), SHOWN)
        return SinkHost(database.dsn, reader)


@pytest.fixture
def topics(brokers: Brokers) -> Topics:
    return Topics(brokers)


def shown_outputs(seed: int, cases: int = 60) -> list[Output]:
    """What the folds put out for a timeline, filings left aside."""
    memory = Memory().take(Timelines(seed).entries(cases))
    return [output for output in memory.outputs if output.sink is not Sink.FILINGS]


@asynccontextmanager
async def at_work(host: SinkHost) -> AsyncIterator[None]:
    working = asyncio.ensure_future(host.run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def until_shown(topics: Topics, database: StreamsDatabase) -> None:
    wanted = topics.wanted()

    async def is_shown() -> bool:
        return await database.displayed() == wanted

    await eventually(is_shown, "showing what the workers put out", SECONDS_MAX)


async def test_the_tables_show_what_the_workers_put_out(topics: Topics, database: StreamsDatabase) -> None:
    topics.put_out(shown_outputs(1))
    async with at_work(topics.host(database)):
        await until_shown(topics, database)
        topics.put_out(shown_outputs(2, 10))
        await until_shown(topics, database)


async def test_a_later_host_reads_on_where_the_first_one_stopped(
    topics: Topics, database: StreamsDatabase
) -> None:
    for seed in (3, 4):
        topics.put_out(shown_outputs(seed, 20))
        async with at_work(topics.host(database)):
            await until_shown(topics, database)
    ends = await database.rows("SELECT sum(next_offset) FROM streams.stream_offset")
    assert ends[0][0] >= len(topics.outputs)


async def test_lost_connections_and_a_second_host_cost_nothing(
    topics: Topics, database: StreamsDatabase
) -> None:
    async with at_work(topics.host(database)), at_work(topics.host(database)):
        for seed in (5, 6):
            topics.put_out(shown_outputs(seed, 20))
            await database.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = current_user"
            )
        await until_shown(topics, database)


async def test_what_a_crash_of_the_database_took_back_is_read_again(
    topics: Topics, database: StreamsDatabase
) -> None:
    async with at_work(topics.host(database)):
        topics.put_out(shown_outputs(7, 20))
        await until_shown(topics, database)
        await database.rows("DELETE FROM streams.stream_offset")
        await database.rows("DELETE FROM streams.clock_warning")
        topics.put_out(shown_outputs(8, 5))
        await until_shown(topics, database)


async def test_rows_of_the_local_runner_are_forgotten_when_a_cluster_begins(
    topics: Topics, database: StreamsDatabase
) -> None:
    async with await AsyncConnection.connect(database.dsn) as connection:
        await write_outputs(connection, shown_outputs(10, 20))
    topics.put_out(shown_outputs(11, 5))
    async with at_work(topics.host(database)):
        await until_shown(topics, database)


async def test_a_record_that_is_no_output_is_told_and_stops_nothing(
    topics: Topics, database: StreamsDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    topics.send_raw(WARNINGS, b"\xff")
    topics.put_out(shown_outputs(9, 5))
    async with at_work(topics.host(database)):
        await until_shown(topics, database)
    assert f"{WARNINGS}/" in caplog.text
    ((state, letter),) = await database.rows("SELECT state, letter FROM streams.dead_letter")
    kept = DeadLetter.FromString(letter)
    assert (state, kept.consumer, kept.place.topic, kept.record.value) == (1, "display", WARNINGS, b"\xff")


async def test_an_output_that_cannot_be_shown_is_set_aside_and_shown_after_a_mend(
    topics: Topics, database: StreamsDatabase
) -> None:
    """The planted defect: a table that does not take one division."""
    outputs = shown_outputs(10, 5)
    warned = next(one for one in outputs if one.sink is Sink.WARNINGS and one.value)
    refuse = f"ALTER TABLE streams.clock_warning ADD CONSTRAINT planted CHECK (clock_id <> '{warned.key}')"
    with psycopg.connect(database.admin_dsn, autocommit=True) as admin:
        admin.execute(refuse.encode())
    topics.put_out(outputs)

    async def aside() -> bool:
        rows = await database.rows("SELECT consumer FROM streams.dead_letter WHERE state = 1")
        return ("display",) in rows

    async with at_work(topics.host(database)):
        await eventually(aside, "the letter", SECONDS_MAX)
        with psycopg.connect(database.admin_dsn, autocommit=True) as admin:
            admin.execute("ALTER TABLE streams.clock_warning DROP CONSTRAINT planted")
        await database.rows("SELECT streams.mark_letter(letter_id, 1, 2, '') FROM streams.dead_letter")
        await until_shown(topics, database)


async def test_a_topic_that_is_missing_is_told(brokers: Brokers, caplog: pytest.LogCaptureFixture) -> None:
    reader: Any = TopicsReader(brokers.options("service@streams"), ("huiyin.none.v1.such",))
    batches = reader.batches({})
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(batches), 5)
    await batches.aclose()
    assert "huiyin.none.v1.such is missing" in caplog.text

"""The relay's throughput, as a process beside PostgreSQL and a broker, beside a raw kafka-python producer."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kafka.wire import event_record
from huiyin_kernel.arrived import Record as KafkaRecord
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.bench.harness import Record, compared, quiet
from tests.bench.lives import appends
from tests.bench.platform import bench_folder
from tests.bench.raw_kafka import SECONDS_MAX, produce
from tests.support.kafka import Brokers, running_brokers
from tests.support.relay_process import relays
from tests.support.relaying import RelayDatabase, relay_database

LIVES, ROUNDS, PAGE = 3_000, 3, 1_000
WARM_SHARE = 0.2
"""The relay is measured between this share of the log and its end: starting is not relaying."""


def measure() -> Iterator[Record]:
    """Each round relays a log of its own, and then sends the same records raw."""
    with (
        bench_folder() as folder,
        EmbeddedPostgres(folder / "server") as server,
        running_brokers(folder / "home", 1) as brokers,
    ):
        kafka = brokers.settings.kafka.model_copy(update={"agencies": ""})
        apply_topics(brokers.settings.model_copy(update={"kafka": kafka}))
        raw_topic = brokers.topic(6)
        pairs = []
        for number in range(ROUNDS):
            database = asyncio.run(relay_database(server.admin_dsn))
            records = asyncio.run(_fill(database, raw_topic))
            quiet()
            own = _relayed(brokers, database, folder / f"round-{number}", len(records))
            pairs.append((own, produce(brokers.options("service@cli"), records)))
    yield compared("relay", "events/s", "raw kafka-python producer, ready-made records", pairs)


async def _fill(database: RelayDatabase, raw_topic: str) -> list[KafkaRecord]:
    """Fills the intake log; the records that it gives."""
    store, log = await database.store(), database.log("intake")
    await store.append_many(list(appends(LIVES)))
    records: list[KafkaRecord] = []
    while page := await store.read(len(records), PAGE):
        records += [event_record(raw_topic, log, event) for event in page]
    await store.aclose()
    return records


def _relayed(brokers: Brokers, database: RelayDatabase, folder: Path, count: int) -> float:
    """Events a second between two looks at the relay's cursor."""
    folder.mkdir()
    with relays(brokers.settings, database, folder) as made:
        made.start()
        with psycopg.connect(database.dsn, autocommit=True) as connection:
            first, begun = _reached(connection, database.log("intake"), int(count * WARM_SHARE))
            last, ended = _reached(connection, database.log("intake"), count)
    return (last - first) / (ended - begun)


def _reached(connection: "psycopg.Connection[tuple[int]]", source: str, position: int) -> tuple[int, float]:
    """Where the cursor is when it has come to a position, and when that was."""
    until, query = time.monotonic() + SECONDS_MAX, "SELECT position FROM relay.cursor WHERE source = %s"
    while True:
        row = connection.execute(query, (source,)).fetchone()
        if row and row[0] >= position:
            return row[0], time.perf_counter()
        assert time.monotonic() < until, f"the relay did not come to {position}"
        time.sleep(0.01)

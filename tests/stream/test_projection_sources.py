"""Read models are the same byte for byte whether their host follows the feed or Kafka, repeats or not."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

import psycopg
from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.log import KafkaLog
from huiyin_kafka.wire import parse_event
from huiyin_kernel.arrived import Follow
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.policy import load_policy
from huiyin_kernel.projection import Projection
from huiyin_kernel.shared_log import shared
from tests.stream.test_compare_kafka import BOOK, PROFILE, on_topics
from tests.support.kafka import Brokers
from tests.support.live_models import MODELS, drop_live, make_tables
from tests.unit.audit.legal_story import LOGS

SECONDS_MAX = 60.0
ENDS = {log: len(BOOK.logs[log]) for log in LOGS}
States = dict[tuple[str, str, str], bytes]
"""By schema, model and key; the rows shown from them under the name of their table."""


class Feed:
    """A log as its service's feed gives it."""

    def __init__(self, log: str) -> None:
        self._events = [to_envelope(log, event) for event in BOOK.logs[log]]

    async def __call__(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """Events after a position, then heartbeats for ever."""
        for event in self._events[after:]:
            yield event, event.position
        while True:
            await asyncio.sleep(0.05)
            yield None, len(self._events)


async def folded(dsn: str, feeds: Mapping[str, Follow]) -> States:
    """What the hosts of all read models keep when they have come to the end."""
    await make_tables(dsn)
    policy, logs = load_policy(), shared(feeds)
    hosts = [
        asyncio.ensure_future(Projection(dsn, schema, model(policy)).run(logs))
        for schema, models in MODELS.items()
        for model in models
    ]
    try:
        async with asyncio.timeout(SECONDS_MAX):
            while not await _at_end(dsn):
                await asyncio.sleep(0.05)
        return await _states(dsn)
    finally:
        for host in hosts:
            host.cancel()
        await asyncio.gather(*hosts, return_exceptions=True)
        with psycopg.connect(dsn) as connection:
            drop_live(connection)


async def _at_end(dsn: str) -> bool:
    async with await AsyncConnection.connect(dsn) as connection:
        for schema, models in MODELS.items():
            query = f"SELECT model, log, position FROM {schema}.projection_cursor"
            rows = await (await connection.execute(query.encode())).fetchall()
            found = {(model, log): position for model, log, position in rows}
            names = [model(load_policy()).name for model in models]
            if any(found.get((name, log), 0) < end for name in names for log, end in ENDS.items()):
                return False
    return True


TABLES = ("streams.case_row", "streams.case_event", "streams.figure_row", "supervision.clock_row")


async def _states(dsn: str) -> States:
    found: States = {}
    async with await AsyncConnection.connect(dsn) as connection:
        for schema in MODELS:
            query = f"SELECT model, key, state FROM {schema}.projection_state"
            for model, key, state in await (await connection.execute(query.encode())).fetchall():
                found[schema, model, key] = bytes(state)
        for table in TABLES:
            query = f"SELECT t::text FROM {table} AS t ORDER BY 1"
            rows = await (await connection.execute(query.encode())).fetchall()
            found["rows", table, ""] = "\n".join(row for (row,) in rows).encode()
    return found


async def test_feed_and_kafka_give_the_same_states_and_rows(audit_dsn: str, kafka_broker: Brokers) -> None:
    topics = await on_topics(kafka_broker)
    options = kafka_broker.options(PROFILE)
    feeds: dict[str, Follow] = {log: Feed(log) for log in LOGS}
    kafka: dict[str, Follow] = {
        log: KafkaLog(options, topic, log, f"test-{topic}", parse_event) for log, topic in topics.items()
    }
    from_feed, from_kafka = await folded(audit_dsn, feeds), await folded(audit_dsn, kafka)
    assert {model for _, model, _ in from_feed} == {"case", "clocks", *TABLES}
    assert from_kafka == from_feed

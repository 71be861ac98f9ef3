"""How soon a subscriber sees what was acknowledged, and how soon an agency has its receipt.

On the whole cluster, as `huiyin up --cluster` starts it; each beside raw kafka-python, from send to arrival,
on the same brokers.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

from kafka import KafkaAdminClient, KafkaProducer

from huiyin_cli.client import Client, open_client
from huiyin_kafka.connection import client_options
from huiyin_kafka.topics.names import events_topic, inbox_topic, receipts_topic
from huiyin_kernel.settings import KafkaSettings, Settings
from tests.bench.harness import Record, compared, percentile, quiet
from tests.bench.platform import bench_folder
from tests.bench.raw_kafka import AT_ONCE, RoundTrips, Subscriber, header
from tests.mainjob.process import running_platform
from tests.support.agency_messages import accepting
from tests.support.calling import HOUSING, OFFICE, filing, handed_over

WARM, COUNT, RECEIPTS, ROUNDS = 20, 120, 40, 3
"""Commands and records before it counts; of each round; messages of a round; rounds."""

RAW_TOPIC, VALUE_BYTES = "huiyin-bench-raw", 1_000
PAUSE_SECONDS = 0.1
"""Between two: what follows from the one is over when the next begins."""

Times = list[float]


def measure() -> Iterator[Record]:
    """Both measurements, on one cluster."""
    with bench_folder() as folder, running_platform(folder / "home", cluster=True) as settings:
        yield from asyncio.run(_measure(_with_brokers(settings)))


def _with_brokers(settings: Settings) -> Settings:
    bootstrap = json.loads(settings.paths.endpoints.read_text())["kafka"]
    return settings.model_copy(update={"kafka": KafkaSettings(bootstrap=bootstrap)})


async def _measure(settings: Settings) -> list[Record]:
    options = client_options(settings, "service@cli")
    _make_topic(options)
    raw = RoundTrips(options, RAW_TOPIC, VALUE_BYTES)
    try:
        async with open_client(f"officer@{OFFICE}", settings) as office:
            seen = await _seen(options, office, raw)
            answered = await _answered(settings, office, raw)
    finally:
        raw.close()
    return [*_records("event_to_subscriber", seen), *_records("message_to_receipt", answered)]


def _records(name: str, rounds: Sequence[tuple[Times, Times]]) -> Iterator[Record]:
    for suffix, share in (("p50", 0.5), ("p99", 0.99)):
        pairs = [(percentile(own, share), percentile(raw, share)) for own, raw in rounds]
        yield compared(f"{name}_{suffix}", "ms", "raw kafka-python, send to arrival", pairs)


def _make_topic(options: Any) -> None:
    with closing(KafkaAdminClient(**options)) as admin:
        new = {"num_partitions": 6, "replication_factor": 3, "configs": {"min.insync.replicas": "2"}}
        admin.create_topics({RAW_TOPIC: new}, wait_for_metadata=True)


Once = Callable[[], Awaitable[float]]
"""Does it once; seconds."""


async def _in_turns(own: Once, raw: RoundTrips, count: int) -> tuple[Times, Times]:
    """One of ours and one raw after the other: whatever else the machine does, it does to both."""
    mine, others = [], []
    for _ in range(count):
        mine.append(await own())
        await asyncio.sleep(PAUSE_SECONDS)
        others.append(await asyncio.to_thread(raw.once))
        await asyncio.sleep(PAUSE_SECONDS)
    return mine, others


async def _seen(options: Any, office: Client, raw: RoundTrips) -> list[tuple[Times, Times]]:
    """From the answer to a registration until a plain consumer of the events' topic has its event."""
    subscriber = Subscriber(options, events_topic("intake"), header("ce_subject"))

    async def once() -> float:
        answer = await office.intake.RegisterPetition(filing())
        acknowledged = time.perf_counter()
        stream = f"petition-{answer.case_id}".encode()
        return await asyncio.to_thread(subscriber.arrival, stream) - acknowledged

    try:
        await _in_turns(once, raw, WARM)
        return [await _round(once, raw, COUNT) for _ in range(ROUNDS)]
    finally:
        subscriber.close()


async def _round(once: Once, raw: RoundTrips, count: int) -> tuple[Times, Times]:
    quiet()
    return await _in_turns(once, raw, count)


async def _answered(settings: Settings, office: Client, raw: RoundTrips) -> list[tuple[Times, Times]]:
    """From an agency's sending a message until its receipt is there: accepted, checked, done and answered."""
    options = client_options(settings, f"system@{HOUSING}")
    subscriber = Subscriber(options, receipts_topic(HOUSING), header("ce_subject"))
    producer = KafkaProducer(**{**options, **AT_ONCE})
    cases: list[str] = []

    async def once() -> float:
        message = accepting(cases.pop())
        begun = time.perf_counter()
        producer.send(inbox_topic(HOUSING), message.SerializeToString(), message.message_id.encode())
        return await asyncio.to_thread(subscriber.arrival, message.message_id.encode()) - begun

    try:
        cases += [await handed_over(office, HOUSING) for _ in range(WARM + ROUNDS * RECEIPTS)]
        await _in_turns(once, raw, WARM)
        return [await _round(once, raw, RECEIPTS) for _ in range(ROUNDS)]
    finally:
        producer.close(timeout=5)
        subscriber.close()

"""Throughput of PostgreSQL hosts and of a Faust host, with state, beside raw consumption of the topic."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from psycopg import AsyncConnection

from huiyin_kafka.log import KafkaLog
from huiyin_kafka.topics.names import TIMELINE
from huiyin_kafka.wire import event_record, parse_event
from huiyin_kernel.arrived import Follow
from huiyin_kernel.arrived import Record as KafkaRecord
from huiyin_kernel.log_batches import BEHIND_MAX
from huiyin_kernel.policy import load_policy
from huiyin_kernel.projection import Projection
from huiyin_kernel.shared_log import shared
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.models import CaseModel
from tests.bench.harness import Record, compared, quiet
from tests.bench.lives import appends
from tests.bench.platform import bench_folder
from tests.bench.raw_kafka import SECONDS_MAX, consume, produce
from tests.support.kafka import Brokers, running_brokers
from tests.support.made_timelines import Timelines
from tests.support.relaying import relay_database
from tests.support.timelines import TimelinePlace, new_host
from tests.support.workers import Backbone, backbone

LIVES, ROUNDS, PAGE = 1_000, 3, 1_000
CASES = 600
"""Cases of the made-up timeline that the worker folds."""

PROFILE, LOG = "service@cli", "intake@990000"
BASE = "raw kafka-python consumer"
Pair = tuple[float, float]
Run = Callable[[str, Mapping[str, Follow]], Awaitable[None]]
"""Runs a host for ever on a database of the streams service."""


def measure() -> Iterator[Record]:
    """Each host reads a topic that is there already, from its beginning to its end."""
    with (
        bench_folder() as folder,
        EmbeddedPostgres(folder / "server") as server,
        running_brokers(folder / "home", 1) as brokers,
    ):
        yield from _postgres_hosts(brokers, server.admin_dsn)
        (folder / "workers").mkdir()
        yield _faust_host(brokers, folder / "workers")


def _postgres_hosts(brokers: Brokers, server_dsn: str) -> Iterator[Record]:
    topic = brokers.topic(6)
    count = _filled(brokers, server_dsn, topic)
    for name, model, run in (
        ("host_case", "case", _cases),
        ("host_timeline", "timeline", _timeline),
    ):
        pairs = []
        for _ in range(ROUNDS):
            quiet()
            own = asyncio.run(_hosted(brokers, server_dsn, topic, count, model, run))
            pairs.append((own, consume(brokers.options(PROFILE), topic, count)))
        yield compared(name, "events/s", BASE, pairs)


def _filled(brokers: Brokers, server_dsn: str, topic: str) -> int:
    """Plain lives on a topic; how many events they have."""
    records = asyncio.run(_records(server_dsn, topic))
    produce(brokers.options(PROFILE), records)
    return len(records)


async def _records(server_dsn: str, topic: str) -> list[KafkaRecord]:
    store = await (await relay_database(server_dsn)).store()
    await store.append_many(list(appends(LIVES)))
    found: list[KafkaRecord] = []
    while page := await store.read(len(found), PAGE):
        found += [event_record(topic, LOG, event) for event in page]
    await store.aclose()
    return found


async def _cases(dsn: str, feeds: Mapping[str, Follow]) -> None:
    policy = load_policy()
    model = CaseModel(policy.timetable, policy.directory)
    await Projection(dsn, "streams", model, most=BEHIND_MAX).run(shared(feeds))


async def _timeline(dsn: str, feeds: Mapping[str, Follow]) -> None:
    async def no_end() -> int | None:
        return None

    place = TimelinePlace(dsn, dsn)
    await new_host(place).run(shared(feeds), dict.fromkeys(feeds, no_end))


async def _hosted(brokers: Brokers, server_dsn: str, topic: str, count: int, model: str, run: Run) -> float:
    """Events a second, from the host's start until its cursor is at the end."""
    place = await TimelinePlace.made(server_dsn)
    follow = KafkaLog(brokers.options(PROFILE), topic, LOG, f"bench-{time.monotonic_ns()}", parse_event)
    begun = time.perf_counter()
    running = asyncio.ensure_future(run(place.dsn, {LOG: follow}))
    try:
        await _until_at(place.dsn, model, count, running)
        return count / (time.perf_counter() - begun)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _until_at(dsn: str, model: str, count: int, running: "asyncio.Future[None]") -> None:
    query = "SELECT position FROM streams.projection_cursor WHERE model = %s AND log = %s"
    async with (
        asyncio.timeout(SECONDS_MAX),
        await AsyncConnection.connect(dsn, autocommit=True) as connection,
    ):
        while True:
            row = await (await connection.execute(query, (model, LOG))).fetchone()
            if row and row[0] >= count:
                return
            if running.done():
                await running
            await asyncio.sleep(0.02)


def _faust_host(brokers: Brokers, folder: Path) -> Record:
    entries = Timelines(7).entries(CASES)
    pairs: list[Pair] = []
    for number in range(ROUNDS):
        (folder / str(number)).mkdir()
        with backbone(brokers, folder / str(number)) as place:
            place.publish_entries(entries)
            quiet()
            own = _worked(place, len(entries))
            pairs.append((own, consume(brokers.options(PROFILE), TIMELINE, len(entries))))
    return compared("host_faust", "events/s", BASE, pairs)


def _worked(place: Backbone, count: int) -> float:
    """Timeline entries a second of one worker, from its first commit to its last."""
    with place.watching() as behind:
        worker = place.worker()
        begun, left = _until_behind(behind, lambda now: now < count)
        ended, rest = _until_behind(behind, lambda now: now == 0)
        worker.stop()
    return (left - rest) / (ended - begun)


def _until_behind(behind: Callable[[], int], enough: Callable[[int], bool]) -> tuple[float, int]:
    until = time.monotonic() + SECONDS_MAX
    while not enough(now := behind()):
        assert time.monotonic() < until, f"{now} records are left"
        time.sleep(0.02)
    return time.perf_counter(), now

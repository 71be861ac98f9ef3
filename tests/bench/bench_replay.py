"""Replay of a full fold on one core: every event read, decoded and folded into its petition."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from psycopg.conninfo import make_conninfo

from huiyin_domain.intake.decider import PETITION
from huiyin_kernel.codec import decode
from huiyin_launcher.embedded import cluster
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import provision, role_dsn, role_of
from tests.bench.harness import ROUNDS, Record, compared
from tests.bench.lives import appends
from tests.bench.platform import bench_folder
from tests.bench.raw_postgres import RawPostgres

SCHEMA, PASSWORD = "intake", "for-the-benchmark"
LIVES, PAGE = 4_000, 1_000


def measure() -> Iterator[Record]:
    """The fold's rate beside a COPY of the same rows to the client, unparsed."""
    with bench_folder() as folder, EmbeddedPostgres(folder / "server") as server:
        asyncio.run(provision(server.admin_dsn, "bench", {SCHEMA: PASSWORD}))
        dsn = role_dsn(server.admin_dsn, "bench", role_of(SCHEMA), PASSWORD)
        programs = cluster.find_binaries().binaries.folder
        raw = RawPostgres(make_conninfo(server.admin_dsn, dbname="bench"), programs, folder)
        count = asyncio.run(_fill(dsn))
        pairs = [(asyncio.run(_fold(dsn, count)), raw.copies_out(SCHEMA, count)) for _ in range(ROUNDS)]
        yield compared("replay_fold", "events/s", "COPY TO STDOUT, unparsed text", pairs)


async def _fill(dsn: str) -> int:
    store = await PostgresEventStore.open(dsn, "intake", "intake@990000")
    await store.append_many(list(appends(LIVES)))
    count = (await store.head()).position
    await store.aclose()
    return count


async def _fold(dsn: str, count: int) -> float:
    store = await PostgresEventStore.open(dsn, "intake", "intake@990000")
    states: dict[str, Any] = {}
    begun, position = time.perf_counter(), 0
    while events := await store.read(position, PAGE):
        for event in events:
            state = states.get(event.stream) or PETITION.initial()
            states[event.stream] = PETITION.evolve(state, decode(event))
        position = events[-1].position
    seconds = time.perf_counter() - begun
    assert len(states) == LIVES
    await store.aclose()
    return count / seconds

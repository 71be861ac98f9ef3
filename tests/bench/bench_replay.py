"""Replay: what folding alone takes on one core, and what the auditor's replay of all live views takes."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

from psycopg.conninfo import make_conninfo

from huiyin_audit.history import load_from_database
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.intake.decider import PETITION
from huiyin_kernel.codec import decode
from huiyin_launcher.embedded import cluster
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import provision, role_dsn, role_of
from tests.bench.auditing import LOG
from tests.bench.bench_verify import PASSWORD, SCHEMA, filled
from tests.bench.harness import QUICK, ROUNDS, Record, compared, measured
from tests.bench.platform import bench_folder
from tests.bench.processes import run_apart
from tests.bench.raw_postgres import RawPostgres
from tests.support.live_models import MODELS, fill_live

LIVES, PAGE = 1_000 if QUICK else 4_000, 1_000


def measure() -> Iterator[Record]:
    """The fold's rate beside a COPY of the same rows to the client, unparsed; then replay in parts."""
    with bench_folder() as folder, EmbeddedPostgres(folder / "server") as server:
        services = dict.fromkeys((SCHEMA, *MODELS), PASSWORD)
        asyncio.run(provision(server.admin_dsn, "bench", services, extra=READ_MODEL_TABLES))
        access = role_dsn(server.admin_dsn, "bench", role_of(SCHEMA), PASSWORD)
        count = asyncio.run(filled(access, LIVES))
        dsn = make_conninfo(server.admin_dsn, dbname="bench")
        raw = RawPostgres(dsn, cluster.find_binaries().binaries.folder, folder)
        pairs = [(asyncio.run(_fold(access, count)), raw.copies_out(SCHEMA, count)) for _ in range(ROUNDS)]
        yield compared("replay_fold", "events/s", "COPY TO STDOUT, unparsed text", pairs)
        asyncio.run(_live(dsn))
        done = run_apart("tests.bench.auditing", "replay", dsn)
        seconds, megabytes = map(float, done.said.split())
        yield measured("replay", "cases/s", [LIVES / seconds])
        yield measured("replay_cpu", "ms a case", [done.seconds / LIVES * 1e3])
        yield measured("replay_memory", "MB", [megabytes])


async def _live(dsn: str) -> None:
    """Fills the live views, as their fold hosts would."""
    await fill_live(dsn, await load_from_database(dsn, [LOG]), [LOG])


async def _fold(dsn: str, count: int) -> float:
    store = await PostgresEventStore.open(dsn, SCHEMA, LOG)
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

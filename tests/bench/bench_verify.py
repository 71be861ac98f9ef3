"""Verification of a log, hashes and all, beside a COPY of the same rows to a client that looks at nothing."""

import asyncio
from collections.abc import Iterator

from psycopg.conninfo import make_conninfo

from huiyin_launcher.embedded import cluster
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.port import Appended
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import provision, role_dsn, role_of
from tests.bench.auditing import LOG
from tests.bench.harness import QUICK, Record, compared, measured, quiet
from tests.bench.lives import appends
from tests.bench.platform import bench_folder
from tests.bench.processes import run_apart, tree_seconds
from tests.bench.raw_postgres import RawPostgres

SCHEMA, PASSWORD = "intake", "for-the-benchmark"
LIVES = 5_000 if QUICK else 30_000
ROUNDS = 2 if QUICK else 3


def measure() -> Iterator[Record]:
    """Events a second, CPU time of an event, and the memory that it takes."""
    with bench_folder() as folder, EmbeddedPostgres(folder / "server") as server:
        asyncio.run(provision(server.admin_dsn, "bench", {SCHEMA: PASSWORD}))
        count = asyncio.run(filled(role_dsn(server.admin_dsn, "bench", role_of(SCHEMA), PASSWORD), LIVES))
        dsn = make_conninfo(server.admin_dsn, dbname="bench")
        raw = RawPostgres(dsn, cluster.find_binaries().binaries.folder, folder)
        pid = int((folder / "server" / "data" / "postmaster.pid").read_text().split()[0])
        pairs, verifier, database, copied, peaks = [], [], [], [], []
        for _ in range(ROUNDS):
            quiet()
            before = tree_seconds(pid)
            done = run_apart("tests.bench.auditing", "verify", dsn)
            between = tree_seconds(pid)
            seconds, megabytes = map(float, done.said.split())
            pairs.append((count / seconds, raw.copies_out(SCHEMA, count)))
            verifier.append(done.seconds / count * 1e6)
            database.append((between - before) / count * 1e6)
            copied.append((tree_seconds(pid) - between) / count * 1e6)
            peaks.append(megabytes)
        yield compared("verify", "events/s", "COPY TO STDOUT, unparsed text", pairs)
        yield measured("verify_cpu", "µs an event", verifier)
        yield measured("verify_cpu_of_database", "µs an event", database)
        yield measured("copy_cpu_of_database", "µs an event", copied)
        yield measured("verify_memory", "MB", peaks)


async def filled(dsn: str, lives: int) -> int:
    """Writes so many lives into a log; how many events they have."""
    store = await PostgresEventStore.open(dsn, SCHEMA, LOG)
    outcomes = await store.append_many(list(appends(lives)))
    assert all(isinstance(outcome, Appended) for outcome in outcomes)
    count = (await store.head()).position
    await store.aclose()
    return count

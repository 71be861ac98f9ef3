"""The event store beside raw PostgreSQL on the same server: durable appends, imports and reading."""

import asyncio
from collections.abc import Iterator

from psycopg.conninfo import make_conninfo

from huiyin_launcher.embedded import cluster
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.limits import StoreLimits
from huiyin_store.provision import provision, role_dsn, role_of
from tests.bench.harness import ROUNDS, Record, compared, quiet
from tests.bench.platform import bench_folder
from tests.bench.raw_postgres import RawPostgres
from tests.bench.workload import (
    DATA_BYTES,
    META_BYTES,
    Log,
    append_by_callers,
    import_events,
    read_everything,
)

SCHEMA = "intake"
ALONE, TOGETHER = 1_500, 20_000
"""Appends of a round by one caller, and by 64."""

IMPORTED = 20_000
P99_MILLISECONDS_MAX = 10.0
PAGE = 500
LIMITS = StoreLimits()


def measure() -> Iterator[Record]:
    """All records of the event store."""
    with bench_folder() as folder, EmbeddedPostgres(folder / "server") as server:
        asyncio.run(provision(server.admin_dsn, "bench", {SCHEMA: "for-the-benchmark"}))
        log = Log(role_dsn(server.admin_dsn, "bench", role_of(SCHEMA), "for-the-benchmark"), SCHEMA)
        programs = cluster.find_binaries().binaries.folder
        raw = RawPostgres(make_conninfo(server.admin_dsn, dbname="bench"), programs, folder)
        raw.make_table()
        yield from appends(log, raw)
        yield imported("append_bulk", log, raw, events_each=10)
        yield imported("append_bulk_single", log, raw, events_each=1)
        yield replayed(log, raw)


def appends(log: Log, raw: RawPostgres) -> Iterator[Record]:
    """One caller and 64 callers, each append durable when answered, beside durable inserts."""
    for callers, connections, total in ((1, 1, ALONE), (64, 8, TOGETHER)):
        raw.inserts(connections)  # finds the faster client
        pairs, waits = [], []
        for _ in range(ROUNDS):
            quiet()
            rate, milliseconds = asyncio.run(append_by_callers(log, callers, total))
            pairs.append((rate, raw.inserts(connections)))
            waits.append((milliseconds, P99_MILLISECONDS_MAX))
        baseline = f"raw single-row INSERT, connections: {connections}, by {raw.faster[connections]}"
        yield compared(f"append_{callers}", "appends/s", baseline, pairs)
        yield compared(f"append_{callers}_p99", "ms", "the most that is aimed at", waits)


def imported(name: str, log: Log, raw: RawPostgres, events_each: int) -> Record:
    """Appends of several events, expected version and chain included, beside COPY of the same rows.

    As many rows share a transaction here as there. The first round warms both tables and does not count.
    """
    together = min(LIMITS.batch_appends * events_each, LIMITS.batch_bytes // (META_BYTES + DATA_BYTES))
    pairs = []
    for _ in range(1 + ROUNDS):
        quiet()
        rate, rows = asyncio.run(import_events(log, IMPORTED // events_each, events_each))
        pairs.append((rate, raw.copies(log.schema, rows, together)))
    return compared(
        name, "events/s", f"binary COPY of the same rows, {together:,} per transaction", pairs[1:]
    )


def replayed(log: Log, raw: RawPostgres) -> Record:
    """Reading the whole log as events, beside COPY to the client of the same rows as unparsed text."""
    pairs = []
    for _ in range(ROUNDS):
        quiet()
        rate, count = asyncio.run(read_everything(log, PAGE))
        pairs.append((rate, raw.copies_out(log.schema, count)))
    return compared("replay_rows", "events/s", "COPY TO STDOUT, unparsed text", pairs)

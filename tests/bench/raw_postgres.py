"""Raw baselines: what the same server does with the same rows when nothing is checked, chained or shared."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from huiyin_store.port import RecordedEvent
from tests.bench.workload import DATA_BYTES, META_BYTES, TYPE, new_append

SECONDS = 2
ROWS_PER_CONNECTION = 1_000

_TABLE = """
  DROP SCHEMA IF EXISTS raw CASCADE;
  CREATE SCHEMA raw;
  CREATE TABLE raw.event (
    position bigserial PRIMARY KEY, stream text COLLATE "C" NOT NULL, version bigint NOT NULL,
    event_id uuid NOT NULL, type text NOT NULL, recorded timestamptz NOT NULL DEFAULT clock_timestamp(),
    occurred timestamptz NOT NULL, meta bytea NOT NULL, data bytea NOT NULL, UNIQUE (stream, version));
"""
_INSERT: LiteralString = (
    "INSERT INTO raw.event (stream, version, event_id, type, occurred, meta, data)"
    " VALUES (%b, 1, %b, %b, %b, %b, %b)"
)
# The payload is a constant that does not even cross the wire: faster than any client with something to say.
_PGBENCH = f"""\\set number random(1, 9000000000000)
INSERT INTO raw.event (stream, version, event_id, type, occurred, meta, data)
VALUES ('petition-0192c3a4-' || :client_id || '-' || :number, 1, gen_random_uuid(), '{TYPE}', now(),
  decode(repeat('ab', {META_BYTES}), 'hex'), decode(repeat('cd', {DATA_BYTES}), 'hex'));
"""


class RawPostgres:
    """The baselines, on one server. Needs an administrator's connection."""

    def __init__(self, dsn: str, programs: Path, folder: Path) -> None:
        self._dsn, self._pgbench, self._script = dsn, programs / "pgbench", folder / "insert.sql"
        self._script.write_text(_PGBENCH)
        self.faster: dict[int, str] = {}
        """Which client inserts faster, for each number of connections."""

    def make_table(self) -> None:
        """A table with the primary key and the unique index that any event store needs at least."""
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(_TABLE)

    def inserts(self, connections: int) -> float:
        """Durable single-row INSERTs a second, prepared; by pgbench or from Python, whichever is faster."""
        clients = {"psycopg": self._inserts_by_threads}
        if self._pgbench.exists():
            clients["pgbench"] = self._inserts_by_pgbench
        if connections not in self.faster:
            rates = {name: insert(connections) for name, insert in clients.items()}
            self.faster[connections] = max(rates, key=lambda name: rates[name])
        return clients[self.faster[connections]](connections)

    def copies(self, schema: str, rows: Sequence[RecordedEvent], per_transaction: int) -> float:
        """Rows a second by binary COPY into a table with the event table's columns, checks and indexes.

        The bytes are ready before the clock starts, and the table keeps the rows of the rounds before.
        """
        event = sql.Identifier(schema, "event")
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE TABLE IF NOT EXISTS raw.copied (LIKE {} INCLUDING ALL)").format(event)
            )
            firsts = range(rows[0].position, rows[-1].position + 1, per_transaction)
            ready = [self._bytes(connection, event, first, per_transaction) for first in firsts]
            start = time.perf_counter()
            for one in ready:
                with connection.cursor().copy("COPY raw.copied FROM STDIN (FORMAT BINARY)") as copy:
                    copy.write(one)
            return len(rows) / (time.perf_counter() - start)

    def copies_out(self, schema: str, count: int) -> float:
        """Rows a second by COPY of the log to the client, which looks at nothing."""
        query = sql.SQL("COPY (SELECT * FROM {} ORDER BY position) TO STDOUT")
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            start = time.perf_counter()
            with connection.cursor().copy(query.format(sql.Identifier(schema, "event"))) as copy:
                for _ in copy:
                    pass
            return count / (time.perf_counter() - start)

    def _bytes(
        self, connection: "psycopg.Connection[Any]", event: sql.Identifier, first: int, count: int
    ) -> bytes:
        """Some rows of the log in the form in which COPY takes them."""
        query = sql.SQL(
            "COPY (SELECT * FROM {} WHERE position >= {} AND position < {} ORDER BY position)"
            " TO STDOUT (FORMAT BINARY)"
        ).format(event, first, first + count)
        with connection.cursor().copy(query) as copy:
            return b"".join(bytes(one) for one in copy)

    def _inserts_by_pgbench(self, connections: int) -> float:
        threads = min(connections, os.cpu_count() or 1)
        command = f"{self._pgbench} -n -M prepared -c {connections} -j {threads} -T {SECONDS}".split()
        done = subprocess.run(
            [*command, "-f", str(self._script), self._dsn], capture_output=True, text=True, check=True
        )
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found, done.stdout
        return float(found[1])

    def _inserts_by_threads(self, connections: int) -> float:
        gate = threading.Barrier(connections + 1)
        threads = [threading.Thread(target=self._insert, args=(gate,)) for _ in range(connections)]
        for thread in threads:
            thread.start()
        gate.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join()
        return connections * ROWS_PER_CONNECTION / (time.perf_counter() - start)

    def _insert(self, gate: threading.Barrier) -> None:
        writes = [new_append(1).writes[0] for _ in range(ROWS_PER_CONNECTION)]
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            cursor = connection.cursor()
            gate.wait()
            for write in writes:
                (event,) = write.events
                row = (write.stream, event.event_id, event.type, event.occurred, event.meta, event.data)
                cursor.execute(_INSERT, row, prepare=True, binary=True)

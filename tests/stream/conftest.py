"""A real database that holds the logs of the audit's legal story, for the tests in this folder."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store import port
from tests.unit.audit.book import Book, written
from tests.unit.audit.legal_story import LOGS, SEALED, legal_story
from tests.unit.audit.sources import heads_of, requests_of

_SQL = Path(port.__file__).parent / "sql"
TABLES = "".join((_SQL / name).read_text(encoding="utf-8") for name in ("tables.sql", "request_scopes.sql"))


@pytest.fixture
def audit_dsn(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """A database with the logs of the legal story, as the platform's own tables hold them."""
    book = written(legal_story())
    with psycopg.connect(postgres_server.admin_dsn) as connection:
        for log in LOGS:
            _fill(connection, log, book)
        key = (SEALED.key_id, "case-1", bytes(60), "a", datetime.now(UTC), None)
        _insert(connection, "intake.key", [key])
    yield postgres_server.admin_dsn
    with psycopg.connect(postgres_server.admin_dsn) as connection:
        for log in LOGS:
            connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(_schema(log)))


def _schema(log: str) -> sql.Identifier:
    return sql.Identifier(log.split("@")[0])


def _fill(connection: psycopg.Connection[Any], log: str, book: Book) -> None:
    events = book.logs[log]
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(_schema(log)))
    connection.execute(sql.SQL("SET search_path TO {}").format(_schema(log)))
    connection.execute(TABLES)
    _insert(connection, "event", events)
    _insert(connection, "stream", heads_of(events))
    spans, recorded = requests_of(log, events), events[0].recorded
    requests = [
        (span.request_id, b"", span.first_position, span.last_position, recorded, "") for span in spans
    ]
    _insert(connection, "request", requests)
    connection.execute("SET search_path TO public")


def _insert(connection: psycopg.Connection[Any], table: str, rows: Sequence[Sequence[Any]]) -> None:
    values = sql.SQL(", ").join(sql.Placeholder() for _ in rows[0])
    query = sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(*table.split(".")), values)
    connection.cursor().executemany(query, rows)

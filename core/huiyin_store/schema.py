"""The tables, functions and privileges of one log, brought up to date by the owner role."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql

Owner = AsyncConnection[tuple[Any, ...]]

_FOLDER = Path(__file__).parent / "sql"
TABLES = _FOLDER / "tables.sql"
REQUEST_SCOPES = _FOLDER / "request_scopes.sql"
FUNCTIONS = _FOLDER / "functions.sql"
LETTERS = _FOLDER / "letters.sql"
LETTER_FUNCTIONS = _FOLDER / "letter_functions.sql"
RINGS = _FOLDER / "rings.sql"
RING_FUNCTIONS = _FOLDER / "ring_functions.sql"
STORE_TABLES = ("event", "stream", "request", "cursor", "key", "key_check", "dead_letter", "schema_version")

_VERSIONS = """
  CREATE TABLE IF NOT EXISTS schema_version (
    name text NOT NULL PRIMARY KEY, checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now())
"""
_APPLIED = """
  INSERT INTO schema_version (name, checksum) VALUES (%s, %s)
  ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied = excluded.applied
"""
_PRIVILEGES: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA {schema} TO {service}, {auditor}",
    "REVOKE ALL ON ALL ROUTINES IN SCHEMA {schema} FROM PUBLIC",
    "GRANT EXECUTE ON ROUTINE append_durably, append, rewrap_key, destroy_keys TO {service}",
    "GRANT EXECUTE ON ROUTINE known_request, bury, mark_letter, know_key TO {service}",
    "GRANT SELECT ON event, stream, request, cursor, key, key_check, dead_letter TO {service}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {auditor}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {service}",
)


class SchemaChangedError(Exception):
    """A file that was applied once differs now: its change would be lost."""


async def make_log(owner: Owner, schema: str, service: str, auditor: str, extra: Sequence[Path]) -> None:
    """Brings a log's schema up to date, in the caller's transaction. Raises SchemaChangedError."""
    await _enter(owner, schema)
    for tables in (TABLES, REQUEST_SCOPES, LETTERS, RINGS):
        await _apply(owner, tables)
    for functions in (FUNCTIONS, LETTER_FUNCTIONS, RING_FUNCTIONS):
        await _apply(owner, functions, again=True)
    for file in extra:
        await _apply(owner, file)
    names = {"schema": schema, "service": service, "auditor": auditor}
    identifiers = {key: sql.Identifier(name) for key, name in names.items()}
    for privilege in _PRIVILEGES:
        await owner.execute(sql.SQL(privilege).format(**identifiers))
    await _open_other_tables(owner, schema, service, STORE_TABLES)


async def make_tables(owner: Owner, schema: str, role: str, auditor: str, files: Sequence[Path]) -> None:
    """Brings a schema without a log up to date, in the caller's transaction. Raises SchemaChangedError."""
    await _enter(owner, schema)
    for file in files:
        await _apply(owner, file)
    for name in (role, auditor):
        await owner.execute(_sql("GRANT USAGE ON SCHEMA {} TO {}", schema, name))
    await owner.execute(_sql("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}", schema, auditor))
    await _open_other_tables(owner, schema, role, STORE_TABLES[-1:])


async def let_read(owner: Owner, role: str, reads: Mapping[str, Sequence[str]]) -> None:
    """Lets a role read these tables of these schemas, and nothing else there."""
    for schema, tables in reads.items():
        await owner.execute(_sql("GRANT USAGE ON SCHEMA {} TO {}", schema, role))
        for table in tables:
            await owner.execute(_sql("GRANT SELECT ON {}.{} TO {}", schema, table, role))


async def _enter(owner: Owner, schema: str) -> None:
    await owner.execute(_sql("CREATE SCHEMA IF NOT EXISTS {}", schema))
    # pg_temp last: else a temporary table could stand in for one of ours inside the functions.
    await owner.execute("SELECT set_config('search_path', %s, true)", (f"{schema}, pg_temp",))
    await owner.execute("SET LOCAL client_min_messages = warning")  # "already exists" is no news here
    await owner.execute(_VERSIONS)


def _sql(query: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(query).format(*map(sql.Identifier, names))


async def _apply(owner: Owner, file: Path, *, again: bool = False) -> None:
    text, checksum = _read(file)
    cursor = await owner.execute("SELECT checksum FROM schema_version WHERE name = %s", (file.name,))
    applied = await cursor.fetchone()
    if applied is not None and applied[0] == checksum:
        return
    if applied is not None and not again:
        raise SchemaChangedError(f"{file} was changed after it was applied: restore it and add another file")
    await owner.execute(text)
    await owner.execute(_APPLIED, (file.name, checksum))


def _read(file: Path) -> tuple[bytes, str]:
    text = file.read_bytes()
    return text, sha256(text).hexdigest()


async def _open_other_tables(owner: Owner, schema: str, service: str, closed: Sequence[str]) -> None:
    cursor = await owner.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> ALL (%s)",
        (schema, list(closed)),
    )
    grant = sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON {} TO {}")
    for (table,) in await cursor.fetchall():
        await owner.execute(grant.format(sql.Identifier(table), sql.Identifier(service)))

"""Makes the database, roles and logs of the services; running it again changes nothing that is right."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import AsyncConnection, sql
from psycopg.conninfo import make_conninfo

from huiyin_store.schema import let_read, make_log, make_tables

OWNER = "huiyin_owner"
"""Owns database, schemas, tables and functions; nobody logs in as it."""

AUDITOR = "huiyin_auditor"
"""May read everything and change nothing."""

OLDEST_MAJOR = 17
"""The first version whose pg_logical_emit_message can flush."""

# A service that hangs must not hold up the log: the lock is held for a moment only, and queries are small.
_TIMEOUTS = {
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
_ONE_AT_A_TIME = 1213548911

Admin = AsyncConnection[tuple[Any, ...]]


class ProvisionError(Exception):
    """The database cannot be made ready; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class ReaderProcess:
    """A process without a log: it has tables of its own, and reads some of others, by schema."""

    password: str
    tables: Sequence[Path] = ()
    reads: Mapping[str, Sequence[str]] = field(default_factory=dict)


def role_of(schema: str) -> str:
    """The role of the service whose log is in the schema."""
    return f"huiyin_{schema}"


def role_dsn(admin_dsn: str, database: str, role: str, password: str) -> str:
    """How a role reaches the database, on the administrator's server."""
    return make_conninfo(admin_dsn, dbname=database, user=role, password=password)


async def provision(
    admin_dsn: str,
    database: str,
    logs: Mapping[str, str],
    *,
    extra: Mapping[str, Sequence[Path]] | None = None,
    readers: Mapping[str, ReaderProcess] | None = None,
    auditor_password: str | None = None,
) -> None:
    """Makes a log in each schema named, and its role (see `role_of`) with the password given.

    `readers` are processes without a log, such as the relay, each by the name of its schema.

    `extra` names SQL files for tables beside a log, such as read models. Each is run once, by the owner in
    that schema; the service may then read and write its tables. A file that was run must not change: add
    another one. Until it is given a password the auditor cannot log in. Raises ProvisionError or
    SchemaChangedError.
    """
    readers = readers or {}
    passwords = {**logs, **{name: reader.password for name, reader in readers.items()}}
    for schema in passwords:
        if not _NAME.fullmatch(schema):
            raise ProvisionError(f"{schema!r} cannot name a schema: use small letters, digits and _")
    async with await AsyncConnection.connect(admin_dsn, autocommit=True) as admin:
        _check_version(admin.info.server_version)
        await admin.execute("SELECT pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        await _make_roles(admin, passwords, auditor_password)
        await _make_database(admin, database, [role_of(schema) for schema in passwords])
    async with await AsyncConnection.connect(admin_dsn, dbname=database, autocommit=True) as owner:
        await owner.execute("SELECT pg_advisory_lock(%s)", (_ONE_AT_A_TIME,))
        await owner.execute(_sql("SET ROLE {}", OWNER))
        for schema in logs:
            files = (extra or {}).get(schema, ())
            async with owner.transaction():
                await make_log(owner, schema, role_of(schema), AUDITOR, files)
        for name, reader in readers.items():
            async with owner.transaction():
                await make_tables(owner, name, role_of(name), AUDITOR, reader.tables)
                await let_read(owner, role_of(name), reader.reads)


def _check_version(version: int) -> None:
    if version < OLDEST_MAJOR * 10_000:
        raise ProvisionError(f"this is PostgreSQL {version // 10_000}: use {OLDEST_MAJOR} or newer")


async def _make_roles(admin: Admin, logs: Mapping[str, str], auditor_password: str | None) -> None:
    await _make_role(admin, OWNER, None)
    await _make_role(admin, AUDITOR, auditor_password)
    for schema, password in logs.items():
        await _make_role(admin, role_of(schema), password)
    # So that an administrator who is no superuser can give the database to the owner and act for it.
    await admin.execute(_sql("GRANT {} TO CURRENT_USER", OWNER))


async def _make_role(admin: Admin, role: str, password: str | None) -> None:
    cursor = await admin.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,))
    if await cursor.fetchone() is None:
        await admin.execute(_sql("CREATE ROLE {} NOLOGIN", role))
    if password is None:
        return
    # Hashed here, so that the server's log never sees the password.
    hashed = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    await admin.execute(_sql("ALTER ROLE {} LOGIN PASSWORD ", role) + sql.Literal(hashed))


async def _make_database(admin: Admin, database: str, roles: Sequence[str]) -> None:
    cursor = await admin.execute("SELECT FROM pg_database WHERE datname = %s", (database,))
    if await cursor.fetchone() is None:
        await admin.execute(
            _sql(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
                database,
                OWNER,
            )
        )
    await admin.execute(_sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", database))
    await admin.execute(_sql("GRANT CONNECT ON DATABASE {} TO {}", database, AUDITOR))
    for role in roles:
        await admin.execute(_sql("GRANT CONNECT ON DATABASE {} TO {}", database, role))
        for setting, value in _TIMEOUTS.items():
            query = _sql("ALTER ROLE {} IN DATABASE {} SET {} = ", role, database, setting)
            await admin.execute(query + sql.Literal(value))


def _sql(query: Any, *names: str) -> sql.Composed:
    return sql.SQL(query).format(*map(sql.Identifier, names))

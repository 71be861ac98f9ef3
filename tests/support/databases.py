"""Databases and logs for tests, each used by one test only."""

import itertools
import os
from dataclasses import dataclass

from psycopg import AsyncConnection, sql
from psycopg.conninfo import make_conninfo

from huiyin_store.limits import StoreLimits
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import provision, role_dsn, role_of

PASSWORD = "for-tests-only"
SERVICES = ("intake", "reception", "judicial", "supervision")
SHARED = "huiyin_logs"

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where a log is: its schema, and how its service and the administrator reach it."""

    dsn: str
    admin_dsn: str
    schema: str

    @property
    def log(self) -> str:
        """The log's name."""
        return f"{self.schema}@990000"

    async def open(self, limits: StoreLimits | None = None) -> PostgresEventStore:
        """Opens the log as its service does."""
        return await PostgresEventStore.open(self.dsn, self.schema, self.log, limits=limits)

    async def admin(self) -> AsyncConnection[tuple[object, ...]]:
        """A superuser's connection with the log's tables on its search path."""
        return await _connect(self.admin_dsn, self.schema)

    async def service(self) -> AsyncConnection[tuple[object, ...]]:
        """The service's own connection."""
        return await _connect(self.dsn, self.schema)


@dataclass(frozen=True, slots=True)
class FreshDatabase:
    """A provisioned database."""

    server_dsn: str
    name: str

    def place(self, schema: str) -> LogPlace:
        """Where one service's log is."""
        dsn = role_dsn(self.server_dsn, self.name, role_of(schema), PASSWORD)
        return LogPlace(dsn, make_conninfo(self.server_dsn, dbname=self.name), schema)

    async def drop(self) -> None:
        """Removes the database, whoever is still connected."""
        async with await AsyncConnection.connect(self.server_dsn, autocommit=True) as admin:
            await admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.name)))


async def provisioned(server_dsn: str) -> FreshDatabase:
    """A new database with the logs of the four services."""
    name = f"huiyin_{os.getpid()}_{next(_numbers)}"
    await provision(server_dsn, name, dict.fromkeys(SERVICES, PASSWORD))
    return FreshDatabase(server_dsn, name)


async def next_log(server_dsn: str) -> LogPlace:
    """A new log in a database that tests share."""
    schema = f"log_{os.getpid()}_{next(_numbers)}"
    await provision(server_dsn, SHARED, {schema: PASSWORD})
    return FreshDatabase(server_dsn, SHARED).place(schema)


async def _connect(dsn: str, schema: str) -> AsyncConnection[tuple[object, ...]]:
    return await AsyncConnection.connect(
        dsn, autocommit=True, options=f"-c search_path={schema} -c timezone=UTC"
    )

"""Who may do what to a log: the service only append, a superuser nothing by mistake."""

from typing import Any

import pytest
from psycopg import errors

from tests.support.databases import LogPlace

FORBIDDEN = [
    "INSERT INTO event SELECT * FROM event",
    "UPDATE event SET data = ''",
    "DELETE FROM event",
    "TRUNCATE event",
    "UPDATE stream SET version = 0",
    "DELETE FROM request",
    "UPDATE cursor SET position = 0",
    "UPDATE key SET wrapped = ''",
    "DROP TABLE event",
    "ALTER TABLE event DISABLE TRIGGER append_only",
    "CREATE TABLE mine ()",
    "CREATE TEMPORARY TABLE event (position bigint)",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_the_service_role_may_not(log_place: LogPlace, statement: str) -> None:
    async with await log_place.service() as service:
        with pytest.raises(errors.InsufficientPrivilege):
            await service.execute(statement.encode())


@pytest.mark.parametrize("statement", [*FORBIDDEN[1:4], "DELETE FROM request"])
async def test_even_a_superuser_is_stopped_by_the_trap(log_place: LogPlace, statement: str) -> None:
    async with await log_place.admin() as admin:
        await admin.execute("SET session_replication_role = replica")
        with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
            await admin.execute(statement.encode())


async def test_a_service_may_not_even_look_at_another_services_log(fresh_database: Any) -> None:
    reception = fresh_database.place("reception")
    async with await fresh_database.place("intake").service() as intake:
        with pytest.raises(errors.InsufficientPrivilege):
            await intake.execute(f"SELECT FROM {reception.schema}.event".encode())


async def test_the_roles_have_timeouts(log_place: LogPlace) -> None:
    async with await log_place.service() as service:
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            cursor = await service.execute(f"SHOW {name}".encode())
            assert await cursor.fetchone() not in [None, ("0",)]

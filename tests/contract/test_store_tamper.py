"""Tampering: whatever a superuser does to the log, the verifier names the first position that is wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from psycopg import AsyncConnection

from huiyin_store.chain import LogVerifier
from huiyin_store.port import RecordedEvent
from tests.contract.store_making import appending, write
from tests.support.databases import LogPlace

Connection = AsyncConnection[tuple[Any, ...]]

LENGTH = 12
TARGET = 5
"""Position of the event that is tampered with; its stream goes on after it."""


@pytest.fixture
async def superuser(log_place: LogPlace) -> AsyncIterator[Connection]:
    """A log of two streams that take turns, and a superuser who has switched the trap off."""
    store = await log_place.open()
    for number in range(LENGTH // 2):
        await store.append(appending(write("petition-a", number), write("petition-b", number)))
    await store.aclose()
    async with await log_place.admin() as admin:
        await admin.execute("ALTER TABLE event DISABLE TRIGGER append_only")
        yield admin


async def first_bad_position(connection: Connection) -> int | None:
    """What the verifier says about the log and its streams' heads as they are now."""
    columns = ", ".join(RecordedEvent._fields)
    cursor = await connection.execute(f"SELECT {columns} FROM event ORDER BY position".encode())
    verifier = LogVerifier()
    for row in await cursor.fetchall():
        if fault := verifier.check(RecordedEvent._make(row)):
            return fault.position
    cursor = await connection.execute("SELECT stream, version, hash FROM stream")
    fault = verifier.finish({name: (version, digest) for name, version, digest in await cursor.fetchall()})
    return fault.position if fault else None


CHANGES = {
    "position": "position = 1000",
    "stream": "stream = 'petition-c'",
    "version": "version = version + 1000",
    "event_id": "event_id = gen_random_uuid()",
    "type": "type = type || 'x'",
    "recorded": "recorded = recorded + interval '1 microsecond'",
    "occurred": "occurred = occurred - interval '1 microsecond'",
    "meta": "meta = set_bit(meta, 0, 1 - get_bit(meta, 0))",
    "data": "data = set_bit(data, 77, 1 - get_bit(data, 77))",
    "previous_hash": "previous_hash = set_bit(previous_hash, 3, 1 - get_bit(previous_hash, 3))",
    "hash": "hash = set_bit(hash, 255, 1 - get_bit(hash, 255))",
}


def test_every_column_is_tampered_with() -> None:
    assert tuple(CHANGES) == RecordedEvent._fields


async def test_an_untouched_log_verifies(superuser: Connection) -> None:
    assert await first_bad_position(superuser) is None


@pytest.mark.parametrize("column", CHANGES)
async def test_a_change_to_any_column_is_found(superuser: Connection, column: str) -> None:
    await superuser.execute(f"UPDATE event SET {CHANGES[column]} WHERE position = {TARGET}".encode())
    assert await first_bad_position(superuser) == TARGET


Tampering = Callable[[Connection], Awaitable[None]]


async def delete_one(connection: Connection) -> None:
    await connection.execute("DELETE FROM event WHERE position = 5")


async def delete_one_and_close_the_gap(connection: Connection) -> None:
    await connection.execute("DELETE FROM event WHERE position = 5")
    for position in range(6, LENGTH + 1):
        await connection.execute("UPDATE event SET position = position - 1 WHERE position = %s", (position,))


async def swap_two(connection: Connection) -> None:
    for old, new in ((5, 100), (6, 5), (100, 6)):
        await connection.execute("UPDATE event SET position = %s WHERE position = %s", (new, old))


async def swap_the_content_of_two(connection: Connection) -> None:
    query = "UPDATE event a SET data = b.data FROM event b WHERE (a.position, b.position) IN ((5, 7), (7, 5))"
    await connection.execute(query)


async def insert_one(connection: Connection) -> None:
    for position in range(LENGTH, 4, -1):
        await connection.execute("UPDATE event SET position = position + 1 WHERE position = %s", (position,))
    await connection.execute(
        "INSERT INTO event SELECT 5, 'petition-new', 1, gen_random_uuid(), type, recorded, occurred, meta,"
        " data, decode(repeat('00', 32), 'hex'), hash FROM event WHERE position = 4"
    )


async def insert_one_with_a_good_hash(connection: Connection) -> None:
    """The forger knows the formula: the forged event fits, what it displaced does not."""
    await insert_one(connection)
    await connection.execute(
        "UPDATE event SET hash = sha256(previous_hash || event_core("
        "position, stream, version, event_id, type, recorded, occurred, meta, data)) WHERE position = 5"
    )


@pytest.mark.parametrize(
    "tampering, position",
    [
        (delete_one, 5),
        (delete_one_and_close_the_gap, 5),
        (swap_two, 5),
        (swap_the_content_of_two, 5),
        (insert_one, 5),
        (insert_one_with_a_good_hash, 6),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_dropping_moving_and_inserting_events_is_found(
    superuser: Connection, tampering: Tampering, position: int
) -> None:
    await tampering(superuser)
    assert await first_bad_position(superuser) == position


async def test_a_tail_that_was_cut_off_is_found_against_the_heads(superuser: Connection) -> None:
    await superuser.execute("DELETE FROM event WHERE position > 9")
    assert await first_bad_position(superuser) == 10


async def test_a_whole_log_that_was_emptied_is_found_against_the_heads(superuser: Connection) -> None:
    await superuser.execute("TRUNCATE event")
    assert await first_bad_position(superuser) == 1

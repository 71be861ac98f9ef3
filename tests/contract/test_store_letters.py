"""Dead letters in memory and in PostgreSQL keep the same contract."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from psycopg import errors

from huiyin_kernel.clock import SystemClock
from huiyin_store.letters import Letters
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import Cursor
from huiyin_store.postgres import PostgresEventStore
from tests.contract.store_letters import CursorOf, LetterContract, new_letter
from tests.contract.store_making import appending, stream_name, write
from tests.support.databases import LogPlace


class TestMemoryLetters(LetterContract):
    """In memory."""

    @pytest.fixture
    def store(self) -> MemoryEventStore:
        return MemoryEventStore("reception@990000", SystemClock())

    @pytest.fixture
    def letters(self, store: MemoryEventStore) -> Letters:
        return store.letters

    @pytest.fixture
    def cursor_of(self, store: MemoryEventStore) -> CursorOf:
        return store.cursor


@pytest.fixture
async def store(log_place: LogPlace) -> AsyncIterator[PostgresEventStore]:
    """An empty log."""
    opened = await log_place.open()
    yield opened
    await opened.aclose()


class TestPostgresLetters(LetterContract):
    """In PostgreSQL."""

    @pytest.fixture
    def letters(self, store: PostgresEventStore) -> Letters:
        return store.letters

    @pytest.fixture
    def cursor_of(self, store: PostgresEventStore) -> CursorOf:
        return store.cursor


async def test_letters_buried_at_the_same_time_get_dense_places(store: PostgresEventStore) -> None:
    consumer = stream_name()
    buries = [
        store.letters.bury(new_letter(consumer), Cursor(consumer, f"log-{number}", 1)) for number in range(20)
    ]
    assert all(await asyncio.gather(*buries))
    kept = await store.letters.page(0, 100, with_handled=True)
    assert [letter.sequence for letter in kept] == list(range(1, 21))


async def test_a_bury_and_an_append_at_the_same_position_have_one_effect(store: PostgresEventStore) -> None:
    consumer = stream_name()
    for position in range(1, 21):
        cursor = Cursor(consumer, "intake@990000", position)
        append = appending(write(stream_name(), 0), cursor=cursor)
        appended, buried = await asyncio.gather(
            store.append(append), store.letters.bury(new_letter(consumer), cursor)
        )
        assert bool(appended.first_position) != buried
    assert await store.cursor(consumer, "intake@990000") == 20


@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO dead_letter VALUES (1)", "UPDATE dead_letter SET state = 3", "DELETE FROM dead_letter"],
)
async def test_a_service_changes_letters_by_the_functions_only(log_place: LogPlace, statement: str) -> None:
    async with await log_place.service() as service:
        with pytest.raises(errors.InsufficientPrivilege):
            await service.execute(statement.encode())

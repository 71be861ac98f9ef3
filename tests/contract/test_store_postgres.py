"""The event store on PostgreSQL keeps the contract."""

from collections.abc import AsyncIterator

import pytest

from huiyin_store.port import EventStore
from tests.contract.store_appends import AppendContract
from tests.contract.store_keys import KeyContract
from tests.contract.store_reads import ReadContract
from tests.contract.store_repeats import RepeatContract
from tests.support.databases import LogPlace


@pytest.fixture
async def store(shared_log: LogPlace) -> AsyncIterator[EventStore]:
    opened = await shared_log.open()
    yield opened
    await opened.aclose()


class TestPostgresAppend(AppendContract):
    """Appends."""


class TestPostgresRepeat(RepeatContract):
    """Repetitions."""


class TestPostgresRead(ReadContract):
    """Reading."""


class TestPostgresKey(KeyContract):
    """Keys."""

"""The event store in memory keeps the contract."""

import pytest

from huiyin_kernel.clock import SystemClock
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import EventStore
from tests.contract.store_appends import AppendContract
from tests.contract.store_keys import KeyContract
from tests.contract.store_reads import ReadContract
from tests.contract.store_repeats import RepeatContract


@pytest.fixture
def store() -> EventStore:
    return MemoryEventStore("intake@990000", SystemClock())


class TestMemoryAppend(AppendContract):
    """Appends."""


class TestMemoryRepeat(RepeatContract):
    """Repetitions."""


class TestMemoryRead(ReadContract):
    """Reading."""


class TestMemoryKey(KeyContract):
    """Keys."""

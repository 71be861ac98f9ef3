"""One running platform for each module of service tests."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.platform import Platform, running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the module's platform."""
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(postgres_server: Any, home: Path) -> AsyncIterator[Platform]:
    """The platform, started once for the module."""
    async with running(postgres_server.admin_dsn, home) as started:
        yield started

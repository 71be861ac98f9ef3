"""One running platform for each module of service tests, and officers at their desks."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from huiyin_kernel.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.calling import DIRECTORY
from tests.support.platform import Platform, running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the module's platform."""
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(postgres_server: EmbeddedPostgres, home: Path) -> AsyncIterator[Platform]:
    """The platform, started once for the module."""
    async with running(postgres_server.admin_dsn, home) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(platform: Platform) -> AsyncIterator[Desks]:
    """Officers of all agencies, each with connections of their own that stay open."""
    async with Desks(platform.settings, DIRECTORY) as opened:
        yield opened

"""One running platform for the whole matrix, with a case for each way of standing to one."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.matrix.world import World, built
from tests.support.calling import DIRECTORY
from tests.support.platform import running
from tests.support.years_to_come import lay_down_years_to_come


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The platform with everything that is asked for, made once."""
    home = tmp_path_factory.mktemp("home-matrix")
    async with (
        running(postgres_server.admin_dsn, home) as platform,
        Desks(platform.settings, DIRECTORY) as desks,
    ):
        await lay_down_years_to_come(platform)
        yield await built(platform, desks)

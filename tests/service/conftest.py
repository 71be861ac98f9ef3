"""One running platform for each module of service tests and each mode, and officers at their desks."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.calling import DIRECTORY
from tests.support.kafka import Brokers
from tests.support.platform import Platform, running

EMBEDDED, CLUSTER = "embedded", "cluster"


@pytest.fixture(scope="module", params=[EMBEDDED, CLUSTER])
def mode(request: pytest.FixtureRequest) -> str:
    """How services hear of each other: over gRPC, or on Kafka. Every behaviour is the same in both."""
    return str(request.param)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for a platform of the module's own."""
    return tmp_path_factory.mktemp("home")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(
    postgres_server: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    mode: str,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Platform]:
    """The platform, started once for the module and mode."""
    home = tmp_path_factory.mktemp(f"home-{mode}")
    start: AbstractAsyncContextManager[Platform] = running(postgres_server.admin_dsn, home)
    if mode == CLUSTER:
        start = _in_a_cluster(postgres_server, home, request.getfixturevalue("kafka_broker"))
    async with start as started:
        yield started


def _in_a_cluster(
    server: EmbeddedPostgres, home: Path, brokers: Brokers
) -> AbstractAsyncContextManager[Platform]:
    # Imported here: the embedded default is tested where there is no Kafka.
    from tests.support.cluster_platform import running_cluster

    return running_cluster(server.admin_dsn, home, brokers, Settings().region)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(platform: Platform) -> AsyncIterator[Desks]:
    """Officers of all agencies, each with connections of their own that stay open."""
    async with Desks(platform.settings, DIRECTORY) as opened:
        yield opened

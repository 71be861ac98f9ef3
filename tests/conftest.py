"""A PostgreSQL server and a Kafka broker for the whole run; databases and logs that no other test touches."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings

from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.limits import StoreLimits
from huiyin_store.postgres import PostgresEventStore
from tests.support.databases import FreshDatabase, LogPlace, next_log, provisioned
from tests.support.kafka import Brokers, running_brokers
from tests.support.left_out import pytest_terminal_summary as pytest_terminal_summary  # a hook of pytest

# How long an example takes depends on what else the machine does; pytest bounds the whole test instead.
settings.register_profile("huiyin", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("huiyin")

# A shell starts what it runs in the background with Ctrl-C ignored, and a child inherits that: then the
# programs that tests start, and end as Ctrl-C does, would not hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)

StoreFactory = Callable[..., Awaitable[PostgresEventStore]]
"""Opens a store; takes StoreLimits or nothing."""


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One server for each test process."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres") / "server") as server:
        yield server


@pytest.fixture(scope="module")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """One Kafka broker for the tests of a file, with mutual TLS and access lists, started when first used.

    Topics have fixed names, so files that shared a broker would read each other's records.
    """
    with running_brokers(tmp_path_factory.mktemp("kafka") / "home", nodes=1) as brokers:
        yield brokers


@pytest.fixture
def kafka_settings(kafka_broker: Brokers) -> Settings:
    """The settings of a process in cluster mode, with identities that the broker trusts."""
    return kafka_broker.settings


@pytest.fixture(scope="module")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """Three Kafka brokers for the tests of a file, each record on all, to be killed and started again."""
    with running_brokers(tmp_path_factory.mktemp("three-brokers") / "home", nodes=3) as brokers:
        yield brokers


@pytest.fixture
async def fresh_database(postgres_server: EmbeddedPostgres) -> AsyncIterator[FreshDatabase]:
    """A database with the logs of the four services, dropped afterwards."""
    database = await provisioned(postgres_server.admin_dsn)
    yield database
    await database.drop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_log(postgres_server: EmbeddedPostgres) -> LogPlace:
    """A log for all tests that use streams of their own and do not mind what else is in it."""
    return await next_log(postgres_server.admin_dsn)


@pytest.fixture
async def log_place(postgres_server: EmbeddedPostgres) -> LogPlace:
    """An empty log of its own, in a database that tests share: quicker to make than a database."""
    return await next_log(postgres_server.admin_dsn)


@pytest.fixture
async def store_factory(log_place: LogPlace) -> AsyncIterator[StoreFactory]:
    """Opens stores, all on the same fresh log, and closes them afterwards."""
    opened: list[PostgresEventStore] = []

    async def open_store(limits: StoreLimits | None = None) -> PostgresEventStore:
        store = await log_place.open(limits)
        opened.append(store)
        return store

    yield open_store
    for store in opened:
        await store.aclose()

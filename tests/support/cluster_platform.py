"""The platform in cluster mode inside one test process: services that meet on a real broker, and a relay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from huiyin_cli.database import RELAY, relay_reader
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.settings import SERVICE_NAMES, Settings
from huiyin_relay.__main__ import run as run_relay
from huiyin_store.provision import provision, role_dsn, role_of
from tests.support.databases import PASSWORD
from tests.support.kafka import Brokers, share_authority
from tests.support.platform import Platform, running


def without_agencies(settings: Settings) -> Settings:
    """No agency has topics of its own: far fewer topics, made sooner."""
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"agencies": ""})})


@asynccontextmanager
async def running_cluster(
    admin_dsn: str, home: Path, brokers: Brokers, region: str
) -> AsyncIterator[Platform]:
    """Starts services and relay. A region of its own keeps its logs apart from those of other tests."""
    share_authority(brokers, home)
    kafka = without_agencies(brokers.settings).kafka
    await asyncio.to_thread(apply_topics, without_agencies(brokers.settings))
    async with running(admin_dsn, home, kafka=dict.fromkeys(SERVICE_NAMES, kafka), region=region) as platform:
        settings = platform.settings.model_copy(
            update={"kafka": kafka, "database_url": SecretStr(await _relay_dsn(platform)), "region": region}
        )
        stopped = asyncio.Event()
        relaying = asyncio.ensure_future(run_relay(settings, stopped))
        try:
            yield platform
        finally:
            stopped.set()
            await relaying


async def _relay_dsn(platform: Platform) -> str:
    database = str(conninfo_to_dict(platform.admin_dsn)["dbname"])
    await provision(platform.admin_dsn, database, {}, readers={RELAY: relay_reader(PASSWORD)})
    return role_dsn(platform.admin_dsn, database, role_of(RELAY), PASSWORD)

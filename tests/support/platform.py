"""The whole platform inside one test process: six services on a database of their own, over real gRPC."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from huiyin_cli.client import Client, open_client
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.context import Role
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.home import Home
from huiyin_kernel.host import Build, open_host, run
from huiyin_kernel.identity.development import ISSUER, TOKEN_VALIDITY, ensure_development_identities
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.identity.profiles import read_profiles, write_profiles
from huiyin_kernel.identity.tokens import TokenIssuer
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, KafkaSettings, ServiceName, Settings
from huiyin_kernel.vault.rings import ensure_rings
from huiyin_launcher.embedded.claim import free_port
from huiyin_store.port import WorldClock
from huiyin_store.provision import AUDITOR, provision, role_dsn, role_of

READY_SECONDS_MAX = 30.0
CLOCK_SECONDS_ANY = 1e10


@dataclass(frozen=True)
class Platform:
    """A running platform. `dsns` are the services' accesses by name, and the auditor's."""

    settings: Settings
    dsns: Mapping[str, str]
    admin_dsn: str

    @asynccontextmanager
    async def client(self, profile: str) -> AsyncIterator[Client]:
        """A client with the identity of a profile."""
        async with open_client(profile, self.settings) as client:
            yield client

    def token(
        self, agency: str, *roles: Role, clock: WorldClock | None = None, officer: str = "officer-99"
    ) -> str:
        """A token for an officer of an agency, as the development issuer signs it."""
        key = load_pem_private_key((self.settings.paths.identity / "issuer.key").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        issuer = TokenIssuer(ISSUER, key, clock or SystemClock())
        return issuer.issue(officer, agency, roles, TOKEN_VALIDITY)

    def employ(
        self, agency: str, *roles: Role, clock: WorldClock | None = None, officer: str = "officer-99"
    ) -> str:
        """Gives an agency an officer with these roles, and a fresh token; the name of the profile."""
        who = "" if officer == "officer-99" else f"{officer}:"
        folder, name = self.settings.paths.identity, f"{who}{'+'.join(sorted(roles))}@{agency}"
        profiles = read_profiles(folder)
        token = folder / "tokens" / f"{name}.jwt"
        write_whole(token, self.token(agency, *roles, clock=clock, officer=officer).encode())
        system = profiles[f"system@{agency}"]
        write_profiles(folder, {**profiles, name: replace(system, name=name, token=token)})
        return name


@asynccontextmanager
async def running(
    admin_dsn: str,
    home: Path,
    clock: WorldClock | None = None,
    kafka: Mapping[ServiceName, KafkaSettings] | None = None,
    but: Collection[ServiceName] = (),
    region: str = "990000",
    **limits: int | float,
) -> AsyncIterator[Platform]:
    """Starts the six services and stops them afterwards.

    `kafka` tells some of them of brokers; those in `but` have an address, and are not started.
    """
    if clock is not None:  # it shows no time of this world
        limits = {"clock_seconds_max": CLOCK_SECONDS_ANY, **limits}
    clock = clock or SystemClock()
    places, policy = Home(home), load_policy()
    places.make()
    ensure_development_identities(places.root, policy.directory)
    ensure_rings(places, SystemClock())
    database = f"huiyin_{secrets.token_hex(6)}"
    dsns = await _provisioned(admin_dsn, database)
    addresses = Addresses(**{name: f"127.0.0.1:{free_port()}" for name in SERVICE_NAMES})
    settings = _settings(home, addresses, limits).model_copy(update={"region": region})
    stopped = asyncio.Event()
    services = [
        asyncio.ensure_future(_serve(name, _with_brokers(settings, name, kafka), dsns[name], clock, stopped))
        for name in SERVICE_NAMES
        if name not in but
    ]
    platform = Platform(settings, dsns, make_conninfo(admin_dsn, dbname=database))
    try:
        await _until_ready(platform, services, but)
        yield platform
    finally:
        stopped.set()
        ended = await asyncio.gather(*services, return_exceptions=True)
    for how in ended:
        if how is not None:
            raise how


def _settings(home: Path, addresses: Addresses, limits: Mapping[str, int | float]) -> Settings:
    settings = Settings(home=home, addresses=addresses)
    bounds = settings.limits.model_copy(update={"heartbeat_seconds": 0.5, **limits})
    return settings.model_copy(update={"limits": bounds})


def _with_brokers(
    settings: Settings, name: ServiceName, kafka: Mapping[ServiceName, KafkaSettings] | None
) -> Settings:
    return settings.model_copy(update={"kafka": kafka[name]}) if kafka and name in kafka else settings


async def _provisioned(admin_dsn: str, database: str) -> dict[str, str]:
    passwords: dict[str, str] = {name: secrets.token_urlsafe(16) for name in SERVICE_NAMES}
    auditor = secrets.token_urlsafe(16)
    await provision(admin_dsn, database, passwords, extra=READ_MODEL_TABLES, auditor_password=auditor)
    dsns = {
        name: role_dsn(admin_dsn, database, role_of(name), password) for name, password in passwords.items()
    }
    return {**dsns, "auditor": role_dsn(admin_dsn, database, AUDITOR, auditor)}


async def _serve(
    name: ServiceName, settings: Settings, dsn: str, clock: WorldClock, stopped: asyncio.Event
) -> None:
    own = settings.model_copy(update={"database_url": SecretStr(dsn)})
    async with asyncio.TaskGroup() as group:
        for build in builds_of(name):
            group.create_task(run(open_host(name, own, ServiceLogs(), clock), build, stopped))


def builds_of(name: ServiceName) -> Sequence[Build]:
    """What the processes of a service run: for streams, its fold host as well."""
    modules = ("__main__", "fold_host") if name == "streams" else ("__main__",)
    return [import_module(f"huiyin_{name}.{module}").build for module in modules]


async def _until_ready(
    platform: Platform, services: Sequence[asyncio.Future[None]], but: Collection[ServiceName]
) -> None:
    async with asyncio.timeout(READY_SECONDS_MAX), platform.client("auditor") as client:
        for channel in [client.channels[name] for name in SERVICE_NAMES if name not in but]:
            waiting = asyncio.ensure_future(channel.channel_ready())
            done, _ = await asyncio.wait({waiting, *services}, return_when=asyncio.FIRST_COMPLETED)
            for failed in done - {waiting}:
                await failed


async def eventually(found: Callable[[], Awaitable[bool]], what: str, seconds: float = 20.0) -> None:
    """Waits until a question is answered yes. Raises AssertionError when it is not in time."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await found():
        assert asyncio.get_running_loop().time() < deadline, f"{what} did not happen within {seconds:g} s"
        await asyncio.sleep(0.05)

"""A service process does not start under another ring than its database was sealed under, and says so."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.home import Home
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import RING_NAMES, ServiceName
from huiyin_kernel.vault.rings import ensure_ring, ensure_rings, open_ring
from huiyin_store.postgres import PostgresEventStore
from tests.support.databases import FreshDatabase

SECONDS_MAX = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A data folder as `huiyin up` makes it, without anything that runs."""
    made = Home(tmp_path / "home")
    made.make()
    ensure_development_identities(made.root, list(load_policy().directory)[:1])
    ensure_rings(made, SystemClock())
    return made


@pytest_asyncio.fixture
async def sealed(home: Home, fresh_database: FreshDatabase) -> AsyncIterator[FreshDatabase]:
    """A database whose vaults know the rings of the data folder."""
    for name in RING_NAMES[:-1]:
        place = fresh_database.place(name)
        store: PostgresEventStore = await place.open()
        await ensure_ring(store, open_ring(home, name, {}, SystemClock()))
        await store.aclose()
    yield fresh_database


async def last_words(home: Home, name: ServiceName, dsn: str) -> tuple[int | None, str]:
    """How a process of the service ended, and what it said; one that does not end is ended."""
    environment = {**os.environ, "HUIYIN_HOME": str(home.root), "HUIYIN_DATABASE_URL": dsn}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"huiyin_{name}", env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, said.decode()


@pytest.mark.parametrize("name", RING_NAMES[:-1])
async def test_under_another_ring_a_service_does_not_start(
    home: Home, sealed: FreshDatabase, name: ServiceName
) -> None:
    home.ring(name).unlink()
    ensure_rings(home, SystemClock())
    status, said = await last_words(home, name, sealed.place(name).dsn)
    assert status == 1
    assert f"{name}: {name}@990000 is sealed under another ring" in said
    assert "put back the ring" in said
    assert "Traceback" not in said


async def test_with_the_ring_of_another_service_it_does_not_start(home: Home, sealed: FreshDatabase) -> None:
    home.ring("judicial").replace(home.ring("intake"))
    status, said = await last_words(home, "intake", sealed.place("intake").dsn)
    assert status == 1
    assert "another ring" in said


async def test_with_a_ring_that_others_may_read_it_does_not_start(home: Home, sealed: FreshDatabase) -> None:
    home.ring("intake").chmod(0o640)
    status, said = await last_words(home, "intake", sealed.place("intake").dsn)
    assert status == 1
    assert "has mode 0640, so others may read it: chmod 600" in said
    assert "Traceback" not in said


async def test_with_a_key_that_others_may_read_it_does_not_start(home: Home, sealed: FreshDatabase) -> None:
    (home.identity / "services" / "intake.key").chmod(0o644)
    status, said = await last_words(home, "intake", sealed.place("intake").dsn)
    assert status == 1
    assert "chmod 600" in said
    assert "Traceback" not in said

"""One service of a platform, started and stopped by itself, as when its process is started again."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import open_host, run
from huiyin_kernel.rpc.shares import ShareLimits
from huiyin_kernel.settings import ServiceName
from tests.support.platform import READY_SECONDS_MAX, Platform, builds_of

MANY = ShareLimits(callers_max=16, caller_max=16, services_max=16)
"""Shares that no test reaches."""


@asynccontextmanager
async def serving(platform: Platform, name: ServiceName) -> AsyncIterator[None]:
    """The service, from when it answers until it has stopped."""
    own = platform.settings.model_copy(update={"database_url": SecretStr(platform.dsns[name])})
    stopped = asyncio.Event()
    running = [run(open_host(name, own, ServiceLogs()), build, stopped) for build in builds_of(name)]
    service = asyncio.ensure_future(_all(running))
    try:
        await _until_ready(platform, name, service)
        yield
    finally:
        stopped.set()
        await service


async def _all(processes: Sequence[Coroutine[Any, Any, None]]) -> None:
    await asyncio.gather(*processes)


async def _until_ready(platform: Platform, name: ServiceName, service: "asyncio.Future[None]") -> None:
    async with asyncio.timeout(READY_SECONDS_MAX), platform.client("auditor") as client:
        waiting = asyncio.ensure_future(client.channels[name].channel_ready())
        done, _ = await asyncio.wait({waiting, service}, return_when=asyncio.FIRST_COMPLETED)
        if service in done:
            await service

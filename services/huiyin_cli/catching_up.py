"""Waits until the read models show what the logs hold, so that the first look at them finds it."""

import asyncio
import time

from huiyin.cases.v1.service_pb2 import GetProgressRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin_cli.client import Client, open_client
from huiyin_kernel.settings import SERVICE_NAMES, Settings

PROFILE = "auditor"
CATCH_UP_SECONDS = 10.0
POLL_SECONDS = 0.1
CALL_SECONDS = 5.0


def caught_up(settings: Settings) -> bool:
    """Waits for a bounded time; whether everything that the logs hold now is folded."""
    return asyncio.run(_caught_up(settings, time.monotonic() + CATCH_UP_SECONDS))


async def _caught_up(settings: Settings, deadline: float) -> bool:
    async with open_client(PROFILE, settings) as client:
        ends = await _ends(client)
        while not await _are_folded(client, ends):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
    return True


async def _ends(client: Client) -> dict[str, int]:
    """The last position of each log that has events."""
    ends = {}
    for name in SERVICE_NAMES:
        if name != "streams":  # it folds, and has no log
            end = await client.feed(name).DescribeLog(DescribeLogRequest(), timeout=CALL_SECONDS)
            ends[end.log] = end.position
    return {log: position for log, position in ends.items() if position}


async def _are_folded(client: Client, ends: dict[str, int]) -> bool:
    progress = await client.cases.GetProgress(GetProgressRequest(), timeout=CALL_SECONDS)
    folded = {each.log: each.position for each in progress.logs}
    return all(folded.get(log, 0) >= position for log, position in ends.items())

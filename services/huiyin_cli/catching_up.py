"""Waits until the read models show what the logs hold, so that the first look at them finds it."""

import asyncio
from functools import partial

from huiyin.cases.v1.service_pb2 import GetProgressRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin_cli.client import Client, open_client
from huiyin_cli.patience import until_answered
from huiyin_kernel.settings import LOG_NAMES, Settings

PROFILE = "auditor"
CATCH_UP_SECONDS = 30.0
POLL_SECONDS = 0.1
CALL_SECONDS = 5.0


async def caught_up(settings: Settings) -> bool:
    """Waits for a bounded time; whether everything that the logs hold now is folded."""
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS), open_client(PROFILE, settings) as client:
            ends = await until_answered(partial(_ends, client), CATCH_UP_SECONDS)
            while not await until_answered(partial(_are_folded, client, ends), CATCH_UP_SECONDS):
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _ends(client: Client) -> dict[str, int]:
    """The last position of each log that has events."""
    ends = {}
    for name in LOG_NAMES:
        end = await client.feed(name).DescribeLog(DescribeLogRequest(), timeout=CALL_SECONDS)
        ends[end.log] = end.position
    return {log: position for log, position in ends.items() if position}


async def _are_folded(client: Client, ends: dict[str, int]) -> bool:
    progress = await client.cases.GetProgress(GetProgressRequest(), timeout=CALL_SECONDS)
    folded = {each.log: each.position for each in progress.logs}
    return all(folded.get(log, 0) >= position for log, position in ends.items())

"""What a run of the main job amounts to, in figures."""

import asyncio
from collections import Counter

from huiyin.cases.v1.service_pb2 import GetProgressRequest, ListCasesRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest, SubscribeRequest
from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin_kernel.settings import ServiceName
from tests.mainjob.desk import Desk

LOGS: tuple[ServiceName, ...] = ("intake", "reception", "judicial", "supervision")
QUIET_SECONDS = 4.0
WAIT_SECONDS_MAX = 300.0


async def log_sizes(desk: Desk) -> dict[str, int]:
    """Events in each log."""
    sizes = {}
    for name in LOGS:
        described = await desk.client.feed(name).DescribeLog(DescribeLogRequest())
        sizes[described.log] = described.position
    return sizes


async def folded(desk: Desk) -> dict[str, int]:
    """How far the read models have come in each log."""
    progress = await desk.client.cases.GetProgress(GetProgressRequest())
    return {log.log: log.position for log in progress.logs}


async def at_rest(desk: Desk) -> dict[str, int]:
    """Waits until nothing is written any more and everything is folded; returns the sizes of the logs."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS_MAX
    quiet_since, sizes = asyncio.get_running_loop().time(), await log_sizes(desk)
    while True:
        await asyncio.sleep(0.5)
        now, current = asyncio.get_running_loop().time(), await log_sizes(desk)
        done = await folded(desk)
        if current != sizes or any(done.get(log, 0) < size for log, size in current.items()):
            quiet_since, sizes = now, current
        if now - quiet_since > QUIET_SECONDS:
            return sizes
        if now > deadline:
            raise TimeoutError(f"the platform does not come to rest: {current}, folded {await folded(desk)}")


async def cases_by_status(desk: Desk) -> Counter[str]:
    """Cases by what they wait for."""
    found: Counter[str] = Counter()
    request = ListCasesRequest(page_size=500)
    while True:
        response = await desk.client.cases.ListCases(request)
        found.update(case.status for case in response.cases)
        if not response.next_page_token:
            return found
        request.page_token = response.next_page_token


async def clocks_fired(desk: Desk) -> Counter[str]:
    """Clocks that passed, by rule."""
    name = DeadlinePassed.DESCRIPTOR.full_name
    request = SubscribeRequest(types=[name], until_caught_up=True)
    found: Counter[str] = Counter()
    async for item in desk.client.feed("supervision").Subscribe(request):
        if item.HasField("event"):
            passed = DeadlinePassed.FromString(item.event.payload.value)
            found[passed.rule] += 1
    return found

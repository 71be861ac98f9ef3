"""Subscriptions to cases as tests make them: what came, in order, and up to where."""

import asyncio
from typing import Any

from huiyin.reception.v1.service_pb2 import ConveneMeetingRequest
from huiyin.timeline.v1.service_pb2 import (
    DescribeTimelineRequest,
    SubscribeCasesRequest,
    SubscribeCasesResponse,
)
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_cli.client import Client
from tests.support.calling import CENTRE, OFFICE, info, log_sizes, text
from tests.support.platform import eventually

SECONDS = 20.0


async def told(auditor: Client) -> int:
    """Waits until the timeline has taken in what the logs hold now; its last place."""
    sizes = await log_sizes(auditor)

    async def all_is_in() -> bool:
        described = await auditor.timeline.DescribeTimeline(DescribeTimelineRequest())
        read = {source.log: source.position for source in described.sources}
        return not described.held_count and all(read.get(log, 0) >= size for log, size in sizes.items())

    await eventually(all_is_in, "the timeline of what the logs hold")
    described = await auditor.timeline.DescribeTimeline(DescribeTimelineRequest())
    return int(described.sequence)


async def caught_up(client: Client, **request: Any) -> list[SubscribeCasesResponse]:
    """Everything that is there now."""
    call = client.timeline.SubscribeCases(SubscribeCasesRequest(until_caught_up=True, **request))
    return [item async for item in call]


def entries(items: list[SubscribeCasesResponse]) -> list[CaseEvent]:
    """The entries among the items."""
    return [item.entry for item in items if item.HasField("entry")]


async def entries_now(client: Client, **request: Any) -> list[CaseEvent]:
    """The entries that are there now."""
    return entries(await caught_up(client, **request))


async def next_item(call: Any) -> SubscribeCasesResponse:
    """What a subscription sends next."""
    item: SubscribeCasesResponse = await asyncio.wait_for(call.read(), SECONDS)
    return item


async def next_entries(call: Any, count: int) -> list[CaseEvent]:
    """The next so many entries of a subscription, whatever signs of life stand between."""
    found: list[CaseEvent] = []
    while len(found) < count:
        item = await next_item(call)
        found += [item.entry] if item.HasField("entry") else []
    return found


async def convened(
    client: Client, cases: list[str], participants: list[str], centre: str = CENTRE, holder: str = OFFICE
) -> str:
    """The unit responsible for these cases calls others to a joint meeting at a centre."""
    request = ConveneMeetingRequest(
        info=info(),
        centre=centre,
        participants=[holder, *participants],
        case_ids=cases,
        agenda=text("联席会议议题"),
    )
    return str((await client.reception.ConveneMeeting(request)).meeting_id)

"""What subscribers to cases are entitled to by the timeline; and waiting until they were told all of it."""

import asyncio
from typing import Any

from psycopg import AsyncConnection

from huiyin_kernel.settings import Settings
from tests.fault.driving.following import GrpcFollower, KafkaFollower
from tests.fault.driving.rest import auditor_dsn
from tests.fault.driving.told import Subscriber
from tests.fault.driving.traffic import Traffic

TOLD_SECONDS_MAX = 90.0
_POLL_SECONDS = 0.5
_OF_ALL = "SELECT case_id, number FROM streams.timeline_entry WHERE NOT catch_up"
_OF_ONE = "SELECT case_id, number FROM streams.timeline_entry WHERE %s = ANY(recipients)"

Follower = GrpcFollower | KafkaFollower


async def until_told(settings: Settings, traffic: Traffic) -> None:
    """Waits for a bounded time; what was not told by then is for the judge."""
    found = await subscribers(settings, traffic)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + TOLD_SECONDS_MAX
    while any(not _is_whole(one) for one in found) and loop.time() < deadline:
        await asyncio.sleep(_POLL_SECONDS)


def _is_whole(subscriber: Subscriber) -> bool:
    return subscriber.entitled <= {(one.case_id, one.number) for one in subscriber.told}


async def subscribers(settings: Settings, traffic: Traffic) -> list[Subscriber]:
    """Every follower with what it was told and what it is entitled to."""
    async with await AsyncConnection.connect(auditor_dsn(settings), autocommit=True) as connection:
        own = await _places(connection, _OF_ONE, traffic.centre)
        whole = await _places(connection, _OF_ALL)
    return [_of(follower, whole if follower.name == "auditor" else own) for follower in traffic.followers]


def _of(follower: Follower, entitled: frozenset[tuple[str, int]]) -> Subscriber:
    return Subscriber(follower.name, follower.told, entitled, isinstance(follower, GrpcFollower))


async def _places(
    connection: AsyncConnection[Any], query: Any, *parameters: str
) -> frozenset[tuple[str, int]]:
    return frozenset(await (await connection.execute(query, parameters)).fetchall())

"""Tells a pump that its log has grown: the service's feed says so at once, where looking would be late."""

import asyncio
import logging
from contextlib import aclosing

from grpc import aio

from huiyin.feed.v1 import service_pb2 as feed
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.judicial.v1.events_pb2 import LitigationReferred
from huiyin_kernel.rpc.client import follow_feed
from huiyin_relay.batches import Backoff

log = logging.getLogger(__name__)

RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 5.0
_OF_INTAKE, _OF_JUDICIAL = PetitionRegistered.DESCRIPTOR.full_name, LitigationReferred.DESCRIPTOR.full_name


async def wake_on_growth(channel: aio.Channel, log_name: str, wake: asyncio.Event) -> None:
    """Sets the event whenever the log has grown, for ever; while the service is away nothing can grow.

    It asks for events of a type that the log never holds: so it is sent positions, and no events.
    """
    never = _OF_JUDICIAL if log_name.startswith("intake") else _OF_INTAKE
    async with aclosing(follow_feed(channel, log_name, await _end(channel, log_name), (never,))) as growth:
        async for _ in growth:
            wake.set()


async def _end(channel: aio.Channel, log_name: str) -> int:
    """Where the log ends now."""
    backoff = Backoff(RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX)
    while True:
        try:
            described = await FeedServiceStub(channel).DescribeLog(feed.DescribeLogRequest())
            return int(described.position)
        except aio.AioRpcError as error:
            log.info("relay: the feed of %s is away: %s", log_name, error.details())
        await asyncio.sleep(backoff.next())

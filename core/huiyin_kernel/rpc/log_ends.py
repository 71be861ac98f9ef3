"""Asks a service where its log ends now."""

import logging
from collections.abc import Awaitable, Callable

from grpc import aio

from huiyin.feed.v1 import service_pb2 as feed
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub

log = logging.getLogger(__name__)

ANSWER_SECONDS_MAX = 5.0

LogEnd = Callable[[], Awaitable[int | None]]
"""The last durable position of a log, as of now; None when its service does not answer."""


async def log_end(channel: aio.Channel, log_name: str) -> int | None:
    """Asks the service that the log belongs to."""
    request = feed.DescribeLogRequest()
    try:
        described = await FeedServiceStub(channel).DescribeLog(request, timeout=ANSWER_SECONDS_MAX)
    except aio.AioRpcError as error:
        log.info("log %s did not say where it ends: %s", log_name, error.details())
        return None
    return int(described.position)

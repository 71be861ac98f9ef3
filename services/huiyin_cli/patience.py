"""Calls over the moments in which a service is away, such as those in which it is started again."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from grpc import StatusCode, aio

RETRY_SECONDS = 0.2
UNANSWERED = frozenset({StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED})

AnswerT = TypeVar("AnswerT")


async def until_answered(call: Callable[[], Awaitable[AnswerT]], seconds: float) -> AnswerT:
    """The call's answer, asked for again within that time while nobody gives one. Raises AioRpcError.

    A command must keep its request id, so that it takes effect once.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await call()
        except aio.AioRpcError as error:
            if error.code() not in UNANSWERED or time.monotonic() > deadline:
                raise
        await asyncio.sleep(RETRY_SECONDS)

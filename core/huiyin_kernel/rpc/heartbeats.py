"""Pages of events, and a beat whenever none came for a while: what keeps a quiet subscription alive."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import TypeVar

from huiyin_kernel.rpc.errors import StoppingError

PageT = TypeVar("PageT")

GATHER_SECONDS = 0.005
"""Rest after each page, so that a burst is read in few pages; an event after a pause is sent at once."""


async def with_heartbeats(
    pages: AsyncIterator[PageT], seconds: float, stopping: asyncio.Event
) -> AsyncGenerator[PageT | None, None]:
    """The pages, and None whenever none came for that long. Raises StoppingError when the process ends."""
    stop = asyncio.ensure_future(stopping.wait())
    pending = asyncio.ensure_future(_next(pages))
    try:
        while not stop.done():
            await asyncio.wait({pending, stop}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if not pending.done():
                yield None
                continue
            page = pending.result()
            pending = asyncio.ensure_future(_next(pages, GATHER_SECONDS))
            yield page
        raise StoppingError
    finally:
        for future in (stop, pending):
            future.cancel()
        await asyncio.gather(stop, pending, return_exceptions=True)


async def _next(pages: AsyncIterator[PageT], wait: float = 0.0) -> PageT:
    await asyncio.sleep(wait)
    return await anext(pages)

"""Pages of events, and a beat whenever none came for a while: what keeps a quiet subscription alive."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from huiyin_kernel.store.port import RecordedEvent

GATHER_SECONDS = 0.005
"""Rest after each page, so that a burst is read in few pages; an event after a pause is sent at once."""


async def with_heartbeats(
    pages: AsyncIterator[list[RecordedEvent]], seconds: float
) -> AsyncGenerator[list[RecordedEvent] | None, None]:
    """The pages, and None whenever none came for that long."""
    pending = asyncio.ensure_future(_next(pages))
    try:
        while True:
            done, _ = await asyncio.wait({pending}, timeout=seconds)
            if not done:
                yield None
                continue
            page = pending.result()
            pending = asyncio.ensure_future(_next(pages, GATHER_SECONDS))
            yield page
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)


async def _next(pages: AsyncIterator[list[RecordedEvent]], wait: float = 0.0) -> list[RecordedEvent]:
    await asyncio.sleep(wait)
    return await anext(pages)

"""Inboxes that hear nothing for a while: services that are behind, in whatever order a test wants them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from huiyin_kernel.inbox import Inbox


@asynccontextmanager
async def paused(*consumers: str) -> AsyncIterator[None]:
    """While it lasts these inboxes of this process take up no event; afterwards they go on with the next."""
    going_on, react = asyncio.Event(), Inbox.react

    async def waiting(inbox: Inbox, envelope: Any, cursor: Any) -> None:
        if inbox.consumer in consumers:
            await going_on.wait()
        await react(inbox, envelope, cursor)

    Inbox.react = waiting  # type: ignore[assignment, method-assign] # the gate stands before the real reaction
    try:
        yield
    finally:
        Inbox.react = react  # type: ignore[method-assign] # the real one again
        going_on.set()

"""Reads a list of a service page by page."""

from collections.abc import Awaitable, Callable
from typing import Any

PAGE_MAX = 500
"""As many as a service gives at once."""


async def listed(ask: Callable[[Any], Awaitable[Any]], request: Any, field: str, limit: int) -> list[Any]:
    """The first `limit` messages of a list: `field` is where an answer has them.

    `request` and answer are of a contract with page_size, page_token and next_page_token.
    """
    found: list[Any] = []
    request.page_size = min(limit, PAGE_MAX)
    while len(found) < limit:
        page = await ask(request)
        found.extend(getattr(page, field))
        if not page.next_page_token:
            break
        request.page_token = page.next_page_token
    return found[:limit]

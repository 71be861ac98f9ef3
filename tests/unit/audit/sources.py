"""A log held in memory as a source for the audit's tests, with its tables of streams and requests."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from huiyin_audit.history import entry_of
from huiyin_audit.sources import Follower, RequestSpan, StreamHead
from huiyin_store.port import RecordedEvent

RowT = TypeVar("RowT")


class ListSource:
    """Events and tables as they are given, page by page."""

    def __init__(
        self,
        log: str,
        events: Sequence[RecordedEvent],
        heads: Sequence[StreamHead] | None = None,
        requests: Sequence[RequestSpan] | None = None,
        followers: Sequence[Follower] = (),
        page: int = 100,
    ) -> None:
        self.log, self._events, self._heads, self._requests = log, events, heads, requests
        self._followers, self._page = followers, page

    async def size(self) -> int:
        return len(self._events)

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        for start in range(0, len(self._events), self._page):
            yield self._events[start : start + self._page]

    def heads(self) -> AsyncIterator[Sequence[StreamHead]] | None:
        return None if self._heads is None else _one_page(self._heads)

    def requests(self) -> AsyncIterator[Sequence[RequestSpan]] | None:
        return None if self._requests is None else _one_page(self._requests)

    async def followers(self) -> Sequence[Follower]:
        return self._followers


async def _one_page(rows: Sequence[RowT]) -> AsyncIterator[Sequence[RowT]]:
    yield rows


def heads_of(events: Sequence[RecordedEvent]) -> list[StreamHead]:
    """The table of streams that belongs to these events."""
    heads = {e.stream: StreamHead(e.stream, e.version, e.position, e.hash) for e in events}
    return list(heads.values())


def requests_of(log: str, events: Sequence[RecordedEvent]) -> list[RequestSpan]:
    """The table of requests that belongs to these events."""
    spans: dict[str, RequestSpan] = {}
    for event in events:
        name = entry_of(log, event).request_id
        first = spans.get(name) or RequestSpan(name, event.position, event.position)
        spans[name] = first._replace(last_position=event.position)
    return sorted(spans.values(), key=lambda span: span.first_position)

"""Several logs as one sequence by recorded time, each log's own order kept."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Iterable
from datetime import datetime

from huiyin_audit.sources import LogSource
from huiyin_store.port import RecordedEvent

Recorded = tuple[str, RecordedEvent]
"""A log's name and an event of it."""


def _time(recorded: Recorded) -> datetime:
    return recorded[1].recorded


class _Reader:
    """What is read of one log and not yet given out."""

    def __init__(self, source: LogSource) -> None:
        self._log, self._pages = source.log, aiter(source.events())
        self._waiting: list[Recorded] = []
        self.until: datetime | None = None
        self.ended = False

    async def read(self) -> None:
        """Reads another page."""
        page = await anext(self._pages, None)
        if page is None:
            self.ended = True
        else:
            self._waiting += [(self._log, event) for event in page]
            self.until = page[-1].recorded

    def take(self, horizon: datetime | None) -> list[Recorded]:
        """Gives out what was recorded before the horizon; everything when there is none."""
        cut = len(self._waiting) if horizon is None else bisect_left(self._waiting, horizon, key=_time)
        taken, self._waiting = self._waiting[:cut], self._waiting[cut:]
        return taken


async def merged(sources: Iterable[LogSource]) -> AsyncIterator[list[Recorded]]:
    """Every event of the logs, in batches: by recorded time, then in the order in which logs were given.

    An event waits until no log can bring an earlier one, so the size of pages changes nothing.
    """
    readers = [_Reader(source) for source in sources]
    horizon: datetime | None = None
    while not all(reader.ended for reader in readers):
        for reader in readers:
            if not reader.ended and reader.until == horizon:
                await reader.read()
        still_open = [reader.until for reader in readers if not reader.ended]
        horizon = min((until for until in still_open if until), default=None)
        if batch := [recorded for reader in readers for recorded in reader.take(horizon)]:
            yield sorted(batch, key=_time)

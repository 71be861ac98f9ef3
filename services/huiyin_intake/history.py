"""Where history ends: a filing received before this log began, or before its agency took part, is history."""

from datetime import datetime

from huiyin_domain.dates import start_of_day
from huiyin_domain.directory import Directory
from huiyin_kernel.clock import Clock
from huiyin_store.port import EventStore


class HistoryEnd:
    """Knows until when a filing can be history; no agency can move it."""

    def __init__(self, store: EventStore, directory: Directory, clock: Clock) -> None:
        self._store, self._directory, self._clock = store, directory, clock
        self._began: datetime | None = None

    async def of(self, agency: str) -> datetime:
        """The later of the log's first event and the day from which the agency takes part."""
        began = await self._log_began()
        unit = self._directory.get(agency)
        joined = start_of_day(unit.joined) if unit and unit.joined else began
        return max(began, joined)

    async def _log_began(self) -> datetime:
        if self._began is None:
            first = await self._store.read(0, 1)
            if not first:
                return self._clock.now()
            self._began = first[0].recorded
        return self._began

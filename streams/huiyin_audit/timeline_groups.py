"""What the timeline has of one event: its entries, and what was sent again before them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from huiyin_audit.findings import Place
from huiyin_audit.timeline_rows import EntryRow
from huiyin_store.port import RecordedEvent

NAME = "timeline"
"""What the timeline is called among the logs."""


@dataclass(slots=True)
class Group:
    """Rows of one event, and the event as the log has it; None when the log has none there."""

    again: list[EntryRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    record: RecordedEvent | None = None

    @property
    def first(self) -> EntryRow:
        """The first entry."""
        return self.entries[0]

    def is_of(self, row: EntryRow) -> bool:
        """Whether a row is an entry of the same event, in a case that has none yet."""
        cases = {entry.case_id for entry in self.entries}
        event = (self.first.log, self.first.position)
        return not row.catch_up and (row.log, row.position) == event and row.case_id not in cases


def place_of(row: EntryRow) -> Place:
    """Where a row stands."""
    return Place(NAME, row.sequence, row.stream)


class Grouping:
    """Puts rows that come in order together."""

    def __init__(self) -> None:
        self._open = Group()

    def take(self, row: EntryRow, record: RecordedEvent | None) -> Iterator[Group]:
        """The group before, when this row begins another one."""
        if self._open.entries and not self._open.is_of(row):
            yield from self.rest()
        if row.catch_up:
            self._open.again.append(row)
        else:
            self._open.entries.append(row)
            self._open.record = record

    def rest(self) -> Iterator[Group]:
        """The last group, at the end; what is sent again for no event has no entries."""
        group, self._open = self._open, Group()
        if group.entries or group.again:
            yield group

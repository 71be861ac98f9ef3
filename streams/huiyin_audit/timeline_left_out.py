"""What the timeline left out: events without number, events that wait, what is kept beside the entries."""

from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from google.protobuf.message import DecodeError

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_audit import timeline_rules as rules
from huiyin_audit.compare.places import Places
from huiyin_audit.findings import Findings, Place
from huiyin_audit.timeline_checks import TimelineChecker
from huiyin_audit.timeline_groups import NAME
from huiyin_audit.timeline_rows import PAGE, StateRow, TimelineRows
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.timeline_rows import event_bytes
from huiyin_store.port import RecordedEvent

Position = tuple[str, int]
"""An event's log and place in it."""

Held = Mapping[Position, bytes]


class LeftOut:
    """Looks at all that a pass over the entries does not show. `seen` are the positions that it showed."""

    def __init__(
        self, rows: TimelineRows, findings: Findings, seen: Mapping[str, Places], checker: TimelineChecker
    ) -> None:
        self._rows, self._findings, self._seen, self._checker = rows, findings, seen, checker

    async def look(self) -> None:
        """Everything, one after the other."""
        held, aside = await self._rows.held(), await self._rows.aside()
        for log, seen in self._seen.items():
            await self._unnumbered(log, seen, held, aside)
        await self._held(held)
        await self._copies()
        await self._states()
        await self._releases()

    async def _unnumbered(self, log: str, seen: Places, held: Held, aside: Collection[Position]) -> None:
        """Every event that was read has a number in each of its cases, waits, or concerns no case."""
        missing = (at for first, last in seen.gaps(1, seen.end) for at in range(first, last + 1))
        while positions := list(islice(missing, PAGE)):
            for event in (await self._rows.events(log, positions)).values():
                if (log, event.position) not in held:
                    for case in _cases(event):
                        place = Place(log, event.position, event.stream)
                        is_aside = (log, event.position) in aside
                        rule = rules.EVENT_SET_ASIDE if is_aside else rules.EVENT_NOT_NUMBERED
                        self._findings.add(rule.at(place, case=case))

    async def _held(self, held: Held) -> None:
        for (log, position), data in held.items():
            seen = self._seen.get(log)
            event = (await self._rows.events(log, [position])).get(position)
            is_right = (
                seen is not None
                and position <= seen.end
                and not seen.has(position)
                and event is not None
                and event_bytes(to_envelope(log, event)) == data
            )
            if not is_right:
                self._findings.add(rules.HELD_WRONG.at(Place(log, position)))

    async def _copies(self) -> None:
        for sequence, stream, case, number in await self._rows.copies_that_differ():
            place = Place(NAME, sequence, stream)
            self._findings.add(rules.CATCH_UP_WRONG.at(place, case=case, number=number))

    async def _states(self) -> None:
        """What is kept of each case decides who receives what comes next."""
        unseen = set(self._checker.cases)
        async for page in self._rows.states():
            for row in page:
                unseen.discard(row.case_id)
                if self._checker.state_of(row.case_id) != _kept(row):
                    self._findings.add(rules.CASE_STATE_WRONG.at(Place(NAME), case=row.case_id))
        for case in sorted(unseen):
            self._findings.add(rules.CASE_STATE_WRONG.at(Place(NAME), case=case))

    async def _releases(self) -> None:
        """What counts as released decides what is waited for. Streams of no case have no entries."""
        released = dict(self._checker.released)
        async for page in self._rows.released():
            for log, stream, kept in page:
                version = released.pop((log, stream), kept)
                if version != kept:
                    place = Place(log, 0, stream)
                    self._findings.add(rules.RELEASE_WRONG.at(place, kept=kept, version=version))
        for (log, stream), version in released.items():
            self._findings.add(rules.RELEASE_WRONG.at(Place(log, 0, stream), kept=0, version=version))


def _kept(row: StateRow) -> tuple[int, frozenset[str], bytes]:
    return row.number, frozenset(row.walled), row.state


def _cases(event: RecordedEvent) -> Iterator[str]:
    try:
        metadata = EventMetadata.FromString(event.meta)
    except DecodeError:
        return  # the verification of the log names it
    yield from dict.fromkeys(case for case in metadata.case_ids if case)

"""Checks the timeline, event by event in its order, and what it left out, against the logs (promise P7).

Causal: nothing stands before what it names as its cause, unless that did not exist and is written down so.
And numbers, recipients and what was sent again are exactly what the cases give, folded again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from google.protobuf.message import DecodeError

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit import timeline_rules as rules
from huiyin_audit.compare.topic import SeenPositions
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Findings
from huiyin_audit.timeline_rows import PAGE, EntryRow, StateRow, TimelineRows
from huiyin_audit.timeline_rules import NAME, RowsOfEvent, place_of
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.timeline.case import Agencies, CaseTimeline, Need, Run, Stream, Told, named_by, to_bytes
from huiyin_domain.timeline.ledger import Ledger, LedgerEntry
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.timeline_rows import event_bytes
from huiyin_store.port import RecordedEvent


class CauseDoubt(NamedTuple):
    """A cause that did not stand before its effect: only the log can say whether that is right."""

    place: FindingPlace
    need: Need
    effect_recorded: datetime
    listed: bool


class TimelineChecker:
    """Takes events with their rows in the order of the timeline. Goes on after a finding.

    Memory grows with cases and streams, and by a few bytes with each entry. `shared` are the agencies that
    may be kept from a case for the sake of those with whom they share people.
    """

    def __init__(self, findings: Findings, shared: Collection[str]) -> None:
        self._findings, self._shared = findings, frozenset(shared)
        self._ledger = Ledger(self._walls_as_written)
        self._written: dict[str, Agencies] = {}
        self._positions: dict[tuple[str, str], int] = {}
        self.released: dict[Stream, int] = {}
        self.doubts: list[CauseDoubt] = []

    @property
    def cases(self) -> Collection[str]:
        """The cases seen so far."""
        return self._ledger.cases.keys()

    def state_of(self, case: str) -> tuple[int, Agencies, bytes] | None:
        """Number, walls and state that the entries give; None for a case without entries."""
        state = self._ledger.cases.get(case)
        return (state.number, state.walled, to_bytes(state)) if state else None

    def take(self, group: RowsOfEvent, told: Told) -> None:
        """The next event. That its rows say what the log has is checked elsewhere."""
        self._causal(group, told)
        self._in_order_of_log(group)
        self._as_folded(group, told)
        self.released[told.stream] = max(self.released.get(told.stream, 0), told.fact.version)

    def _causal(self, group: RowsOfEvent, told: Told) -> None:
        causes = CaseEvent.FromString(group.first.missing).missing_causes
        listed = {Need(cause.log, cause.stream, cause.version) for cause in causes}
        named = named_by(told.fact)
        for need in named:
            is_before = self.released.get(need.of, 0) >= need.version
            if is_before and need in listed:
                self._cause(rules.CAUSE_WRONGLY_MISSING, group, need)
            elif not is_before:
                place = place_of(group.first)
                self.doubts.append(CauseDoubt(place, need, told.fact.recorded, need in listed))
        for need in sorted(listed - set(named)):
            self._cause(rules.MISSING_NOT_NAMED, group, need)

    def _cause(self, rule: AuditRule, group: RowsOfEvent, need: Need) -> None:
        self._findings.add(rule.at(place_of(group.first), **need._asdict()))

    def _in_order_of_log(self, group: RowsOfEvent) -> None:
        for entry in group.entries:
            previous = self._positions.get((entry.case_id, entry.log), 0)
            if entry.position < previous:
                facts = {"case": entry.case_id, "log": entry.log, "position": entry.position}
                finding = rules.LOG_OUT_OF_ORDER.at(place_of(entry), previous=previous, **facts)
                self._findings.add(finding)
            self._positions[entry.case_id, entry.log] = max(previous, entry.position)

    def _as_folded(self, group: RowsOfEvent, told: Told) -> None:
        """Makes the entries again, from where the rows begin, and compares."""
        self._written = {entry.case_id: frozenset(entry.walled) for entry in group.entries}
        new = [case for case in told.cases if case not in self._ledger.cases]
        self._ledger.know(dict.fromkeys(new, CaseTimeline()))
        for entry in group.entries:
            if entry.case_id in told.cases:
                self._count_from(entry)
        self._ledger.sequence = 0
        again = self._ledger.begin(told)
        self._ledger.sequence = group.first.sequence - 1
        entries = self._ledger.number(told)
        for finding in (*_again_differs(group, again), *_entries_differ(group, entries)):
            self._findings.add(finding)

    def _count_from(self, entry: EntryRow) -> None:
        """A wrong number is named once; what follows is counted from there."""
        state = self._ledger.cases[entry.case_id]
        expected = state.number + 1
        if entry.number == expected:
            return
        facts = {"case": entry.case_id, "number": entry.number, "expected": expected}
        self._findings.add(rules.NUMBER_NOT_NEXT.at(place_of(entry), **facts))
        if entry.number > expected:
            lost = Run((0,) * (entry.number - expected), closed=True)
            self._ledger.know({entry.case_id: state._replace(runs=(*state.runs, lost))})

    def _walls_as_written(self, case: str, view: CaseView) -> Agencies:
        """Accused units; and who shared people with them, as was known when it was written."""
        accused = frozenset(view.accused)
        written = self._written.get(case, accused)
        return accused | (written & self._shared) if accused else accused


def _again_differs(group: RowsOfEvent, made: Sequence[LedgerEntry]) -> Iterator[Finding]:
    due = {(one.case_id, one.number): one for one in made}
    for row in group.again:
        one = due.pop((row.case_id, row.number), None)
        if one is None or _who(row) != _who(one):
            facts = {"case": row.case_id, "number": row.number}
            yield rules.CATCH_UP_WRONG.at(place_of(row), **facts)
    for one in due.values():
        facts = {"case": one.case_id, "number": one.number}
        yield rules.CATCH_UP_MISSING.at(place_of(group.first), **facts)


def _entries_differ(group: RowsOfEvent, made: Sequence[LedgerEntry]) -> Iterator[Finding]:
    due = {one.case_id: one for one in made}
    for row in group.entries:
        one = due.get(row.case_id)
        if one is not None and (_who(row), _what(row)) != (_who(one), _what(one)):
            facts = {"case": row.case_id, "number": row.number}
            yield rules.RECIPIENTS_WRONG.at(place_of(row), **facts)


def _who(entry: EntryRow | LedgerEntry) -> tuple[object, ...]:
    return sorted(entry.recipients), sorted(entry.reached)


def _what(entry: EntryRow | LedgerEntry) -> tuple[object, ...]:
    return sorted(entry.walled), entry.closed, entry.division


Position = tuple[str, int]
"""An event's log and place in it."""

HeldEvents = Mapping[Position, bytes]


class LeftOut:
    """Looks at all that a pass over the entries does not show. `seen` are the positions that it showed."""

    def __init__(
        self,
        rows: TimelineRows,
        findings: Findings,
        seen: Mapping[str, SeenPositions],
        checker: TimelineChecker,
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

    async def _unnumbered(
        self, log: str, seen: SeenPositions, held: HeldEvents, aside: Collection[Position]
    ) -> None:
        """Every event that was read has a number in each of its cases, waits, or concerns no case."""
        missing = (at for first, last in seen.gaps(1, seen.end) for at in range(first, last + 1))
        while positions := list(islice(missing, PAGE)):
            for event in (await self._rows.events(log, positions)).values():
                if (log, event.position) not in held:
                    for case in _cases(event):
                        place = FindingPlace(log, event.position, event.stream)
                        is_aside = (log, event.position) in aside
                        rule = rules.EVENT_SET_ASIDE if is_aside else rules.EVENT_NOT_NUMBERED
                        self._findings.add(rule.at(place, case=case))

    async def _held(self, held: HeldEvents) -> None:
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
                self._findings.add(rules.HELD_WRONG.at(FindingPlace(log, position)))

    async def _copies(self) -> None:
        for sequence, case, number in await self._rows.copies_that_differ():
            place = FindingPlace(NAME, sequence, case)
            self._findings.add(rules.CATCH_UP_WRONG.at(place, case=case, number=number))

    async def _states(self) -> None:
        """What is kept of each case decides who receives what comes next."""
        unseen = set(self._checker.cases)
        async for page in self._rows.states():
            for row in page:
                unseen.discard(row.case_id)
                if self._checker.state_of(row.case_id) != _kept(row):
                    self._findings.add(rules.CASE_STATE_WRONG.at(FindingPlace(NAME), case=row.case_id))
        for case in sorted(unseen):
            self._findings.add(rules.CASE_STATE_WRONG.at(FindingPlace(NAME), case=case))

    async def _releases(self) -> None:
        """What counts as released decides what is waited for. Streams of no case have no entries."""
        released = dict(self._checker.released)
        async for page in self._rows.released():
            for log, stream, kept in page:
                version = released.pop((log, stream), kept)
                if version != kept:
                    place = FindingPlace(log, 0, stream)
                    self._findings.add(rules.RELEASE_WRONG.at(place, kept=kept, version=version))
        for (log, stream), version in released.items():
            self._findings.add(rules.RELEASE_WRONG.at(FindingPlace(log, 0, stream), kept=0, version=version))


def _kept(row: StateRow) -> tuple[int, frozenset[str], bytes]:
    return row.number, frozenset(row.walled), row.state


def _cases(event: RecordedEvent) -> Iterator[str]:
    try:
        metadata = EventMetadata.FromString(event.meta)
    except DecodeError:
        return  # the verification of the log names it
    yield from dict.fromkeys(case for case in metadata.case_ids if case)

"""Verification of a log's events: places, times, versions, hash chain and content, slice by slice.

A slice knows nothing of what stands before it: what its first event, and the first of each stream, must
follow is judged when the slice is joined to those before. So slices can be read side by side.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from google.protobuf.message import DecodeError, Message

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import Findings, Place
from huiyin_audit.verify_keys import KeyUse
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_kernel.vault.secret_fields import may_hold_sealed
from huiyin_store.chain import fixed_part, hash_of
from huiyin_store.port import GENESIS, RecordedEvent


class HashedEvent(NamedTuple):
    """An event as it is hashed: `fixed` are its columns of fixed width (huiyin_store.chain.fixed_part)."""

    position: int
    stream: str
    version: int
    type: str
    recorded: datetime
    fixed: bytes
    meta: bytes
    data: bytes
    previous_hash: bytes
    hash: bytes


def hashed(event: RecordedEvent) -> HashedEvent:
    """The same of an event from any source."""
    place = (event.position, event.stream, event.version, event.type, event.recorded, fixed_part(event))
    return HashedEvent(*place, event.meta, event.data, event.previous_hash, event.hash)


class LastEvent(NamedTuple):
    """The last event seen of a stream."""

    version: int
    position: int
    hash: bytes


class Link(NamedTuple):
    """What the first event of a stream in a slice says that it follows."""

    version: int
    position: int
    previous_hash: bytes


_NONE = LastEvent(0, 0, GENESIS)
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_METADATA_SEALED = may_hold_sealed(EventMetadata)


class _Content(NamedTuple):
    """How a type is read, and whether it can hold what is sealed, or destroy keys."""

    read: Callable[[bytes], Message]
    of_keys: bool


_CONTENTS = {
    name: _Content(each.FromString, may_hold_sealed(each) or KeyUse.is_destruction(each))
    for name, each in EVENT_TYPES.items()
}


class EventSlice:
    """Checks events fed in stored order. Goes on after a finding, so that one fault is named once.

    `before` is the slice before it, where that was read already: a source other than a database may give
    events in any order, and what follows is judged by the highest place so far. Memory grows with the number
    of streams, not of events.
    """

    def __init__(self, log: str, kept_max: int, before: "EventSlice | None" = None) -> None:
        self.log, self.findings, self.keys = log, Findings(kept_max), KeyUse(log)
        self.first: tuple[int, str, datetime] | None = None
        self.position, self.recorded, self.count = 0, _BEGINNING, 0
        self._is_placed = before is not None
        if before is not None:
            self.position, self.recorded = before.position, before.recorded
        self.opened: dict[str, Link] = {}
        self.last: dict[str, LastEvent] = {}
        self._meta = b""

    def take(self, page: Iterable[HashedEvent]) -> None:
        """Checks the next events."""
        for event in page:
            self._check_place(event)
            self._check_chain(event)
            self._check_metadata(event)
            self._check_payload(event)
            self.count += 1

    def _check_place(self, event: HashedEvent) -> None:
        if not self._is_placed:
            self.first, self._is_placed = (event.position, event.stream, event.recorded), True
        elif event.position != self.position + 1 or event.recorded < self.recorded:
            name_place(self, self.findings, event.position, event.stream, event.recorded)
        if event.position > self.position:
            self.position = event.position
        self.recorded = event.recorded

    def _check_chain(self, event: HashedEvent) -> None:
        position, stream, version, type_name, _, fixed, meta, data, previous, found = event
        last = self.last.get(stream)
        if last is None:
            self.opened[stream] = Link(version, position, previous)
        elif version != last.version + 1 or previous != last.hash:
            name_link(self.log, self.findings, stream, Link(version, position, previous), last)
        if found != hash_of(previous, fixed, meta, data, stream, type_name):
            self.findings.add(rules.HASH_WRONG.at(self._place(event)))
        self.last[stream] = LastEvent(version, position, found)

    def _check_metadata(self, event: HashedEvent) -> None:
        """Events of one append repeat it: what was read, and its keys noted, is not read again."""
        if event.meta and event.meta == self._meta:
            return
        try:
            metadata = EventMetadata.FromString(event.meta)
        except DecodeError:
            self.findings.add(rules.METADATA_UNREADABLE.at(self._place(event)))
            return
        self._meta = event.meta
        if _METADATA_SEALED:
            self.keys.note(metadata, event.position, event.stream)

    def _check_payload(self, event: HashedEvent) -> None:
        content = _CONTENTS.get(event.type)
        if content is None:
            self.findings.add(rules.UNKNOWN_TYPE.at(self._place(event), type=event.type))
            return
        try:
            message = content.read(event.data)
        except DecodeError:
            self.findings.add(rules.PAYLOAD_UNREADABLE.at(self._place(event), type=event.type))
            return
        if content.of_keys:
            self.keys.note(message, event.position, event.stream)

    def _place(self, event: HashedEvent) -> Place:
        return Place(self.log, event.position, event.stream)


class LogEnd:
    """How far a log is verified: slices are joined to it in their order."""

    def __init__(self, log: str, findings: Findings) -> None:
        self.log, self.findings = log, findings
        self.position, self.recorded, self.count = 0, _BEGINNING, 0
        self.last: dict[str, LastEvent] = {}

    def join(self, part: EventSlice) -> None:
        """Judges the seam, and takes over what was found in the slice."""
        if part.first is not None:
            name_place(self, self.findings, *part.first)
        for stream, link in part.opened.items():
            name_link(self.log, self.findings, stream, link, self.last.get(stream, _NONE))
        self.findings.take(part.findings)

        self.last |= part.last
        self.position = max(self.position, part.position)
        self.recorded = part.recorded if part.count else self.recorded
        self.count += part.count


def name_place(
    end: EventSlice | LogEnd, findings: Findings, position: int, stream: str, recorded: datetime
) -> None:
    """Names what is wrong with an event's place and time after those before it, if anything."""
    expected, place = end.position + 1, Place(end.log, position, stream)
    if position > expected:
        gap = Place(end.log, expected)
        findings.add(rules.POSITION_GAP.at(gap, first=expected, last=position - 1))
    elif position < expected:
        findings.add(rules.POSITION_REPEATED.at(place, position=position, previous=end.position))
    if recorded < end.recorded:
        facts = {"recorded": recorded.isoformat(), "previous": end.recorded.isoformat()}
        findings.add(rules.RECORDED_TIME_WENT_BACK.at(place, **facts))


def name_link(log: str, findings: Findings, stream: str, link: Link, last: LastEvent) -> None:
    """Names what is wrong with an event as the next of its stream, if anything."""
    place = Place(log, link.position, stream)
    if link.version != last.version + 1:
        facts = {"version": link.version, "expected": last.version + 1}
        findings.add(rules.VERSION_NOT_NEXT.at(place, **facts))
    if link.previous_hash != last.hash:
        findings.add(rules.PREVIOUS_HASH_WRONG.at(place))

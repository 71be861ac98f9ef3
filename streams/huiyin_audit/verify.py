"""Verification of a log's events: places, times, versions, hash chain and content, slice by slice.

A slice knows nothing of what stands before it: what its first event, and the first of each stream, must
follow is judged when the slice is joined to those before. So slices can be read side by side.
"""

import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError, Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import Finding, FindingPlace, Findings
from huiyin_audit.report import LogReport
from huiyin_audit.spill import Spill
from huiyin_audit.verify_keys import KeyUse
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_kernel.vault.sealed_fields import may_hold_sealed, sealed_finder
from huiyin_store.chain import EPOCH, fixed_part, hash_of
from huiyin_store.port import GENESIS, RecordedEvent

HashedEvent = tuple[int, int, str, str, bytes, bytes, bytes, bytes, bytes, bytes, bytes]
"""Position, version, stream and type of an event; its id, recorded and occurred as they are hashed
(huiyin_store.chain.fixed_part); meta, data, previous hash and hash."""


def hashed(event: RecordedEvent) -> HashedEvent:
    """The same of an event from any source."""
    fixed, place = fixed_part(event), (event.position, event.version, event.stream, event.type)
    return *place, fixed[16:32], fixed[32:40], fixed[40:], event.meta, event.data, *event[-2:]


class LastEvent(NamedTuple):
    """The last event seen of a stream."""

    version: int
    position: int
    hash: bytes


class StreamLink(NamedTuple):
    """What the first event of a stream in a slice says that it follows."""

    version: int
    position: int
    previous_hash: bytes


class First(NamedTuple):
    """The first event of a slice; `recorded` in microseconds from huiyin_store.chain.EPOCH."""

    position: int
    stream: str
    recorded: int


class SliceEnd(NamedTuple):
    """What is known of a slice that was read; its streams, keys and requests are laid down."""

    findings: Findings
    first: First | None
    position: int
    recorded: int
    events: int


_NONE = LastEvent(0, 0, GENESIS)
_BEGINNING = -(2**63)
_FIXED, _MICROSECONDS = struct.Struct(">qq16s8s8s"), struct.Struct(">q")
_DESTROYED = KeysDestroyed.DESCRIPTOR.full_name
_metadata, _sealed_in_metadata = EventMetadata.FromString, sealed_finder(EventMetadata)


class _Reader(NamedTuple):
    """How a type is read, and what is sealed in a message of it; None where nothing can be."""

    parse: Callable[[bytes], Any]
    sealed: Callable[[Message], list[Sealed]] | None


class _Readers(dict[str, _Reader]):
    """By type."""

    def __missing__(self, type_name: str) -> _Reader:
        message_class = EVENT_TYPES[type_name]
        find = sealed_finder(message_class) if may_hold_sealed(message_class) else None
        reader = self[type_name] = _Reader(message_class.FromString, find)
        return reader


class EventSlice:
    """Checks events fed in stored order. Goes on after a finding, so that one fault is named once.

    `before` is the slice before it, where that was read already: a source other than a database may give
    events in any order, and what follows is judged by the highest place so far. Memory grows with the
    number of streams in the slice.
    """

    def __init__(self, log: str, kept_max: int, before: SliceEnd | None = None) -> None:
        self.log, self._findings, self._keys = log, Findings(kept_max), KeyUse()
        self._first: First | None = None
        self.position, self._recorded, self.count = 0, _BEGINNING, 0
        self._is_placed = before is not None
        if before is not None:
            self.position, self._recorded = before.position, before.recorded
        self._opened: dict[str, StreamLink] = {}
        self._last: dict[str, tuple[int, int, bytes]] = {}
        self._meta, self._request = b"", ""
        self._requests: dict[int, str] = {}
        self._readers = _Readers()

    def take(self, page: Iterable[HashedEvent]) -> None:
        """Checks the next events."""
        fix = _FIXED.pack
        for at, version, stream, kind, event_id, recorded, occurred, meta, data, previous, found in page:
            self._check_place(at, stream, recorded)
            self._check_link(at, version, stream, previous, found)
            fixed = fix(at, version, event_id, recorded, occurred)
            if found != hash_of(previous, fixed, meta, data, stream, kind):
                self._findings.add(rules.HASH_WRONG.at(FindingPlace(self.log, at, stream)))
            if meta != self._meta or not meta:
                self._check_metadata(at, stream, meta)
            self._requests[at] = self._request
            self._check_payload(at, stream, kind, data)
            self.count += 1

    def broken(self, error: Exception) -> None:
        """The source refuses to read on."""
        self._findings.add(rules.SOURCE_BROKEN.at(FindingPlace(self.log, self.position + 1), error=error))

    def close(self, spill: Spill, number: int) -> SliceEnd:
        """Lays down what it had of streams, keys and requests; slices are numbered in the log's order."""
        ends = self._last
        streams = ((stream, *link, *ends[stream]) for stream, link in self._opened.items())
        spill.put(f"{self.log}.streams", number, streams)
        spill.put(f"{self.log}.keys", number, self._keys.rows())
        spill.put_whole(f"{self.log}.requests", number, (self.position, self._requests))
        return SliceEnd(self._findings, self._first, self.position, self._recorded, self.count)

    def _check_place(self, position: int, stream: str, recorded: bytes) -> None:
        (moment,) = _MICROSECONDS.unpack(recorded)
        if not self._is_placed:
            self._first, self._is_placed = First(position, stream, moment), True
        elif position != self.position + 1 or moment < self._recorded:
            first = First(position, stream, moment)
            name_place(self.log, self._findings, first, self.position, self._recorded)
        if position > self.position:
            self.position = position
        self._recorded = moment

    def _check_link(self, position: int, version: int, stream: str, previous: bytes, found: bytes) -> None:
        last = self._last.get(stream)
        if last is None:
            self._opened[stream] = StreamLink(version, position, previous)
        elif version != last[0] + 1 or previous != last[2]:
            link = StreamLink(version, position, previous)
            name_link(self.log, self._findings, stream, link, LastEvent(*last))
        self._last[stream] = (version, position, found)

    def _check_metadata(self, position: int, stream: str, meta: bytes) -> None:
        """Events of one append repeat it: what was read, and its keys noted, is not read again."""
        try:
            metadata = _metadata(meta)
        except DecodeError:
            self._findings.add(rules.METADATA_UNREADABLE.at(FindingPlace(self.log, position, stream)))
            self._meta, self._request = b"", ""
            return
        self._meta, self._request = meta, metadata.request_id
        if sealed := _sealed_in_metadata(metadata):
            self._keys.note(sealed, position, stream)

    def _check_payload(self, position: int, stream: str, type_name: str, data: bytes) -> None:
        try:
            parse, find = self._readers[type_name]
            message = parse(data)
        except (KeyError, DecodeError) as error:
            rule = rules.UNKNOWN_TYPE if isinstance(error, KeyError) else rules.PAYLOAD_UNREADABLE
            self._findings.add(rule.at(FindingPlace(self.log, position, stream), type=type_name))
            return
        if find is not None and (sealed := find(message)):
            self._keys.note(sealed, position, stream)
        if type_name == _DESTROYED:
            self._keys.note_destroyed(message, position, stream)


class VerifiedEnd:
    """How far a log is verified: slices are joined to it in their order."""

    def __init__(self, log: str, findings: Findings) -> None:
        self.log, self.findings = log, findings
        self.position, self.count, self._streams, self._recorded = 0, 0, 0, _BEGINNING

    @property
    def recorded(self) -> datetime | None:
        """When the last event was recorded, if there is one."""
        return instant_of(self._recorded) if self.count else None

    def report(self, not_checked: tuple[str, ...] = ()) -> LogReport:
        """What is said of it in the end; what the source could not show is not checked."""
        return LogReport(
            log=self.log,
            event_count=self.count,
            stream_count=self._streams,
            position=self.position,
            recorded=self.recorded,
            findings=self.findings.kept(),
            finding_count=self.findings.count,
            not_checked=not_checked,
        )

    def take_streams(self, count: int, findings: Findings) -> None:
        """Takes over what was found in a part of the streams."""
        self._streams += count
        self.findings.take(findings)

    def join(self, part: SliceEnd) -> None:
        """Judges the seam, and takes over what was found in the slice."""
        if part.first is not None:
            name_place(self.log, self.findings, part.first, self.position, self._recorded)
        self.findings.take(part.findings)
        self.position = max(self.position, part.position)
        self._recorded = part.recorded if part.events else self._recorded
        self.count += part.events


def verify_streams(log: str, spill: Spill, part: int, has_heads: bool) -> tuple[int, Findings]:
    """Judges how the streams of a part go on from slice to slice, and that their table says where they end.

    How many there are, and what was found.
    """
    findings, ends = Findings(), dict[str, LastEvent]()
    for stream, version, position, previous, *end in spill.rows(f"{log}.streams", part):
        last = ends.get(stream, _NONE)
        if version != last.version + 1 or previous != last.hash:
            name_link(log, findings, stream, StreamLink(version, position, previous), last)
        ends[stream] = LastEvent(*end)
    count = len(ends)
    if has_heads:
        _judge_heads(log, findings, ends, spill.rows(f"{log}.heads", part))
    return count, findings


def _judge_heads(
    log: str, findings: Findings, ends: dict[str, LastEvent], heads: Iterable[tuple[Any, ...]]
) -> None:
    for stream, *head in heads:
        last = ends.pop(stream, None)
        if last is None:
            place = FindingPlace(log, head[1], stream)
            findings.add(rules.HEAD_WITHOUT_EVENTS.at(place, version=head[0]))
        elif (*head,) != last:
            findings.add(_head_differs(log, stream, LastEvent(*head), last))
    for stream, last in ends.items():
        findings.add(rules.HEAD_MISSING.at(FindingPlace(log, last.position, stream)))


def _head_differs(log: str, stream: str, head: LastEvent, last: LastEvent) -> Finding:
    """Names the higher of the two positions: the lower one's event is in both records."""
    return rules.HEAD_DIFFERS.at(
        FindingPlace(log, max(head.position, last.position), stream),
        version=head.version,
        position=head.position,
        found_version=last.version,
        found_position=last.position,
    )


def instant_of(microseconds: int) -> datetime:
    """The instant so many microseconds from the epoch; the last one that there is for what lies beyond it."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def name_place(log: str, findings: Findings, first: First, position: int, recorded: int) -> None:
    """Names what is wrong with an event's place and time after the last ones before it, if anything."""
    expected, place = position + 1, FindingPlace(log, first.position, first.stream)
    if first.position > expected:
        gap = FindingPlace(log, expected)
        findings.add(rules.POSITION_GAP.at(gap, first=expected, last=first.position - 1))
    elif first.position < expected:
        findings.add(rules.POSITION_REPEATED.at(place, position=first.position, previous=position))
    if first.recorded < recorded:
        times = {"recorded": first.recorded, "previous": recorded}
        facts = {name: instant_of(time).isoformat() for name, time in times.items()}
        findings.add(rules.RECORDED_TIME_WENT_BACK.at(place, **facts))


def name_link(log: str, findings: Findings, stream: str, link: StreamLink, last: LastEvent) -> None:
    """Names what is wrong with an event as the next of its stream, if anything."""
    place = FindingPlace(log, link.position, stream)
    if link.version != last.version + 1:
        facts = {"version": link.version, "expected": last.version + 1}
        findings.add(rules.VERSION_NOT_NEXT.at(place, **facts))
    if link.previous_hash != last.hash:
        findings.add(rules.PREVIOUS_HASH_WRONG.at(place))

"""Verification of one log: places, times, versions, hash chain and content of every event, in one pass."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from google.protobuf.message import DecodeError, Message

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin_audit import verify_rules as rules
from huiyin_audit.findings import Findings, Place
from huiyin_audit.verify_keys import KeyVerifier, Spot
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_store.chain import chain_hash
from huiyin_store.port import GENESIS, RecordedEvent


class LastEvent(NamedTuple):
    """The last event seen of a stream."""

    version: int
    position: int
    hash: bytes


_NONE = LastEvent(0, 0, GENESIS)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


class EventVerifier:
    """Checks events fed in stored order. Goes on after a finding, so that one fault is named once.

    Memory grows with the number of streams, not of events.
    """

    def __init__(self, log: str, findings: Findings, keys: KeyVerifier | None = None) -> None:
        self._log, self._findings, self._keys = log, findings, keys
        self.position = 0
        self.recorded = _BEGINNING
        self.count = 0
        self.last: dict[str, LastEvent] = {}

    def take(self, page: Sequence[RecordedEvent]) -> None:
        """Checks the next events."""
        for event in page:
            self._check_place(event)
            self._check_chain(event)
            self._check_content(event)
        self.count += len(page)

    def _check_place(self, event: RecordedEvent) -> None:
        expected = self.position + 1
        if event.position > expected:
            place = Place(self._log, expected)
            self._findings.add(rules.POSITION_GAP.at(place, first=expected, last=event.position - 1))
        elif event.position < expected:
            place = self._place(event)
            self._findings.add(
                rules.POSITION_REPEATED.at(place, position=event.position, previous=self.position)
            )
        if event.recorded < self.recorded:
            facts = {"recorded": event.recorded.isoformat(), "previous": self.recorded.isoformat()}
            self._findings.add(rules.RECORDED_TIME_WENT_BACK.at(self._place(event), **facts))
        self.position = max(self.position, event.position)
        self.recorded = event.recorded

    def _check_chain(self, event: RecordedEvent) -> None:
        last = self.last.get(event.stream, _NONE)
        if event.version != last.version + 1:
            facts = {"version": event.version, "expected": last.version + 1}
            self._findings.add(rules.VERSION_NOT_NEXT.at(self._place(event), **facts))
        if event.previous_hash != last.hash:
            self._findings.add(rules.PREVIOUS_HASH_WRONG.at(self._place(event)))
        if event.hash != chain_hash(event.previous_hash, event):
            self._findings.add(rules.HASH_WRONG.at(self._place(event)))
        self.last[event.stream] = LastEvent(event.version, event.position, event.hash)

    def _check_content(self, event: RecordedEvent) -> None:
        readable = [part for part in (self._metadata(event), self._payload(event)) if part is not None]
        if self._keys is not None:
            self._keys.take_event(Spot(self._log, event.position, event.stream), readable)

    def _metadata(self, event: RecordedEvent) -> Message | None:
        try:
            return EventMetadata.FromString(event.meta)
        except DecodeError:
            self._findings.add(rules.METADATA_UNREADABLE.at(self._place(event)))
            return None

    def _payload(self, event: RecordedEvent) -> Message | None:
        message_class = EVENT_TYPES.get(event.type)
        if message_class is None:
            self._findings.add(rules.UNKNOWN_TYPE.at(self._place(event), type=event.type))
            return None
        try:
            return message_class.FromString(event.data)
        except DecodeError:
            self._findings.add(rules.PAYLOAD_UNREADABLE.at(self._place(event), type=event.type))
            return None

    def _place(self, event: RecordedEvent) -> Place:
        return Place(self._log, event.position, event.stream)

"""A log in memory: its events, streams, requests and cursors, and what an append does to them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from huiyin_store.chain import chain_hash
from huiyin_store.port import (
    ANY_VERSION,
    GENESIS,
    STREAM_EXISTS,
    Append,
    Appended,
    EventIdReusedError,
    NewEvent,
    RecordedEvent,
    RequestReusedError,
    StreamEnd,
    StreamWrite,
    VersionConflictError,
)


@dataclass(frozen=True, slots=True)
class _Answered:
    fingerprint: bytes
    answer: Appended


class MemoryLog:
    """Events in the order of their positions, and by stream."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.streams: dict[str, list[RecordedEvent]] = {}
        self.cursors: dict[tuple[str, str], int] = {}
        self._by_id: dict[UUID, RecordedEvent] = {}
        self._requests: dict[tuple[str, UUID], _Answered] = {}

    def answered_before(self, append: Append, now: datetime) -> Appended | None:
        """The answer, if what the append asks for has happened already. Raises what the log refuses."""
        if answer := self.answer_to(append.scope, append.request_id, append.fingerprint):
            return answer
        cursor = append.cursor
        if cursor and self.cursors.get((cursor.consumer, cursor.log), -1) >= cursor.position:
            return Appended((), 0, 0, now, repeated=True)
        if any(event.event_id in self._by_id for _, _, event in _places(append)):
            return self._recorded_before(append)
        self._check(append)
        return None

    def answer_to(self, scope: str, request_id: UUID, fingerprint: bytes | None) -> Appended | None:
        """The first answer to a request. Raises RequestReusedError."""
        known = self._requests.get((scope, request_id))
        if known is None:
            return None
        if fingerprint is not None and known.fingerprint != fingerprint:
            raise RequestReusedError(request_id)
        return replace(known.answer, repeated=True)

    def write(self, append: Append, now: datetime) -> Appended:
        """Writes what `answered_before` had nothing against."""
        after = len(self.events)
        for write, _, event in _places(append):
            self._record(write.stream, event, now)
        answer = _answer(self.events[after:], now)
        self._requests[append.scope, append.request_id] = _Answered(append.fingerprint, answer)
        if append.cursor:
            self.cursors[append.cursor.consumer, append.cursor.log] = append.cursor.position
        return answer

    def _recorded_before(self, append: Append) -> Appended:
        """The first answer, if all events stand together in the places that the append asks for."""
        found: list[RecordedEvent] = []
        for write, index, event in _places(append):
            recorded = self._by_id.get(event.event_id)
            if recorded is None or recorded.stream != write.stream:
                raise EventIdReusedError(write.stream)
            follows = not found or recorded.position == found[-1].position + 1
            if not follows or write.expected not in (recorded.version - index, ANY_VERSION, STREAM_EXISTS):
                raise EventIdReusedError(write.stream)
            found.append(recorded)
        return _answer(found, found[0].recorded, repeated=True)

    def _check(self, append: Append) -> None:
        for write in append.writes:
            actual = len(self.streams.get(write.stream, ()))
            fits = actual > 0 if write.expected == STREAM_EXISTS else write.expected in (actual, ANY_VERSION)
            if not fits:
                raise VersionConflictError(write.stream, write.expected, actual)
        ids = [event.event_id for _, _, event in _places(append)]
        if len(set(ids)) != len(ids):
            raise EventIdReusedError(append.writes[0].stream)

    def _record(self, stream: str, event: NewEvent, now: datetime) -> None:
        before = self.streams.setdefault(stream, [])
        previous = before[-1].hash if before else GENESIS
        unhashed = RecordedEvent(
            position=len(self.events) + 1,
            stream=stream,
            version=len(before) + 1,
            event_id=event.event_id,
            type=event.type,
            recorded=now,
            occurred=event.occurred,
            meta=event.meta,
            data=event.data,
            previous_hash=previous,
            hash=b"",
        )
        recorded = unhashed._replace(hash=chain_hash(previous, unhashed))
        self.events.append(recorded)
        before.append(recorded)
        self._by_id[event.event_id] = recorded


def _places(append: Append) -> Iterator[tuple[StreamWrite, int, NewEvent]]:
    for write in append.writes:
        for index, event in enumerate(write.events, 1):
            yield write, index, event


def _answer(events: Sequence[RecordedEvent], recorded: datetime, *, repeated: bool = False) -> Appended:
    ends = {
        event.stream: StreamEnd(event.stream, event.version, event.position, event.hash) for event in events
    }
    first, last = (events[0].position, events[-1].position) if events else (0, 0)
    return Appended(tuple(ends.values()), first, last, recorded, repeated)

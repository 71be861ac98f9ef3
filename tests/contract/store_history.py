"""A history of appends and reads, and the checker that says which guarantee it breaks.

Drive, record, judge: writers and readers only note what they sent and saw; the judgement comes afterwards.
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from huiyin_store.chain import verify_log
from huiyin_store.port import Append, Appended, RecordedEvent


@dataclass(slots=True)
class StoreHistory:
    """What writers and readers noted. An append without an answer may or may not have happened."""

    sent: dict[UUID, Append] = field(default_factory=dict)
    answered: dict[UUID, Appended] = field(default_factory=dict)
    refused: set[UUID] = field(default_factory=set)
    read: list[list[RecordedEvent]] = field(default_factory=list)
    """What each reader saw, in the order in which it saw it."""


def broken_guarantees(history: StoreHistory, log: list[RecordedEvent]) -> list[str]:
    """Every guarantee that the history breaks, given the log as it is in the end."""
    return [
        *_dense(log),
        *_chained(log),
        *_kept(history, log),
        *_whole(history, log),
        *_once(history, log),
        *_in_one_order(history, log),
    ]


def _dense(log: list[RecordedEvent]) -> list[str]:
    dense = [event.position for event in log] == list(range(1, len(log) + 1))
    return [] if dense else ["dense: positions have gaps"]


def _chained(log: list[RecordedEvent]) -> list[str]:
    fault = verify_log(log)
    return [f"chained: {fault.reason} at {fault.position}"] if fault else []


def _kept(history: StoreHistory, log: list[RecordedEvent]) -> list[str]:
    """An acknowledged append is in the log, where the answer says."""
    places = {(event.stream, event.version, event.position, event.hash) for event in log}
    return [
        f"kept: {request_id} was answered, but its end is not in the log"
        for request_id, answer in history.answered.items()
        if not places.issuperset(answer.ends)
    ]


def _whole(history: StoreHistory, log: list[RecordedEvent]) -> list[str]:
    """Of every append all events are in the log, side by side, or none is; of a refused one none."""
    positions = {event.event_id: event.position for event in log}
    broken: list[str] = []
    for request_id, append in history.sent.items():
        ids = [event.event_id for write in append.writes for event in write.events]
        found = [positions[event_id] for event_id in ids if event_id in positions]
        side_by_side = found == list(range(found[0], found[0] + len(ids))) if found else True
        if not side_by_side or (found and request_id in history.refused):
            broken.append(f"whole: {request_id} is written in part, apart, or although it was refused")
    return broken


def _once(history: StoreHistory, log: list[RecordedEvent]) -> list[str]:
    """The log holds what was sent, and each event once."""
    sent = {event.event_id for a in history.sent.values() for write in a.writes for event in write.events}
    counts = Counter(event.event_id for event in log)
    twice = [f"once: {event_id} stands {n} times" for event_id, n in counts.items() if n > 1]
    return twice + [f"once: {event_id} was never sent" for event_id in counts.keys() - sent]


def _in_one_order(history: StoreHistory, log: list[RecordedEvent]) -> list[str]:
    """Every reader saw the log from its beginning, without omission, and nothing that is not in it."""
    return [
        f"ordered: reader {number} saw something else than the log"
        for number, seen in enumerate(history.read)
        if seen != log[: len(seen)]
    ]

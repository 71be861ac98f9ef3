"""Folds a recorded history from its file alone, as services, fold hosts and the audit fold the logs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_audit.history import History, HistoryEntry
from huiyin_audit.replay import Replay, ReplayedFold
from huiyin_domain.cases.fold import Case, CaseFold
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.record import ClockFold, ClockRecord
from huiyin_domain.decider import Decider
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.judicial.referral import REFERRAL
from huiyin_domain.reception.centre import CENTRE, VISIT
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.supervision.lateness import LATENESS
from huiyin_domain.supervision.order import ORDER
from huiyin_domain.timeline.case import CaseTimeline, told, walls_of
from huiyin_domain.timeline.held import LogEnd
from huiyin_domain.timeline.ledger import Ledger, LedgerEntry
from huiyin_domain.timeline.merge import Merge, Release
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.policy import load_policy
from tests.histories import recording
from tests.support.folding import Memory

_ALL: tuple[Decider[Any], ...] = (PETITION, DISCLOSURE, REFERRAL, CENTRE, MEETING, VISIT, LATENESS, ORDER)
DECIDERS = {decider.category: decider for decider in _ALL}
"""By the category of their streams."""


def as_recorded(history: History) -> list[HistoryEntry]:
    """The entries of all logs in the order of recording, each log in its own order."""
    entries = [entry for log in history.logs.values() for entry in log]
    return sorted(entries, key=lambda entry: (entry.fact.recorded, entry.fact.log, entry.fact.position))


def streams(version: str) -> dict[str, Any]:
    """The state that its decider gives each stream."""
    states: dict[str, Any] = {}
    for entry in as_recorded(recording.history(version)):
        stream = entry.fact.stream
        decider = DECIDERS[stream.partition("-")[0]]
        states[stream] = decider.evolve(states.get(stream, decider.initial()), entry.message)
    return states


def _folded(version: str, fold: ReplayedFold[Any]) -> dict[str, Any]:
    replay = Replay(fold)
    replay.take(entry.fact for entry in as_recorded(recording.history(version)))
    assert all(fold.load(data) == replay.states[key] for key, data in replay.dumped().items())  # type: ignore[attr-defined] # every read model's has it
    return replay.states


@cache
def cases(version: str) -> dict[str, Case]:
    """Cases by id."""
    return _folded(version, CaseFold())


@cache
def clock_records(version: str) -> dict[str, ClockRecord]:
    """Marks of clocks by case."""
    return _folded(version, ClockFold())


def clocks_of(version: str, case_id: str) -> tuple[Clock, ...]:
    """The clocks of a case by the rules and calendars of this build."""
    return clocks(clock_records(version)[case_id].clocks, load_policy().timetable)


@dataclass(frozen=True)
class Timeline:
    """The entries in their places, and what of the logs is in none."""

    entries: tuple[tuple[LedgerEntry, HistoryEntry], ...]
    held: int

    def order(self) -> dict[str, list[str]]:
        """The events of each case in the order of their numbers, as log and position."""
        found: dict[str, list[str]] = {}
        for placed, entry in self.entries:
            if not placed.catch_up:
                found.setdefault(placed.case_id, []).append(f"{entry.fact.context} {entry.fact.position}")
        return found


@cache
def timeline(version: str) -> Timeline:
    """What the timeline makes of the logs when their events arrive as they were recorded."""
    return _timeline(recording.history(version), as_recorded(recording.history(version)))


def timeline_read_log_by_log(version: str) -> dict[str, list[str]]:
    """The order of each case when the logs are read one after another, the last one first."""
    history = recording.history(version)
    one_by_one = [entry for log in sorted(history.logs, reverse=True) for entry in history.logs[log]]
    return _timeline(history, one_by_one).order()


def _timeline(history: History, arriving: Iterable[HistoryEntry]) -> Timeline:
    registry = next(log for log in history.logs if log.startswith("intake@"))
    merge = Merge(dict.fromkeys(history.logs, 0), registry)
    ledger = Ledger(walls_of(load_policy().directory))
    releases = list(_merged(merge, history, arriving))
    ledger.know({case: CaseTimeline() for one in releases for case in one.told.cases})
    found = [
        (placed, history.by_position[(one.told.fact.log, one.told.fact.position)])
        for one in releases
        for placed in ledger.enter(one.told)
    ]
    return Timeline(tuple(found), len(merge.held))


def _merged(merge: Merge, history: History, arriving: Iterable[HistoryEntry]) -> Iterator[Release]:
    merge.know({(log, entry.fact.stream): 0 for log, entries in history.logs.items() for entry in entries})
    for entry in arriving:
        yield from merge.take(told(entry.fact, entry.metadata.audience))
    for log, entries in history.logs.items():
        yield from merge.end(LogEnd(log, len(entries), merge.arrivals))


def records(version: str) -> Iterable[CaseEvent]:
    """The entries as stream folds and subscribers get them."""
    for placed, entry in timeline(version).entries:
        yield CaseEvent(
            case_id=placed.case_id,
            number=placed.number,
            sequence=placed.sequence,
            division=placed.division,
            recipients=sorted(placed.recipients),
            catch_up=placed.catch_up,
            event=to_envelope(entry.fact.log, entry.record),
        )


def shown(version: str) -> Memory:
    """What the stream folds arrive at."""
    return Memory().take(records(version))

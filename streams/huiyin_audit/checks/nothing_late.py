"""Promise P5, nothing late in silence: the clocks that passed are those said to have passed, each once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_MET_LATE, CLOCK_STATUS_PASSED
from huiyin_audit.checks.case_states import Clocks, derivation, entries_by_case
from huiyin_audit.findings import AuditRule, Finding, FindingPlace, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_audit.replay import held
from huiyin_domain.clocks.record import MOVED, Passing, Passings, cause_against, passing_of, withdrawn_by
from huiyin_domain.clocks.timetable import Timetable

SAID_TWICE = AuditRule(
    "SAID_TWICE",
    "期限 {clock} 的同一事实被记录了两次",
    "the same was recorded twice of clock {clock}",
)
LATE_IN_SILENCE = AuditRule(
    "LATE_IN_SILENCE",
    "信访事项 {case} 的期限 {clock} 于 {due} 已过，却没有记录",
    "clock {clock} of case {case} passed at {due} and nobody said so",
)
NOT_WITHDRAWN = AuditRule(
    "NOT_WITHDRAWN",
    "期限 {clock} 记为已过，后来的事件使它按期结束，逾期却没有撤销",
    "clock {clock} was said to have passed, later events ended it in time, and it was not withdrawn",
)

PASSED_WITHOUT_CLOCK = AuditRule(
    "PASSED_WITHOUT_CLOCK",
    "记为已过的期限 {clock} 在该信访事项中并不存在",
    "clock {clock} was said to have passed, and its case has no such clock",
)

_LATE = (CLOCK_STATUS_PASSED, CLOCK_STATUS_MET_LATE)


LAG = timedelta(minutes=1)
"""How long after the cause supervision may take to say what follows from it, where nobody waits for it."""

_PROMISE = "P5 nothing late in silence"


def check(history: History, timetable: Timetable, as_of: datetime) -> Verdict:
    """Judges what should have been said by an instant; what may still be said leaves the question open."""
    violations = [*_twice(history), *_never_late(history, timetable)]
    missing = _missing_by(history, history, timetable, as_of)
    if history.at_rest:
        return verdict(_PROMISE, [*violations, *missing])
    return verdict(_PROMISE, violations, missing)


def check_by_end(history: History, timetable: Timetable, lag: timedelta = LAG) -> Verdict:
    """Judges a log that may still be written, as of its end.

    What followed already from the events of a lag before, and follows from all of them, has to be said by
    now. Younger than that it may still be on its way, and is not judged.
    """
    ends = [entries[-1].fact.recorded for entries in history.logs.values() if entries]
    as_of = max(ends, default=datetime.now(UTC)) - lag
    before = _until(history, as_of)
    settled = {*_missing_by(before, history, timetable, as_of)}
    missing = [one for one in _missing_by(history, history, timetable, as_of) if one in settled]
    return verdict(_PROMISE, [*_twice(history), *_never_late(history, timetable), *missing])


def _until(history: History, instant: datetime) -> History:
    """What was recorded by an instant."""
    logs = {
        log: tuple(entry for entry in entries if entry.fact.recorded <= instant)
        for log, entries in history.logs.items()
    }
    return History(logs)


def _missing_by(known: History, said: History, timetable: Timetable, as_of: datetime) -> list[Finding]:
    """What the events of one history demand, and another does not say."""
    passed = _passed(said)
    withdrawn = _withdrawn(said, passed)
    derive = derivation(held(known, timetable)[-1].timetable)
    return [
        finding
        for case_id, entries in entries_by_case(known).items()
        for finding in _missing(case_id, derive(entries), as_of, (passed, withdrawn))
    ]


def _never_late(history: History, timetable: Timetable) -> Iterator[Finding]:
    """What stands as passed belongs to a clock of its case; of other rules than these it cannot be told."""
    passed = _passed(history)
    standing = passed.keys() - _withdrawn(history, passed).keys()
    newest = held(history, timetable)[-1].timetable
    derive, cases = derivation(newest), entries_by_case(history)
    clocks: dict[str, Clocks] = {}
    for passing in sorted(standing, key=lambda one: one.clock_id):
        entry = passed[passing][0]
        event = entry.message
        assert isinstance(event, DeadlinePassed), "passings are told by nothing else"
        if event.rule_version != newest.rule_version:
            continue
        if event.case_id not in clocks:
            clocks[event.case_id] = derive(cases.get(event.case_id, []))
        if passing.clock_id not in clocks[event.case_id]:
            yield PASSED_WITHOUT_CLOCK.at(entry.place, clock=passing.clock_id)


_Said = dict[Passing, list[HistoryEntry]]


def _passed(history: History) -> _Said:
    """What was said to have passed; what was moved to another day is as if it had never been."""
    found: _Said = {}
    for entry in history.entries("supervision"):
        match entry.message:
            case DeadlinePassed() as event:
                found.setdefault(passing_of(event), []).append(entry)
            case LatenessWithdrawn() as event if event.cause in MOVED:
                for passing in withdrawn_by(event, found):
                    found.pop(passing, None)
    return found


def _withdrawn(history: History, passed: _Said) -> _Said:
    found: _Said = {}
    for entry in history.entries("supervision"):
        message = entry.message
        if isinstance(message, LatenessWithdrawn) and message.cause not in MOVED:
            for passing in withdrawn_by(message, passed):
                found.setdefault(passing, []).append(entry)
    return found


def _twice(history: History) -> Iterator[Finding]:
    """Said again while it stands, or taken back when it does not."""
    passed: Passings = frozenset()
    withdrawn: Passings = frozenset()
    for entry in history.entries("supervision"):
        match entry.message:
            case DeadlinePassed() as event:
                again = frozenset({passing_of(event)}) & passed
                passed |= {passing_of(event)}
            case LatenessWithdrawn() as event:
                taken_back = withdrawn_by(event, passed)
                again = taken_back & withdrawn if event.HasField("due_time") else frozenset()
                if event.cause in MOVED:
                    again = again | (taken_back - passed)
                    passed, withdrawn = passed - taken_back, withdrawn - taken_back
                else:
                    withdrawn |= taken_back
            case _:
                continue
        for passing in again:
            yield SAID_TWICE.at(entry.place, clock=passing.clock_id)


def _missing(case_id: str, clocks: Clocks, as_of: datetime, said: tuple[_Said, _Said]) -> Iterator[Finding]:
    passed, withdrawn = said
    for clock_id, clock in clocks.items():
        due = clock.due_time
        late = clock.can_be_late and due is not None and due <= as_of and clock.status(as_of) in _LATE
        if late and Passing(clock_id, due) not in passed:
            assert due is not None
            yield LATE_IN_SILENCE.at(
                FindingPlace("", 0, f"lateness-{case_id}"), case=case_id, clock=clock_id, due=due.isoformat()
            )
        for passing in passed.keys() - withdrawn.keys():
            if passing.clock_id == clock_id and cause_against(clock, passing.due):
                yield NOT_WITHDRAWN.at(passed[passing][0].place, clock=clock_id)

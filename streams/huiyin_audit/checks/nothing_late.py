"""Promise P5, nothing late in silence: the clocks that passed are those said to have passed, each once."""

from collections.abc import Iterator
from datetime import datetime

from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_MET_LATE, CLOCK_STATUS_PASSED
from huiyin_audit.checks.case_clocks import Clocks, derivation, entries_by_case
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.history import Entry, History
from huiyin_audit.policies import held
from huiyin_audit.verdict import Verdict, verdict
from huiyin_domain.clocks.record import Passing, Passings, passing_of, withdrawn_by
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.clocks.withdrawing import cause_against

SAID_TWICE = Rule(
    "SAID_TWICE",
    "期限 {clock} 的同一事实被记录了两次",
    "the same was recorded twice of clock {clock}",
)
LATE_IN_SILENCE = Rule(
    "LATE_IN_SILENCE",
    "信访事项 {case} 的期限 {clock} 于 {due} 已过，却没有记录",
    "clock {clock} of case {case} passed at {due} and nobody said so",
)
NOT_WITHDRAWN = Rule(
    "NOT_WITHDRAWN",
    "期限 {clock} 记为已过，后来的事件使它按期结束，逾期却没有撤销",
    "clock {clock} was said to have passed, later events ended it in time, and it was not withdrawn",
)

_LATE = (CLOCK_STATUS_PASSED, CLOCK_STATUS_MET_LATE)


def check(history: History, timetable: Timetable, as_of: datetime) -> Verdict:
    """Judges what should have been said by an instant; what may still be said leaves the question open."""
    passed = _passed(history)
    withdrawn = _withdrawn(history, passed)
    violations = list(_twice(history))
    derive = derivation(held(history, timetable)[-1].timetable)
    missing = [
        finding
        for case_id, entries in entries_by_case(history).items()
        for finding in _missing(case_id, derive(entries), as_of, (passed, withdrawn))
    ]
    if history.at_rest:
        return verdict("P5 nothing late in silence", [*violations, *missing])
    return verdict("P5 nothing late in silence", violations, missing)


_Said = dict[Passing, list[Entry]]


def _passed(history: History) -> _Said:
    """What was said to have passed; what a calendar moved away is as if it had never been."""
    found: _Said = {}
    for entry in history.entries("supervision"):
        match entry.message:
            case DeadlinePassed() as event:
                found.setdefault(passing_of(event), []).append(entry)
            case LatenessWithdrawn(cause=types.WITHDRAWAL_CAUSE_CALENDAR) as event:
                for passing in withdrawn_by(event, found):
                    found.pop(passing, None)
    return found


def _withdrawn(history: History, passed: _Said) -> _Said:
    found: _Said = {}
    for entry in history.entries("supervision"):
        message = entry.message
        if isinstance(message, LatenessWithdrawn) and message.cause != types.WITHDRAWAL_CAUSE_CALENDAR:
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
                if event.cause == types.WITHDRAWAL_CAUSE_CALENDAR:
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
                Place("", 0, f"lateness-{case_id}"), case=case_id, clock=clock_id, due=due.isoformat()
            )
        for passing in passed.keys() - withdrawn.keys():
            if passing.clock_id == clock_id and cause_against(clock, passing.due):
                yield NOT_WITHDRAWN.at(passed[passing][0].place, clock=clock_id)

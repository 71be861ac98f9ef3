"""The clocks of a case, derived from its marks, and those of the cases lately asked for."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import DaySpan, DueDate, SpanUnit
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.course import CaseMarks, Course, as_registered, courses, is_history, settled
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.mark import Mark, Marks
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.rule import (
    EXTENSION_DAYS_MAX,
    HANDLING_DAYS,
    Counting,
    Rule,
    RulesByStart,
    Who,
    by_start,
)
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_domain.dates import local_date, parse_date
from huiyin_domain.refusal import Refusal

NAMED_DAY = "named_day"
"""Unit of span of a day that an event names."""


def clocks(state: CaseClocks, timetable: Timetable, rules: Iterable[Rule] | None = None) -> tuple[Clock, ...]:
    """Every clock of a case, also those that ended, in the order in which they started.

    `rules` are some of the timetable's, where not all are asked for. Where the case's registration has not
    come yet, nothing is derived that needs its name.
    """
    wanted = timetable.by_start if rules is None else by_start(rules)
    return _in_order(run.clock for run in _runs(state, timetable, wanted, {}))


_Key = tuple[str, str, Milestone, str]
"""Rule and start of a run: its event, milestone and unit."""


class _Run(NamedTuple):
    """A clock, and what it was made of beside the timetable and the case's name and place."""

    course: Course
    moves: Marks
    clock: Clock


def _runs(
    state: CaseClocks, timetable: Timetable, wanted: RulesByStart, known: Mapping[_Key, _Run]
) -> Iterator[_Run]:
    """The runs of a case. What was `known` of them by the same timetable is made again where it changed."""
    counted_by, case = (timetable.calendar_of(state.division), timetable.rule_version), CaseMarks(state)
    for rule, course in courses(wanted, case):
        if rule.counting is Counting.NAMED_DAY and course.start.due is None:
            continue
        if rule.each_unit and not state.case_id:
            continue
        run, moves = known.get(_key(rule.id, course)), case.moves if rule.who is Who.HOLDER else ()
        if run is None or run.course != course or run.moves != moves:
            run = _Run(course, moves, _clock(rule, course, state.case_id, case, counted_by))
        yield run


def _key(rule: str, course: Course) -> _Key:
    start = course.start
    return rule, start.event_id, start.milestone, start.unit


def _in_order(found: Iterable[Clock]) -> tuple[Clock, ...]:
    return tuple(sorted(found, key=lambda clock: (clock.start_time, clock.rule, clock.clock_id)))


def due_of(rule: Rule, start: Mark, calendar: Calendar) -> DueDate | Refusal:
    """The last day of a rule's period that starts with a mark."""
    day = local_date(start.begin)
    match rule.counting:
        case Counting.SPAN:
            assert rule.span is not None
            return calendar.due(day, rule.span)
        case Counting.NAMED_DAY:
            assert start.due is not None
            return calendar.named_day(day, start.due)
        case Counting.EXTENSION:
            assert start.base is not None
            return calendar.add_calendar_days(local_date(start.base), HANDLING_DAYS + extension_days(start))


def extension_days(start: Mark) -> int:
    """Days that count: never more than 30 in all (Art. 34)."""
    return min(start.days, EXTENSION_DAYS_MAX)


def _clock(
    rule: Rule, course: Course, case_id: str, case: CaseMarks, counted_by: tuple[Calendar, str]
) -> Clock:
    calendar, rule_version = counted_by
    course = _in_force(rule, course, calendar)
    found = due_of(rule, course.start, calendar)
    due = None if isinstance(found, Refusal) else found
    course = settled(rule, course, due)
    start, end = course.start, course.end
    span = _span(rule, start)
    return Clock(
        clock_id=_identity(rule, start, case_id),
        rule=rule.id,
        case_id=case_id,
        nature=rule.nature,
        unit=_unit(rule, course, case, due),
        start_event_id=start.event_id,
        start=start.milestone,
        start_time=start.begin,
        basis_zh=rule.basis.zh,
        basis_en=rule.basis.en,
        span=span.count if span else 0,
        unit_of_span=span.unit if span else NAMED_DAY,
        raw_due=due.raw if due else None,
        rolled_due=due.rolled if due else None,
        not_before=parse_date(found.facts.get("not_before", "")) if isinstance(found, Refusal) else None,
        warning_time=due.warning_time if due else None,
        due_time=due.due_time if due else None,
        unverified=rule.verification is Verification.GENERAL_KNOWLEDGE or bool(due and due.unverified),
        end=end.mark.milestone if end else None,
        void=end.void if end else False,
        stop_event_id=end.mark.event_id if end else "",
        stop_time=end.time if end else None,
        stop_entry=end.mark.entry if end else ENTRY_KIND_UNSPECIFIED,
        stop_recorded=end.mark.recorded if end else None,
        correction=course.correction,
        rule_version=rule.version or rule_version,
        calendar_version=due.calendar_version if due else "",
        grounds=(rule, course, found),
    )


def _in_force(rule: Rule, course: Course, calendar: Calendar) -> Course:
    """A correction makes no history of a duty that ran on when its filing was imported."""
    if not course.correction or not is_history(course.start, _due(rule, course.start, calendar)):
        return course
    before = as_registered(course)
    return course if is_history(before.start, _due(rule, before.start, calendar)) else before


def _due(rule: Rule, start: Mark, calendar: Calendar) -> DueDate | None:
    found = due_of(rule, start, calendar)
    return None if isinstance(found, Refusal) else found


def _identity(rule: Rule, start: Mark, case_id: str) -> str:
    """One for each run of a rule; where one event starts it for several units and cases, each has its own."""
    each = f":{case_id}:{start.unit}" if rule.each_unit else ""
    return f"{rule.id}:{start.event_id}{each}"


def _span(rule: Rule, start: Mark) -> DaySpan | None:
    if rule.counting is Counting.EXTENSION:
        return DaySpan(extension_days(start), SpanUnit.CALENDAR_DAY)
    return rule.span


def _unit(rule: Rule, course: Course, case: CaseMarks, due: DueDate | None) -> str:
    """The unit that has, or had, to act: a later move does not pass lateness on."""
    match rule.who:
        case Who.PETITIONER:
            return ""
        case Who.NAMED:
            return course.start.unit
        case Who.HOLDER:
            ends = [course.end.time] if course.end else []
            ends += [due.due_time] if due and due.due_time else []
            return case.holder_before(min(ends, default=None))


KNOWN_MAX = 2_000
"""Cases whose clocks are remembered; a case takes some ten kilobytes."""


class _Known(NamedTuple):
    marks: CaseClocks
    division: str
    timetable: Timetable
    runs: Sequence[_Run]
    found: tuple[Clock, ...]


class DerivedClocks:
    """The clocks of the cases that were lately asked for, shared by whoever makes rows of them.

    It answers what `clocks` would: that follows from marks and timetable alone, so nothing that is remembered
    can be out of date, whatever became of the transaction in which it was asked for. Of a case that goes on
    only the clocks are made again that it changes.
    """

    def __init__(self, most: int = KNOWN_MAX) -> None:
        self._most = most
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def of(self, marks: CaseClocks, timetable: Timetable) -> tuple[Clock, ...]:
        """Every clock of a case, also those that ended."""
        known = self._known.get(marks.case_id)
        if known is not None and known.timetable.version != timetable.version:
            known = None
        if known is None or known.marks != marks:
            known = self._known[marks.case_id] = self._derived(marks, timetable, known)
        self._known.move_to_end(marks.case_id)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return known.found

    def _derived(self, marks: CaseClocks, timetable: Timetable, known: _Known | None) -> _Known:
        division = marks.division
        before = known.runs if known is not None and known.division == division else ()
        by_key = {_key(run.clock.rule, run.course): run for run in before}
        runs = tuple(_runs(marks, timetable, timetable.by_start, by_key))
        return _Known(marks, division, timetable, runs, _in_order(run.clock for run in runs))

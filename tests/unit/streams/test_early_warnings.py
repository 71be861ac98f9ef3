"""Early warnings: a running clock is shown with the time from which it warns, until it is met or void."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from huiyin.insight.v1.types_pb2 import ClockWarning
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks.derive import DerivedClocks, clocks
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.streams.folds import folds, recount
from huiyin_domain.streams.output import Sink
from huiyin_domain.streams.warnings import WarningPolicy, warn_time
from huiyin_kernel.codec import entry_of, instant
from huiyin_kernel.policy import load_policy
from tests.support.folding import FOLDS, Memory
from tests.support.made_timelines import OFFICE, Timelines, identity

CASE = identity("warned")
START = datetime(2026, 3, 2, tzinfo=UTC)


def shown(memory: Memory) -> dict[str, ClockWarning]:
    """Warnings by clock."""
    return {
        key: ClockWarning.FromString(value)
        for (sink, key), value in memory.displayed().items()
        if sink == Sink.WARNINGS.value
    }


def test_a_registered_case_has_a_warning_for_each_clock_that_runs() -> None:
    timelines, memory = Timelines(1), Memory()
    memory.take([timelines.entry(CASE, timelines.registered(CASE, division="990101", anonymous=False))])
    warnings = shown(memory)
    assert {warning.rule for warning in warnings.values()} == {"T1"}
    (warning,) = warnings.values()
    assert (warning.case_id, warning.unit, warning.division) == (CASE, OFFICE, "990101")
    assert instant(warning.warn_time) < instant(warning.due_time)


def test_a_clock_that_is_met_is_taken_away() -> None:
    timelines, memory = Timelines(1), Memory()
    memory.take([timelines.entry(CASE, timelines.registered(CASE, anonymous=False))])
    (first,) = shown(memory)
    handed = intake.PetitionHandedOver(
        handover_id=identity("handover"),
        kind=types.HANDOVER_KIND_TRANSFER,
        from_unit=OFFICE,
        to_unit="119900000000000350",
    )
    memory.take([timelines.entry(CASE, handed)])
    assert first not in shown(memory)
    assert [output.key for output in memory.outputs if output.value is None] == [first]
    assert shown(memory)


@pytest.mark.parametrize("seed", range(3))
def test_the_warnings_are_the_running_clocks_that_can_be_late(seed: int) -> None:
    records = [record for record in Timelines(seed).entries(60) if not record.catch_up]
    memory, states = Memory().take(records), dict[str, clock_fold.CaseClocks]()
    for record in records:
        state = states.get(record.case_id, clock_fold.initial())
        states[record.case_id] = clock_fold.evolve(state, entry_of(record).fact)
    wanted = {
        clock.clock_id: clock.due_time
        for state in states.values()
        for clock in clocks(state, load_policy().timetable)
        if clock.running and clock.can_be_late
    }
    assert wanted
    assert {key: instant(warning.due_time) for key, warning in shown(memory).items()} == wanted


@pytest.mark.parametrize("seed", range(3))
def test_warnings_counted_anew_are_those_of_folding_anew(seed: int) -> None:
    """By a year with many more days off: every due date that ends on one of them moves."""
    (year,) = [one for one in FOLDS.timetable.calendar.years if one.year == 2026]
    off = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(0, 365, 3))
    other = folds(
        FOLDS.timetable.amended(replace(year, version="2026.x", holidays=off, workdays=frozenset()))
    )
    records = [record for record in Timelines(seed).entries(60) if not record.catch_up]
    memory, anew = Memory().take(records), Memory(other).take(records)
    before = shown(memory)
    for case_id, kept in list(memory.cases.items()):
        state, outputs = recount(other.cases, kept, case_id)
        memory.cases |= {case_id: state} if state is not None else {}
        memory.outputs += outputs
        assert recount(other.cases, memory.cases[case_id], case_id) == (None, ())
    assert before != shown(memory) == shown(anew)


def test_warnings_are_the_same_where_others_derived_the_clocks_before() -> None:
    """Whatever they were asked of: the case as it is now, as it will be, or by other calendars."""
    records = [record for record in Timelines(3).entries(60) if not record.catch_up]
    derived, marks = DerivedClocks(), dict[str, CaseClocks]()
    for record in records:
        before = marks.get(record.case_id, clock_fold.initial())
        marks[record.case_id] = clock_fold.evolve(before, entry_of(record).fact)
        derived.of(marks[record.case_id], FOLDS.timetable)
    known = Memory(folds(FOLDS.timetable, derived)).take(records)
    assert known.outputs == Memory().take(records).outputs
    assert known.cases == Memory().take(records).cases


@pytest.mark.parametrize(
    "due, before",
    [
        (timedelta(days=60), timedelta(days=5)),
        (timedelta(days=20), timedelta(days=5)),
        (timedelta(days=8), timedelta(days=2)),
        (timedelta(0), timedelta(0)),
        (timedelta(days=-1), timedelta(0)),
    ],
)
def test_a_clock_warns_five_days_before_it_passes_or_in_its_last_quarter(
    due: timedelta, before: timedelta
) -> None:
    assert warn_time(START, START + due, WarningPolicy()) == START + due - before

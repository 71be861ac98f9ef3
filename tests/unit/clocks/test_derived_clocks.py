"""Clocks are derived once for marks and a timetable, and again as soon as either is another."""

from huiyin.intake.v1.events_pb2 import PetitionClosed, PetitionRated
from huiyin_domain.clocks.derive import DerivedClocks, clocks
from huiyin_domain.clocks.record import ClockFold, from_bytes, to_bytes
from huiyin_domain.clocks.timetable import Timetable
from tests.support.facts import Logs
from tests.support.intake_events import registered
from tests.support.small_policy import TIMETABLE
from tests.unit.clocks.tellings import in_hand


def test_the_same_marks_are_not_derived_twice_also_when_they_were_read_again() -> None:
    marks, derived = in_hand("2026-03-06", "2026-03-07").state(), DerivedClocks()
    found = derived.of(marks, TIMETABLE)
    assert found == clocks(marks, TIMETABLE)
    assert derived.of(from_bytes(to_bytes(marks)), TIMETABLE) is found


def test_other_marks_and_another_timetable_are_derived_anew() -> None:
    marks, later = in_hand("2026-03-06", "2026-03-07").state(), in_hand("2026-03-06", "2026-03-08").state()
    without, derived = Timetable(), DerivedClocks()
    assert derived.of(marks, TIMETABLE) != derived.of(later, TIMETABLE)
    assert derived.of(later, TIMETABLE) == clocks(later, TIMETABLE)
    assert derived.of(later, without) == clocks(later, without)


def test_no_more_cases_are_remembered_than_the_bound() -> None:
    marks = in_hand("2026-03-06", "2026-03-07").state()
    first, derived = derived_of_two(marks.case_id)
    assert derived.of(marks, TIMETABLE) is not first


def derived_of_two(case_id: str) -> tuple[object, DerivedClocks]:
    """What was derived for a case before another came, with room for one."""
    story, derived = in_hand("2026-03-06", "2026-03-07"), DerivedClocks(most=1)
    marks = story.state()
    assert marks.case_id == case_id
    first = derived.of(marks, TIMETABLE)
    derived.of(type(marks)("another", marks.streams), TIMETABLE)
    return first, derived


def test_an_event_that_no_clock_hangs_on_leaves_the_record_of_a_case_the_very_same() -> None:
    fold, logs = ClockFold(), Logs()
    record = fold.evolve(fold.initial(), logs.intake(registered()))
    assert fold.evolve(record, logs.intake(PetitionRated())) is record
    assert fold.evolve(record, logs.intake(PetitionClosed())) != record

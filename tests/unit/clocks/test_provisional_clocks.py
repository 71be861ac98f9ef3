"""While a calendar is missing a clock keeps its place in every list, as provisional; no date is invented."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1 import events_pb2 as intake
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import DueDate, YearCalendar
from huiyin_domain.cases.fold import Case, summary_of
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.cases.view import summary
from huiyin_domain.clocks.clock import next_clock, statutory_clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_domain.refusal import Refusal
from huiyin_kernel.policy import load_policy
from tests.unit.clocks.story import HOUSING, Story
from tests.unit.clocks.tellings import accepted, classified, handed_over, notified, registered

_NEW_YEAR = date(2027, 1, 1)
YEAR_2027 = st.builds(
    lambda off, worked: YearCalendar(
        2027,
        "2027-invented",
        Verification.DERIVED,
        "invented",
        frozenset(_NEW_YEAR + timedelta(days=number) for number in off),
        frozenset(_NEW_YEAR + timedelta(days=number) for number in worked - off),
    ),
    st.frozensets(st.integers(0, 364), max_size=40),
    st.frozensets(st.integers(0, 364), max_size=40),
)


def _timetable(*years: YearCalendar) -> Timetable:
    timetable = load_policy().timetable
    for year in years:
        timetable = timetable.amended(year)
    return timetable


def accepted_in_november() -> Story:
    """Accepted in November 2026 by a unit that told the petitioner: its 60 days alone are running."""
    story = Story()
    registered(story, "2026-11-10")
    classified(story, "2026-11-10")
    handed_over(story, "2026-11-11")
    notified(story, "2026-11-12")
    accepted(story, "2026-11-20")
    return story


def objected_in_december() -> Story:
    """The sender has five working days to decide: they run into a year without a calendar."""
    story = Story()
    registered(story, "2026-12-20")
    classified(story, "2026-12-20")
    handed_over(story, "2026-12-21")
    story.tell("2026-12-29", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    return story


def test_what_was_accepted_in_november_keeps_its_next_date_said_to_be_provisional() -> None:
    """60 days from 2026-11-20 (Art. 34) end on 2027-01-19."""
    story = accepted_in_november()
    t7 = story.clock("T7")
    assert (str(t7.raw_due), t7.rolled_due, t7.day, t7.provisional) == ("2027-01-19", None, t7.raw_due, True)
    shown = summary_of(Case(clocks=story.state()), _timetable())
    assert (shown.next_due_date, shown.next_due_rule, shown.next_due_provisional) == (
        "2027-01-19",
        "T7",
        True,
    )


def test_working_days_that_cannot_be_counted_give_a_bound_that_is_said_to_be_one() -> None:
    clock = objected_in_december().clock("E5")
    assert (clock.raw_due, clock.rolled_due, clock.due_time) == (None, None, None)
    assert str(clock.not_before) == "2027-01-03"  # 30 and 31 December are worked, then at best each day is
    shown = statutory_clock(clock)
    assert (shown.provisional, shown.raw_due_date, shown.not_before_date) == (True, "", "2027-01-03")
    assert "不早于2027-01-03" in clock.why_zh
    assert "not before 2027-01-03" in clock.why_en


def test_a_case_whose_next_date_cannot_be_counted_says_so_and_is_not_without_one() -> None:
    only = objected_in_december().clock("E5")
    assert next_clock((only,)) == only
    shown = summary(CaseView(), only)
    assert (shown.next_due_date, shown.next_due_not_before) == ("", "2027-01-03")
    assert (shown.next_due_rule, shown.next_due_provisional) == ("E5", True)


@given(YEAR_2027, st.dates(date(2026, 12, 1), date(2026, 12, 31)), st.integers(1, 30))
def test_the_bound_is_never_after_the_last_day_that_the_calendar_then_gives(
    year: YearCalendar, start: date, count: int
) -> None:
    shipped = _timetable().calendar
    before = shipped.add_working_days(start, count)
    after = Calendar([*shipped.years, year]).add_working_days(start, count)
    if isinstance(before, DueDate):
        assert after == before
        return
    assert before.reason == "MISSING_CALENDAR"
    assert not isinstance(after, Refusal)
    assert date.fromisoformat(before.facts["not_before"]) <= after.raw


@given(YEAR_2027)
def test_once_the_calendar_is_there_the_same_clocks_are_fixed_and_none_earlier(year: YearCalendar) -> None:
    story = accepted_in_november()
    fixed = {one.clock_id: one for one in clocks(story.state(), _timetable(year))}
    assert fixed.keys() == {one.clock_id for one in story.clocks()}
    clock, before = fixed[story.clock("T7").clock_id], story.clock("T7")
    assert not clock.provisional
    assert before.day is not None
    assert clock.day is not None
    assert before.day <= clock.day

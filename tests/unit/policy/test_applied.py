"""Calendars that arrive or change: what holds is the last of each scope, however it came (promise P4)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.calendar.due import YearCalendar, faults_of
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.codes import Verification
from huiyin_domain.policy import applied, digest_of, in_force, lines_of, message_of, policy_of, year_of
from tests.support.invented_year import invented
from tests.support.small_policy import TIMETABLE
from tests.unit.clocks.story import Story
from tests.unit.clocks.test_clock_properties import stories

DAYS_2026 = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]


@st.composite
def years(draw: st.DrawFn, version: str = "2026.x") -> YearCalendar:
    """A year with any days off and any weekend days worked."""
    off = draw(st.frozensets(st.sampled_from(DAYS_2026), min_size=1, max_size=40))
    weekend = [day for day in DAYS_2026 if day.weekday() >= 5]
    worked = draw(st.frozensets(st.sampled_from(weekend), max_size=20)) - off
    mark = draw(st.sampled_from(list(Verification)))
    return YearCalendar(2026, version, mark, "invented", off, worked)


def event_of(year: YearCalendar, *divisions: str) -> PolicyApplied:
    return PolicyApplied(
        divisions=divisions,
        version=year.version,
        digest=digest_of(year),
        source_document=year.source,
        verification=year.verification,
        calendar=message_of(year),
    )


@given(stories(), years(), years())
def test_clocks_by_one_calendar_and_then_another_are_those_by_the_other(
    story: Story, first: YearCalendar, second: YearCalendar
) -> None:
    amended = in_force(TIMETABLE, [event_of(first), event_of(second)])
    assert clocks(story.state(), amended) == clocks(story.state(), TIMETABLE.amended(second))


@given(stories(), years(), st.sampled_from(["990101", "990102", "990000", "450000"]))
def test_a_division_that_a_case_does_not_lie_in_moves_none_of_its_clocks(
    story: Story, year: YearCalendar, division: str
) -> None:
    local = applied(TIMETABLE, event_of(year, division))
    state = story.state()
    concerned = state.division.startswith(lines_of([division])[0])
    everywhere = TIMETABLE.amended(year)
    assert clocks(state, local) == clocks(state, everywhere if concerned else TIMETABLE)


@given(years())
def test_a_year_is_the_same_after_it_was_on_the_record(year: YearCalendar) -> None:
    assert year_of(event_of(year)) == year
    assert year_of(policy_of(year)) == year
    assert digest_of(year) != digest_of(replace(year, version="2026.y"))


def test_the_nearest_divisions_year_counts_then_that_of_all_then_the_shipped_one() -> None:
    day = date(2027, 1, 4)
    province, county = invented("p", more=[day]), invented("c", more=[date(2027, 1, 5)])
    timetable = Timetable(Calendar([invented("all")])).amended(province, lines_of(["450000"]))
    timetable = timetable.amended(county, lines_of(["450102"]))
    found = {place: timetable.calendar_of(place).is_day_off(day) for place in ("450102", "450103", "110000")}
    assert found == {"450102": False, "450103": True, "110000": False}
    later = timetable.amended(invented("all2", more=[day]))
    assert [later.calendar_of(place).is_day_off(day) for place in ("450102", "110000", "")] == [
        False,
        True,
        True,
    ]
    assert timetable.version != later.version


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        (replace(invented(), holidays=frozenset()), "no day off"),
        (replace(invented(), workdays=frozenset({date(2027, 1, 4)})), "no weekend day"),
        (replace(invented(), workdays=frozenset({date(2027, 1, 2)})), "both off and worked"),
        (replace(invented(), holidays=frozenset({date(2026, 1, 1)})), "not of this year"),
    ],
)
def test_what_no_notice_can_say_is_found(wrong: YearCalendar, fault: str) -> None:
    assert any(fault in found for found, _ in faults_of(wrong))
    assert not list(faults_of(invented()))

"""P4 and P5 over an amended calendar: each lateness is judged by the calendar that it names, and once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn, PolicyApplied
from huiyin.supervision.v1.types_pb2 import WITHDRAWAL_CAUSE_CALENDAR
from huiyin_audit.checks import acts_in_time, clocks_follow_events, nothing_late
from huiyin_audit.checks.case_states import derivation, entries_by_case
from huiyin_audit.findings import PromiseOutcome
from huiyin_domain.calendar.due import YearCalendar
from huiyin_domain.clocks.clock import Clock, statutory_clock
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy import digest_of, message_of
from huiyin_kernel.policy import load_policy
from tests.unit.audit.book import Act, told, without
from tests.unit.audit.legal_story import legal_story
from tests.unit.audit.test_check_clocks import (
    AS_OF,
    DAY,
    STORY,
    SUPERVISION,
    TIMETABLE,
    late,
    passed,
    supervision,
)

OLD = next(year for year in TIMETABLE.calendar.years if year.year == 2026)
FIRST = late(legal_story(), AS_OF)[0]
assert FIRST.rolled_due is not None
NEW = replace(OLD, version="2026.2", holidays=OLD.holidays | {FIRST.rolled_due}, workdays=frozenset())
BACK = replace(OLD, version="2026.3")


def clocks_by(timetable: Timetable) -> dict[str, Clock]:
    cases, derive = entries_by_case(told(legal_story())), derivation(timetable)
    return {clock_id: clock for entries in cases.values() for clock_id, clock in derive(entries).items()}


BEFORE, AFTER = clocks_by(TIMETABLE), clocks_by(TIMETABLE.amended(NEW))
AGAIN = clocks_by(TIMETABLE.amended(BACK))
MOVED = [name for name, clock in BEFORE.items() if clock.due_time != AFTER[name].due_time]
SAID = {one.clock_id for one in late(legal_story(), AS_OF)} & set(MOVED)


def laid_down(year: YearCalendar, day: int) -> Act:
    event = PolicyApplied(
        policy_id=year.version,
        version=year.version,
        digest=digest_of(year),
        source_document=year.source,
        verification=year.verification,
        calendar=message_of(year),
    )
    writes = (("policy-calendar", event),)
    return Act(SUPERVISION, writes, "OFFICE", f"policy/{year.version}", "administrator-1", day=day)


def moved_away(old: Clock, new: Clock, day: int) -> Act:
    event = LatenessWithdrawn(
        clock_id=old.clock_id,
        case_id=old.case_id,
        due_time=statutory_clock(old).due_time,
        cause=WITHDRAWAL_CAUSE_CALENDAR,
        calendar_version=new.calendar_version,
    )
    return supervision(f"withdrawn/{new.calendar_version}", old.case_id, event, day)


WITHDRAWN = [moved_away(BEFORE[name], AFTER[name], DAY + 2) for name in sorted(SAID)]
PASSED = [passed(AFTER[name], DAY + 3) for name in sorted(SAID)]
AMENDED = [*STORY, laid_down(NEW, DAY + 1), *WITHDRAWN, *PASSED]
MOVED_BACK = [
    *AMENDED,
    laid_down(BACK, DAY + 4),
    *(moved_away(AFTER[name], AGAIN[name], DAY + 5) for name in sorted(SAID)),
    *(passed(AGAIN[name], DAY + 6) for name in sorted(SAID)),
]


def dates(story: Sequence[Act]) -> set[str]:
    return {finding.rule for finding in clocks_follow_events.check(told(story), TIMETABLE).violations}


def silence(story: Sequence[Act]) -> set[str]:
    return {finding.rule for finding in nothing_late.check(told(story), TIMETABLE, AS_OF).violations}


def but(story: Sequence[Act], *acts: Act) -> list[Act]:
    return [one for one in story if not any(one is act for act in acts)]


def test_an_amended_year_and_one_that_is_amended_back_hold() -> None:
    assert SAID
    for story in (AMENDED, MOVED_BACK):
        verdict = clocks_follow_events.check(told(story), TIMETABLE)
        assert (verdict.outcome, verdict.violations, verdict.open_questions) == (PromiseOutcome.HOLDS, (), ())
        assert nothing_late.check(told(story), TIMETABLE, AS_OF).outcome is PromiseOutcome.HOLDS
        assert acts_in_time.check(told(story), load_policy()).violations == ()


def test_what_an_amended_year_makes_untrue_and_nobody_took_back_is_found() -> None:
    assert "NOT_WITHDRAWN" in silence(but(AMENDED, WITHDRAWN[0]))


def test_what_is_late_by_the_amended_year_and_was_not_said_is_found() -> None:
    assert silence(but(AMENDED, PASSED[0])) == {"LATE_IN_SILENCE"}


def test_what_is_late_again_on_the_old_last_day_and_was_not_said_again_is_found() -> None:
    assert silence(MOVED_BACK[:-1]) == {"LATE_IN_SILENCE"}


def test_the_same_taken_back_or_said_twice_is_found() -> None:
    again: Any = moved_away(BEFORE[sorted(SAID)[0]], AFTER[sorted(SAID)[0]], DAY + 4)
    assert silence([*AMENDED, replace(again, name="again")]) == {"SAID_TWICE"}
    assert silence([*AMENDED, replace(PASSED[0], name="again", day=DAY + 4)]) == {"SAID_TWICE"}


def test_a_lateness_taken_back_for_a_calendar_that_nobody_loaded_is_found() -> None:
    story = [act for act in AMENDED if not isinstance(act.writes[0][1], PolicyApplied)]
    assert "WITHDRAWN_WITHOUT_CAUSE" in dates(story)


def test_a_lateness_judged_by_a_calendar_that_did_not_hold_yet_is_found() -> None:
    late_policy = but(AMENDED, AMENDED[len(STORY)])
    assert dates([*late_policy, laid_down(NEW, DAY + 4)]) >= {"JUDGED_TOO_EARLY"}


def test_a_lateness_that_names_the_old_calendar_after_the_new_one_is_judged_by_the_old() -> None:
    """The rows that a ticker reads may be one calendar behind the log; what it says so is withdrawn."""
    name = sorted(SAID)[0]
    said = next(act for act in STORY if _clock_of(act) == name)
    story = [*but(STORY, said), laid_down(NEW, DAY + 1), replace(said, day=DAY + 2)]
    assert dates([*story, *[replace(act, day=DAY + 3) for act in WITHDRAWN]]) == set()


def test_without_the_year_that_was_laid_down_the_log_is_not_understood() -> None:
    story = without(AMENDED, PolicyApplied)
    assert clocks_follow_events.check(told(story), TIMETABLE).outcome is PromiseOutcome.BROKEN


def _clock_of(act: Act) -> str:
    event = act.writes[0][1]
    return event.clock_id if isinstance(event, DeadlinePassed) else ""

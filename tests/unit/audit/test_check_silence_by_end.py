"""Promise P5 as of a log's end: what had to be said by then is a violation, what is younger is not judged."""

from collections.abc import Sequence
from datetime import timedelta

from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin_audit.checks import nothing_late
from huiyin_audit.findings import PromiseOutcome, Verdict
from tests.unit.audit.book import Act, act_with, changed, told, without
from tests.unit.audit.test_check_clocks import DAY, STORY, TIMETABLE, late_entry


def judged(story: Sequence[Act], lag: timedelta = nothing_late.LAG) -> Verdict:
    """The verdict on a log that may still be written."""
    return nothing_late.check_by_end(told(story, at_rest=False), TIMETABLE, lag)


def rules(story: Sequence[Act]) -> set[str]:
    return {one.rule for one in judged(story).violations}


def test_a_log_in_which_all_that_passed_was_said_holds() -> None:
    assert judged(STORY).outcome is PromiseOutcome.HOLDS


def test_one_clock_that_passed_in_silence_is_found_though_the_log_may_still_be_written() -> None:
    passings = [place for place, one in enumerate(STORY) if isinstance(one.writes[0][1], DeadlinePassed)]
    assert len(passings) > 1
    for place in passings[:-1]:
        assert rules([*STORY[:place], *STORY[place + 1 :]]) == {"LATE_IN_SILENCE"}


def test_what_is_younger_than_the_lag_may_still_be_on_its_way() -> None:
    assert judged(without(STORY, DeadlinePassed), timedelta(days=DAY + 1)).outcome is PromiseOutcome.HOLDS


def test_a_passing_without_a_clock_is_found() -> None:
    assert "PASSED_WITHOUT_CLOCK" in rules(changed(STORY, DeadlinePassed, clock_id="T1:nothing"))


def test_a_passing_by_other_rules_is_left_to_the_question_of_versions() -> None:
    story = changed(STORY, DeadlinePassed, clock_id="T1:nothing", rule_version="2005.1")
    assert "PASSED_WITHOUT_CLOCK" not in rules(story)


def test_a_passing_said_twice_is_found() -> None:
    again = STORY[act_with(STORY, DeadlinePassed)]
    assert rules(
        [*STORY, Act(again.log, again.writes, again.agency, "again", "", case_id=again.case_id)]
    ) == {"SAID_TWICE"}


def test_a_lateness_that_does_not_hold_any_more_and_was_not_taken_back_is_found() -> None:
    story, _ = late_entry()
    assert not any(isinstance(one.writes[0][1], LatenessWithdrawn) for one in story)
    assert "NOT_WITHDRAWN" in rules([*story, *STORY[-1:]])

"""Periods of review and re-review (Regulations of 2022, Arts. 35 and 36)."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    CLOCK_STATUS_RUNNING,
    CLOCK_STATUS_VOID,
)
from huiyin_domain.clocks.rule import Nature
from tests.unit.clocks.story import HOUSING, Story, noon, stamp
from tests.unit.clocks.tellings import answered, in_hand

REVIEW, RE_REVIEW = types.REVIEW_LEVEL_REVIEW, types.REVIEW_LEVEL_RE_REVIEW


def asked(
    story: Story, day: str, level: types.ReviewLevel.ValueType, review: str = "v1", received: str = ""
) -> str:
    event = intake.ReviewRequested(
        review_id=review, level=level, organ="government", requested_time=stamp(day)
    )
    return story.tell(received or day, event)


def decided(
    story: Story,
    day: str,
    level: types.ReviewLevel.ValueType,
    outcome: types.ReviewOutcome.ValueType = types.REVIEW_OUTCOME_UPHELD,
    review: str = "v1",
) -> str:
    return story.tell(day, intake.ReviewDecided(review_id=review, level=level, outcome=outcome))


def served(story: Story, day: str, level: types.ReviewLevel.ValueType) -> str:
    return story.tell(day, intake.ReviewServed(review_id="v1", level=level, served_time=stamp(day)))


def an_answer_served(day: str) -> Story:
    story = in_hand("2025-12-01", "2025-12-02")
    answered(story, "2026-01-05", day)
    return story


def test_t9_runs_from_service_for_the_petitioner_and_uses_the_rolled_day() -> None:
    clock = an_answer_served("2026-01-16").clock("T9")
    assert clock.unit == ""
    assert clock.nature is Nature.REMEDY
    assert (str(clock.raw_due), str(clock.rolled_due)) == ("2026-02-15", "2026-02-24")
    assert clock.status(noon("2026-02-24")) == CLOCK_STATUS_RUNNING
    assert clock.status(noon("2026-02-25")) == CLOCK_STATUS_PASSED
    assert "可于2026-02-24前请求复查" in clock.why_zh


def test_an_opinion_that_was_not_served_starts_no_time_for_the_petitioner() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    answered(story, "2026-03-20")
    assert not story.clocks("T9")


def test_no_time_to_ask_for_review_runs_where_there_is_no_review() -> None:
    """Art. 35 is for the petition procedure (Art. 31(6)); a clock would promise a remedy that is refused."""
    story = in_hand("2025-12-01", "2025-12-02", types.ROUTE_DUTY_TO_ACT)
    answered(story, "2026-01-05", "2026-01-16")
    assert not story.clocks("T9")


def test_a_request_posted_in_time_is_in_time_and_the_organ_counts_from_receiving_it() -> None:
    story = an_answer_served("2026-01-16")
    event = asked(story, "2026-02-24", REVIEW, received="2026-02-27")
    assert story.clock("T9").status() == CLOCK_STATUS_MET
    clock = story.clock("T10")
    assert (clock.unit, clock.start_event_id) == ("government", event)
    assert str(clock.raw_due) == "2026-03-29"


def test_a_late_request_is_late_and_still_has_its_clock() -> None:
    story = an_answer_served("2026-01-16")
    asked(story, "2026-03-02", REVIEW)
    assert story.clock("T9").status() == CLOCK_STATUS_MET_LATE
    assert story.clock("T10").running


def test_closing_does_not_end_the_petitioners_time() -> None:
    story = an_answer_served("2026-01-16")
    story.tell("2026-01-20", intake.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED))
    assert story.clock("T9").running


def test_t10_to_t12_follow_one_another() -> None:
    story = an_answer_served("2026-01-16")
    asked(story, "2026-02-02", REVIEW)
    decided(story, "2026-03-02", REVIEW)
    assert story.clock("T10").status() == CLOCK_STATUS_MET
    assert not story.clocks("T11"), "it waits for service"
    served(story, "2026-03-05", REVIEW)
    assert str(story.clock("T11").raw_due) == "2026-04-04"
    assert str(story.clock("T11").rolled_due) == "2026-04-07"
    asked(story, "2026-04-07", RE_REVIEW, "v2")
    assert story.clock("T11").status() == CLOCK_STATUS_MET
    assert str(story.clock("T12").rolled_due) == "2026-05-07"
    decided(story, "2026-05-08", RE_REVIEW, review="v2")
    assert story.clock("T12").status() == CLOCK_STATUS_MET_LATE
    served(story, "2026-05-09", RE_REVIEW)
    assert len(story.clocks("T11")) == 1


def test_a_revoked_opinion_gives_the_holder_60_days_to_decide_anew() -> None:
    story = an_answer_served("2026-01-16")
    asked(story, "2026-02-02", REVIEW)
    decided(story, "2026-03-02", REVIEW, types.REVIEW_OUTCOME_REVOKED)
    served(story, "2026-03-03", REVIEW)
    clock = story.clock("E2")
    assert (clock.unit, str(clock.raw_due)) == (HOUSING, "2026-05-01")
    answered(story, "2026-04-01", "2026-04-02")
    assert story.clock("E2").status() == CLOCK_STATUS_MET
    assert story.clock("T11").status() == CLOCK_STATUS_VOID, "the new opinion has its own remedy"
    assert [clock.running for clock in story.clocks("T9")] == [False, True]

"""A clock as the contract carries it, and which clock a case's next date comes from."""

from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_PASSED, CLOCK_STATUS_RUNNING
from huiyin_domain.clocks.clock import next_clock, statutory_clock
from huiyin_domain.clocks.timetable import RULE_VERSION
from tests.unit.clocks.story import CASE, HOUSING, Story, noon
from tests.unit.clocks.tellings import accepted, answered, classified, handed_over, in_hand, registered


def test_every_field_of_the_contract_is_filled() -> None:
    story = in_hand("2019-02-27", "2019-02-28")
    answered(story, "2019-04-01")
    message = statutory_clock(story.clock("T7"), noon("2019-05-01"))
    empty = {name for name in message.DESCRIPTOR.fields_by_name if not getattr(message, name)}
    # Its last day is fixed, so there is no bound; version 0.1 did not say how the end was entered; it is
    # no period of other law.
    assert empty == {"provisional", "not_before_date", "stop_entry", "informational"}
    assert (message.case_id, message.unit, message.rule) == (CASE, HOUSING, "T7")
    assert (message.span, message.unit_of_span) == (60, "calendar_day")
    assert (message.raw_due_date, message.rolled_due_date) == ("2019-04-29", "2019-04-29")
    assert (message.rule_version, message.calendar_version) == (RULE_VERSION, "2019.1")


def test_the_status_is_that_of_the_instant_asked_for_or_of_the_events_alone() -> None:
    clock = in_hand("2026-03-02", "2026-03-05").clock("T7")
    assert statutory_clock(clock).status == CLOCK_STATUS_RUNNING
    assert statutory_clock(clock, noon("2026-05-07")).status == CLOCK_STATUS_PASSED


def test_what_nobody_can_be_late_for_has_no_due_time() -> None:
    story = Story()
    registered(story, "2026-12-20")
    handed_over(story, "2026-12-21")
    accepted(story, "2026-12-22")
    window, provisional = statutory_clock(story.clock("T5")), statutory_clock(story.clock("T7-SHADOW"))
    assert window.rolled_due_date == "2026-12-28"
    assert not window.HasField("due_time")
    assert provisional.provisional
    assert not provisional.HasField("due_time")


def test_the_next_date_is_a_units_first_and_the_petitioners_when_no_unit_has_one() -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    found = next_clock(tuple(story.clocks()))
    assert found is not None
    assert found.rule == "T5"
    classified(story, "2026-03-04")
    answered(story, "2026-03-05", "2026-03-06")
    assert {clock.rule for clock in story.clocks() if clock.running} >= {"T9"}


def test_a_case_without_running_clocks_has_no_next_date() -> None:
    assert next_clock(()) is None

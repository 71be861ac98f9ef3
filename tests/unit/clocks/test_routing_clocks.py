"""Periods to notify, route and object (Regulations of 2022, Arts. 22 and 23)."""

import pytest

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1.types_pb2 import ORGAN_KIND_COURT
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    CLOCK_STATUS_RUNNING,
    CLOCK_STATUS_VOID,
)
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.timetable import Timetable
from tests.unit.clocks.story import CASE, COURT, HOUSING, OFFICE, TRANSPORT, Story, noon, stamp
from tests.unit.clocks.tellings import (
    accepted,
    answered,
    classified,
    handed_over,
    moved,
    notified,
    registered,
)


def test_t1_gives_a_petition_office_15_days_and_rolls_over_spring_festival() -> None:
    story = Story()
    event = registered(story, "2026-02-01")
    clock = story.clock("T1")
    assert clock.clock_id == f"T1:{event}"
    assert clock.case_id == CASE
    assert clock.unit == OFFICE
    assert (str(clock.raw_due), str(clock.rolled_due)) == ("2026-02-16", "2026-02-24")
    assert clock.status(noon("2026-02-24")) == CLOCK_STATUS_RUNNING
    assert clock.status(noon("2026-02-25")) == CLOCK_STATUS_PASSED
    assert not story.clocks("T3")


def test_a_unit_is_warned_on_the_raw_day_and_late_after_the_rolled_one() -> None:
    story = Story()
    registered(story, "2026-02-01")
    clock = story.clock("T1")
    assert clock.warning_time is not None
    assert noon("2026-02-16") < clock.warning_time < noon("2026-02-17")
    assert clock.due_time is not None
    assert noon("2026-02-24") < clock.due_time < noon("2026-02-25")


def test_t1_is_met_by_a_hand_over_on_the_last_day_and_late_on_the_next() -> None:
    for day, status in (("2026-02-24", CLOCK_STATUS_MET), ("2026-02-25", CLOCK_STATUS_MET_LATE)):
        story = Story()
        registered(story, "2026-02-01")
        event = handed_over(story, day)
        clock = story.clock("T1")
        assert clock.status(noon("2026-06-01")) == status
        assert clock.stop_event_id == event


def test_t1_is_met_by_a_referral_to_a_judicial_organ_in_another_stream() -> None:
    story = Story()
    registered(story, "2026-03-02")
    sent = judicial.LitigationReferred(case_id=CASE, organ=COURT, organ_kind=ORGAN_KIND_COURT)
    event = story.tell("2026-03-05", sent, "referral-1")
    assert story.clock("T1").stop_event_id == event
    assert story.clock("T1").status() == CLOCK_STATUS_MET


def test_t3_is_for_direct_filings_and_falls_away_for_anonymous_ones() -> None:
    story, anonymous = Story(), Story()
    registered(story, "2026-03-02", office=False)
    registered(anonymous, "2026-03-02", office=False, anonymous=True)
    assert str(story.clock("T3").rolled_due) == "2026-03-17"
    assert not story.clocks("T1")
    assert not anonymous.clocks("T3")
    assert anonymous.clocks("T7-SHADOW"), "it is handled all the same"


def test_t4_and_t5_start_when_the_matter_was_handed_over() -> None:
    story = Story()
    registered(story, "2026-09-28")
    event = handed_over(story, "2026-09-29")
    t4, t5 = story.clock("T4"), story.clock("T5")
    assert (t4.unit, t5.unit) == (HOUSING, HOUSING)
    assert t4.start_event_id == t5.start_event_id == event
    assert str(t4.rolled_due) == "2026-10-14"
    assert str(t5.rolled_due) == "2026-10-12", "five working days: the golden date of section 9.1"
    assert t5.unit_of_span == "working_day"


def test_t4_is_stopped_by_the_notice_of_the_receiving_unit_alone() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    notified(story, "2026-03-04", OFFICE)
    assert story.clock("T4").running
    event = notified(story, "2026-03-05", HOUSING)
    assert story.clock("T4").stop_event_id == event


def test_a_notice_recorded_late_and_served_in_time_is_in_time() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    notified(story, "2026-03-10", recorded="2026-05-20")
    clock = story.clock("T4")
    assert clock.status(noon("2026-05-20")) == CLOCK_STATUS_MET
    assert "补录" in clock.why_zh
    assert "entered afterwards" in clock.why_en


@pytest.mark.parametrize(
    "petition_class, route",
    [
        (types.PETITION_CLASS_ACCUSATION, types.ROUTE_UNSPECIFIED),
        (types.PETITION_CLASS_LITIGATION, types.ROUTE_UNSPECIFIED),
        (types.PETITION_CLASS_CLAIM, types.ROUTE_JUDICIAL),
    ],
)
def test_t4_is_not_for_matters_that_are_told_of_by_their_own_rules(
    petition_class: types.PetitionClass.ValueType, route: types.Route.ValueType
) -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02", petition_class, route)
    handed_over(story, "2026-03-03")
    assert not story.clocks("T4")
    assert story.clocks("T5")


def test_an_objection_stops_t5_and_leaves_t4_running_until_it_is_upheld() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    event = story.tell("2026-03-05", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    assert story.clock("T5").stop_event_id == event
    assert story.clock("T4").running
    story.tell("2026-03-09", intake.ObjectionUpheld(handover_id="h1"))
    assert story.clock("T4").status() == CLOCK_STATUS_VOID
    assert "异议成立" in story.clock("T4").why_zh


def test_an_upheld_objection_gives_the_sender_15_days_to_route_again() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    story.tell("2026-03-05", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    event = story.tell("2026-03-09", intake.ObjectionUpheld(handover_id="h1"))
    again = story.clock("E1")
    assert (again.start_event_id, again.unit) == (event, OFFICE)
    assert str(again.raw_due) == "2026-03-24"
    assert "平台规则" in again.basis_zh
    handed_over(story, "2026-03-10", TRANSPORT, handover="h2")
    assert story.clock("E1").status() == CLOCK_STATUS_MET
    assert [clock.unit for clock in story.clocks("T4") if clock.running] == [TRANSPORT]


def test_nobody_is_late_when_the_days_to_object_end() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    clock = story.clock("T5")
    assert clock.status(noon("2026-04-01")) == CLOCK_STATUS_VOID
    assert not clock.can_be_late
    accepted(story, "2026-03-16")
    assert story.clock("T5").status(noon("2026-04-01")) == CLOCK_STATUS_VOID
    assert "逾期" not in story.clock("T5").why_zh


def test_t5_without_a_calendar_has_no_date_and_says_which_year_is_missing() -> None:
    story = Story()
    registered(story, "2026-12-20")
    handed_over(story, "2026-12-28")
    clock = story.clock("T5")
    assert clock.raw_due is None
    assert clock.due_time is None
    assert clock.provisional
    assert "2027年放假安排未载入" in clock.why_zh
    assert "2027" in clock.why_en


def test_without_any_calendar_every_clock_is_provisional_and_none_passes() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    accepted(story, "2026-03-04")
    for clock in clocks(story.state(), Timetable()):
        assert clock.provisional
        assert clock.status(noon("2036-01-01")) != CLOCK_STATUS_PASSED


def test_t6_ends_on_the_day_that_the_referral_names() -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    handed_over(story, "2026-03-03", due="2026-04-04")
    clock = story.clock("T6")
    assert (str(clock.raw_due), str(clock.rolled_due)) == ("2026-04-04", "2026-04-07")
    assert (clock.span, clock.unit_of_span) == (0, "named_day")
    accepted(story, "2026-03-04")
    answered(story, "2026-04-07")
    assert story.clock("T6").status() == CLOCK_STATUS_MET


def test_a_unit_that_a_superior_names_has_15_days_to_notify_and_the_old_one_none() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    moved(story, "2026-03-06", TRANSPORT, types.MOVE_BASIS_SUPERIOR_DECISION)
    status = {clock.unit: clock.status() for clock in story.clocks("T4")}
    assert status == {HOUSING: CLOCK_STATUS_VOID, TRANSPORT: CLOCK_STATUS_RUNNING}


def test_a_superior_that_confirms_the_receiving_unit_restarts_nothing() -> None:
    story = Story()
    registered(story, "2026-03-02")
    event = handed_over(story, "2026-03-03")
    moved(story, "2026-03-06", HOUSING, types.MOVE_BASIS_SUPERIOR_DECISION)
    assert story.clock("T4").start_event_id == event
    assert story.clock("T4").running
    assert story.clock("T5").status() == CLOCK_STATUS_VOID


def test_a_case_not_accepted_waits_for_telling_and_then_for_nothing_until_it_is_taken_up_again() -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    story.tell("2026-03-05", intake.PetitionNotAccepted())
    assert [(clock.rule, str(clock.rolled_due)) for clock in story.clocks() if clock.running] == [
        ("E13", "2026-03-20")
    ]
    told = intake.PetitionerTold(telling=types.TELLING_NOT_ACCEPTED, served_time=stamp("2026-03-09"))
    story.tell("2026-03-09", told)
    assert story.clock("E13").status() == CLOCK_STATUS_MET
    assert not [clock for clock in story.clocks() if clock.running]
    assert "不予受理" in story.clock("T1").why_zh
    classified(story, "2026-04-01")
    assert str(story.clock("E1").raw_due) == "2026-04-16"


def test_a_part_split_off_is_routed_in_15_days_from_the_split() -> None:
    story = Story()
    registered(story, "2026-03-02", part=True)
    assert [clock.rule for clock in story.clocks()] == ["E1"]
    assert "分立" in story.clock("E1").why_zh


def test_a_hand_over_nobody_answers_has_a_clock_of_the_receiver_until_it_accepts_or_objects() -> None:
    story = Story()
    registered(story, "2026-03-02")
    sent = handed_over(story, "2026-03-03")
    clock = story.clock("E3")
    assert (clock.start_event_id, clock.unit, str(clock.raw_due)) == (sent, HOUSING, "2026-03-18")
    assert "平台规则" in clock.basis_zh
    assert clock.status(noon("2026-03-19")) == CLOCK_STATUS_PASSED
    notified(story, "2026-03-10")
    assert story.clock("E3").running, "telling the petitioner answers the sender nothing"
    accepted(story, "2026-03-12")
    assert story.clock("E3").status() == CLOCK_STATUS_MET


def test_a_refused_objection_lets_the_receivers_clock_run_again() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    story.tell("2026-03-05", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    assert not story.clock("E3").running
    refused = story.tell("2026-03-10", intake.ObjectionRefused(handover_id="h1"))
    again = story.clocks("E3")[-1]
    assert (again.start_event_id, again.unit, again.running) == (refused, HOUSING, True)


def test_the_sender_has_five_working_days_to_decide_an_objection() -> None:
    """As many as Art. 23(3) gives the other side [D]: 2026-02-13 and 5 working days are 2026-02-27."""
    story = Story()
    registered(story, "2026-02-10")
    handed_over(story, "2026-02-11")
    story.tell("2026-02-13", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    clock = story.clock("E5")
    assert (clock.unit, str(clock.rolled_due)) == (OFFICE, "2026-02-27")
    story.tell("2026-02-26", intake.ObjectionUpheld(handover_id="h1"))
    assert story.clock("E5").status() == CLOCK_STATUS_MET


def test_a_recalled_hand_over_ends_the_receivers_clocks_and_gives_the_sender_one() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03", due="2026-04-01")
    event = story.tell("2026-03-06", intake.HandoverRecalled(handover_id="h1", unit=HOUSING))
    rules = ("T4", "T5", "T6", "E3")
    assert {story.clock(rule).status() for rule in rules} == {CLOCK_STATUS_VOID}
    again = story.clock("E1")
    assert (again.start_event_id, again.unit, again.running) == (event, OFFICE, True)


def test_a_recall_takes_no_lateness_of_the_receiver_back() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    story.tell("2026-03-20", intake.HandoverRecalled(handover_id="h1", unit=HOUSING))
    assert story.clock("E3").status(noon("2026-04-01")) == CLOCK_STATUS_PASSED


def test_a_superiors_order_to_answer_has_the_day_that_it_names() -> None:
    story = Story()
    registered(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    ordered = intake.HandoverOrdered(handover_id="h1", unit=HOUSING, due_date="2026-04-27")
    event = story.tell("2026-04-20", ordered)
    clock = story.clock("E4")
    assert (clock.start_event_id, clock.unit, str(clock.rolled_due)) == (event, HOUSING, "2026-04-27")
    story.tell("2026-04-24", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    assert story.clock("E4").status() == CLOCK_STATUS_MET

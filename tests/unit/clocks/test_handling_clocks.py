"""Periods to finish the matter (Regulations of 2022, Art. 34; domain rules, section 1.2)."""

import pytest

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import (
    CLOCK_STATUS_MET,
    CLOCK_STATUS_MET_LATE,
    CLOCK_STATUS_PASSED,
    CLOCK_STATUS_VOID,
)
from tests.unit.clocks.story import COURT, HOUSING, TRANSPORT, Story, noon
from tests.unit.clocks.tellings import (
    CLAIM,
    accepted,
    answered,
    classified,
    extended,
    handed_over,
    in_hand,
    moved,
    registered,
)


def test_t7_is_60_days_from_acceptance_and_rolls_over_labour_day() -> None:
    clock = in_hand("2026-03-02", "2026-03-05").clock("T7")
    assert clock.unit == HOUSING
    assert (str(clock.raw_due), str(clock.rolled_due)) == ("2026-05-04", "2026-05-06")


def test_t7_explains_itself_by_article_start_and_day() -> None:
    clock = in_hand("2019-02-27", "2019-02-28").clock("T7")
    assert clock.why_zh.startswith(
        "2019-02-28受理，依《信访工作条例》第三十四条自受理之日起60日，应于2019-04-29前办结"
    )
    assert "Accepted on 2019-02-28" in clock.why_en
    assert "Art. 34: 60 days from acceptance" in clock.why_en
    assert clock.unverified, "the calendar of 2019 was not read at its source"
    assert not clock.provisional


@pytest.mark.parametrize(
    "petition_class, route",
    [
        (CLAIM, types.ROUTE_JUDICIAL),
        (CLAIM, types.ROUTE_ARBITRATION),
        (CLAIM, types.ROUTE_PARTY),
        (CLAIM, types.ROUTE_ADMINISTRATIVE_PROCEDURE),
        (CLAIM, types.ROUTE_DUTY_TO_ACT),
        (types.PETITION_CLASS_SUGGESTION, types.ROUTE_UNSPECIFIED),
        (types.PETITION_CLASS_ACCUSATION, types.ROUTE_UNSPECIFIED),
    ],
)
def test_t7_is_for_the_petition_procedure_alone(
    petition_class: types.PetitionClass.ValueType, route: types.Route.ValueType
) -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02", petition_class, route)
    handed_over(story, "2026-03-03")
    accepted(story, "2026-03-05")
    assert not story.clocks("T7")


def test_t7_counts_from_acceptance_also_when_the_route_is_decided_later() -> None:
    story = Story()
    registered(story, "2026-03-02")
    accepted(story, "2026-03-05")
    assert not story.clocks("T7")
    classified(story, "2026-03-20")
    assert str(story.clock("T7").raw_due) == "2026-05-04"


def test_t7_falls_away_when_the_matter_is_found_to_be_another() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    event = classified(story, "2026-03-20", CLAIM, types.ROUTE_ARBITRATION)
    clock = story.clock("T7")
    assert clock.status() == CLOCK_STATUS_VOID
    assert clock.stop_event_id == event
    assert "改定类别" in clock.why_zh


def test_an_opinion_on_the_last_day_meets_t7_and_the_next_day_is_late() -> None:
    for day, status in (("2026-05-06", CLOCK_STATUS_MET), ("2026-05-07", CLOCK_STATUS_MET_LATE)):
        story = in_hand("2026-03-02", "2026-03-05")
        answered(story, day)
        assert story.clock("T7").status() == status


def test_an_extension_has_no_effect_before_the_petitioner_is_told() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    story.tell("2026-04-20", intake.ExtensionApproved(extension_days=30, approved_by="head"))
    assert not story.clocks("T8")
    assert story.clock("T7").status(noon("2026-05-07")) == CLOCK_STATUS_PASSED


def test_t8_ends_on_day_90_from_acceptance_and_takes_the_place_of_t7() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    event = extended(story, "2026-04-20", "2026-04-21", 30)
    t7, t8 = story.clock("T7"), story.clock("T8")
    assert t7.status() == CLOCK_STATUS_VOID
    assert t7.stop_event_id == event
    assert (str(t8.raw_due), str(t8.rolled_due)) == ("2026-06-03", "2026-06-03")
    assert t8.clock_id == f"T8:{event}"
    assert (t8.span, t8.unit) == (30, HOUSING)
    assert "2026-03-05受理之日起延长至合计90日" in t8.why_zh


def test_extensions_never_count_for_more_than_30_days_in_all() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    extended(story, "2026-04-20", "2026-04-21", 20)
    assert str(story.clock("T8").raw_due) == "2026-05-24"
    extended(story, "2026-05-10", "2026-05-11", 20)
    first, second = story.clocks("T8")
    assert first.status() == CLOCK_STATUS_VOID
    assert str(second.raw_due) == "2026-06-03"


def test_an_extension_told_after_the_60_days_does_not_undo_that_they_passed() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    extended(story, "2026-05-10", "2026-05-11", 30)
    assert story.clock("T7").status() == CLOCK_STATUS_PASSED
    assert str(story.clock("T8").raw_due) == "2026-06-03"


def test_accepting_again_in_other_hands_restarts_no_clock_and_moves_the_duty() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    moved(story, "2026-04-01", TRANSPORT, types.MOVE_BASIS_SUPERIOR_DECISION)
    accepted(story, "2026-04-02", TRANSPORT)
    clock = story.clock("T7")
    assert str(clock.raw_due) == "2026-05-04"
    assert clock.unit == TRANSPORT


def test_a_move_after_the_60_days_leaves_the_lateness_where_it_was() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    moved(story, "2026-06-01", TRANSPORT, types.MOVE_BASIS_SUPERIOR_DECISION)
    assert story.clock("T7").unit == HOUSING


def test_the_shadow_keeps_75_days_while_nobody_accepts() -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    handed_over(story, "2026-03-03")
    clock = story.clock("T7-SHADOW")
    assert str(clock.raw_due) == "2026-05-17"
    assert str(clock.rolled_due) == "2026-05-18"
    assert "推定" in clock.why_zh
    assert "平台规则" in clock.basis_zh
    assert clock.status(noon("2026-05-19")) == CLOCK_STATUS_PASSED
    accepted(story, "2026-03-10")
    assert story.clock("T7-SHADOW").status() == CLOCK_STATUS_VOID
    assert story.clock("T7").running


def test_the_shadow_is_not_for_other_matters() -> None:
    story = Story()
    registered(story, "2026-03-02", office=False)
    classified(story, "2026-03-04", types.PETITION_CLASS_SUGGESTION, types.ROUTE_UNSPECIFIED)
    assert story.clock("T7-SHADOW").status() == CLOCK_STATUS_VOID


def test_a_case_that_a_judicial_organ_took_has_no_clock_of_the_petition_procedure() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    story.tell("2026-03-20", intake.JudicialReferralAcknowledged(referral_id="r", organ=COURT))
    assert story.clock("T7").status() == CLOCK_STATUS_VOID
    assert not [clock for clock in story.clocks() if clock.running]
    story.tell("2026-06-01", intake.JudicialReferralReturned(referral_id="r", organ=COURT))
    assert [clock.rule for clock in story.clocks() if clock.running] == ["E1"]


def test_a_lateness_stays_when_the_case_takes_another_course_afterwards() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    story.tell("2026-05-20", intake.LedIntoProcedure())
    assert story.clock("T7").status() == CLOCK_STATUS_PASSED
    assert "逾期后" in story.clock("T7").why_zh

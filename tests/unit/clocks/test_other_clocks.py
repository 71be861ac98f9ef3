"""Clocks of the judicial track, of meetings and of supervision orders (domain rules, sections 4 to 6)."""

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as organs
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_MET, CLOCK_STATUS_MET_LATE, CLOCK_STATUS_VOID
from huiyin_domain.clocks.judicial_rules import JUDICIAL_TERMS
from huiyin_domain.codes import Verification
from tests.unit.clocks.story import CASE, COURT, HOUSING, TRANSPORT, Story, noon, stamp
from tests.unit.clocks.tellings import in_hand, registered

REFERRAL, ORDER, MEETING = "referral-1", "order-1", "meeting-1"


def referred(
    story: Story, day: str, kind: organs.OrganKind.ValueType = organs.ORGAN_KIND_PROCURATORATE
) -> str:
    event = judicial.LitigationReferred(case_id=CASE, organ=COURT, organ_kind=kind)
    return story.tell(day, event, REFERRAL)


def test_a_procuratorate_replies_in_7_days_and_reports_in_3_months() -> None:
    story = Story()
    referred(story, "2026-03-05")
    assert str(story.clock("J1").raw_due) == "2026-03-12"
    assert str(story.clock("J2").raw_due) == "2026-06-05"
    assert story.clock("J2").unit_of_span == "calendar_month"
    assert {clock.unit for clock in story.clocks()} == {COURT}
    assert not story.clock("J1").unverified


@pytest.mark.parametrize("kind", [kind for kind in JUDICIAL_TERMS if kind != organs.ORGAN_KIND_PROCURATORATE])
def test_the_numbers_of_the_other_organs_are_marked_as_not_verified(kind: organs.OrganKind.ValueType) -> None:
    story = Story()
    referred(story, "2026-03-05", kind)
    assert JUDICIAL_TERMS[kind].verification is Verification.GENERAL_KNOWLEDGE
    assert all(clock.unverified and "未经核实" in clock.why_zh for clock in story.clocks())


def test_every_kind_of_organ_has_its_terms() -> None:
    assert set(JUDICIAL_TERMS) == {*organs.OrganKind.values()} - {organs.ORGAN_KIND_UNSPECIFIED}


def test_after_the_first_report_the_next_is_due_in_a_month_until_the_end() -> None:
    story = Story()
    referred(story, "2026-03-05")
    story.tell("2026-03-09", judicial.ReferralAcknowledged(organ=COURT), REFERRAL)
    event = story.tell("2026-05-29", judicial.ProgressReported(), REFERRAL)
    assert story.clock("J1").status() == CLOCK_STATUS_MET
    assert story.clock("J2").stop_event_id == event
    monthly = story.clock("J3")
    assert (str(monthly.raw_due), monthly.unit) == ("2026-06-29", COURT)
    story.tell("2026-06-10", judicial.ReferralConcluded(), REFERRAL)
    [to_hand_back] = [clock for clock in story.clocks() if clock.running]
    assert (to_hand_back.rule, to_hand_back.unit) == ("E21", COURT)
    story.tell("2026-06-11", judicial.ReferralHandedBack(concluded=True), REFERRAL)
    assert not [clock for clock in story.clocks() if clock.running]


def test_the_first_reply_is_the_one_to_the_petitioner_and_no_acknowledgement_to_the_unit() -> None:
    """Domain rules, 5: procuratorates answer every petition within 7 days."""
    story = Story()
    referred(story, "2026-03-05")
    story.tell("2026-03-06", judicial.ReferralAcknowledged(organ=COURT), REFERRAL, entry=ENTRY_KIND_TIMELY)
    story.tell("2026-03-06", judicial.ReferralReleased(organ=COURT), REFERRAL, entry=ENTRY_KIND_TIMELY)
    assert story.clock("J1").running
    story.tell("2026-03-10", judicial.ReferralConcluded(), REFERRAL, entry=ENTRY_KIND_TIMELY)
    assert story.clock("J1").running
    replied = judicial.PetitionerReplied(organ=COURT, served_time=stamp("2026-03-11"))
    event = story.tell("2026-03-12", replied, REFERRAL, entry=ENTRY_KIND_TIMELY)
    clock = story.clock("J1")
    assert (clock.status(), clock.stop_event_id) == (CLOCK_STATUS_MET, event)
    assert clock.stop_time == noon("2026-03-11")


def test_a_declined_referral_ends_its_clocks_and_is_for_the_holder_to_route_again() -> None:
    story = Story()
    registered(story, "2026-03-02")
    referred(story, "2026-03-05")
    story.tell("2026-03-09", judicial.ReferralDeclined(organ=COURT), REFERRAL)
    assert story.clock("J1").status() == CLOCK_STATUS_MET
    assert story.clock("J2").status() == CLOCK_STATUS_VOID
    again = story.clock("E1")
    assert (again.unit, str(again.raw_due)) == ("office", "2026-03-24")
    event = story.tell("2026-03-10", judicial.LitigationReferred(case_id=CASE, organ=COURT), "referral-2")
    assert story.clock("E1").stop_event_id == event


def test_what_happens_to_one_referral_does_not_stop_the_clock_of_another() -> None:
    story = Story()
    referred(story, "2026-03-05")
    sent = judicial.LitigationReferred(case_id=CASE, organ=COURT, organ_kind=organs.ORGAN_KIND_COURT)
    second = story.tell("2026-03-06", sent, "referral-2")
    story.tell("2026-03-07", judicial.ReferralAcknowledged(organ=COURT), REFERRAL)
    assert [clock.start_event_id for clock in story.clocks("J1") if clock.running] == [second]


def test_a_task_of_a_resolution_runs_to_its_named_day_and_outlives_the_case() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    for item, unit in (("i1", HOUSING), ("i2", TRANSPORT)):
        task = intake.ResolutionItemApplied(
            item_id=item, kind=types.RESOLUTION_ITEM_KIND_TASK, unit=unit, due_date="2026-03-31"
        )
        story.tell("2026-03-10", task)
    story.tell("2026-03-20", intake.ResolutionTaskDone(item_id="i2"))
    running = {clock.unit: clock.running for clock in story.clocks("M1")}
    assert running == {HOUSING: True, TRANSPORT: False}
    assert {str(clock.raw_due) for clock in story.clocks("M1")} == {"2026-03-31"}


def test_an_assignment_by_a_resolution_starts_no_task() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    story.tell(
        "2026-03-10", intake.ResolutionItemApplied(item_id="i", kind=types.RESOLUTION_ITEM_KIND_ASSIGN)
    )
    assert not story.clocks("M1")


def test_an_order_runs_to_its_day_and_begins_anew_when_it_is_sent_back() -> None:
    story = Story()
    issued = supervision.OrderIssued(case_id=CASE, unit=HOUSING, due_date="2026-04-10")
    story.tell("2026-03-10", issued, ORDER)
    story.tell("2026-04-01", supervision.OrderAnswered(unit=HOUSING), ORDER)
    story.tell("2026-04-03", supervision.OrderSentBack(due_date="2026-04-20"), ORDER)
    first, second = story.clocks("O1")
    assert first.status() == CLOCK_STATUS_MET
    assert (second.running, second.unit, str(second.raw_due)) == (True, HOUSING, "2026-04-20")
    story.tell("2026-04-15", supervision.OrderCarriedOut(), ORDER)
    assert not story.clocks("O1")[1].running


def put_before(story: Story, day: str, *units: str, stream: str = MEETING) -> None:
    proposed = reception.ResolutionProposed(resolution_id="r", speakers=units, proposed_time=stamp(day))
    story.tell(day, proposed, stream)


def test_each_participant_of_a_meeting_has_five_working_days_to_speak_and_a_clock_of_its_own() -> None:
    story = Story()
    registered(story, "2026-03-02")
    put_before(story, "2026-03-06", HOUSING, TRANSPORT)
    story.tell("2026-03-09", reception.ResolutionSigned(resolution_id="r", agency=HOUSING), MEETING)
    found = {clock.unit: clock for clock in story.clocks("M2")}
    assert {str(clock.raw_due) for clock in found.values()} == {"2026-03-13"}
    assert (found[HOUSING].status(), found[TRANSPORT].running) == (CLOCK_STATUS_MET, True)
    assert len({clock.clock_id for clock in found.values()}) == 2
    assert all(CASE in clock.clock_id for clock in found.values())
    story.tell("2026-03-16", reception.ResolutionDissented(resolution_id="r", agency=TRANSPORT), MEETING)
    assert [clock.status() for clock in story.clocks("M2") if clock.unit == TRANSPORT] == [
        CLOCK_STATUS_MET_LATE
    ]


@pytest.mark.parametrize(
    "end", [reception.ResolutionBound(), reception.MeetingClosed(), reception.ResolutionProposed()]
)
def test_the_time_to_speak_falls_away_when_the_resolution_is_over(end: Message) -> None:
    story = Story()
    registered(story, "2026-03-02")
    put_before(story, "2026-03-06", HOUSING)
    put_before(story, "2026-03-06", HOUSING, stream="meeting-2")
    story.tell("2026-03-09", end, MEETING)
    assert [clock.status() for clock in story.clocks("M2") if not clock.running] == [CLOCK_STATUS_VOID]
    assert len([clock for clock in story.clocks("M2") if clock.running]) == 1


def test_a_resolution_recorded_before_speakers_were_named_starts_no_clock() -> None:
    story = Story()
    registered(story, "2026-03-02")
    put_before(story, "2026-03-06")
    assert not story.clocks("M2")


def test_a_meeting_told_of_before_its_case_starts_no_clock_without_a_name() -> None:
    story = Story()
    put_before(story, "2026-03-06", HOUSING)
    assert not story.clocks("M2")


def test_a_task_that_is_moved_ends_for_one_unit_and_begins_for_the_other() -> None:
    story = in_hand("2026-03-02", "2026-03-05")
    given = {"unit": HOUSING, "due_date": "2026-03-31", "item_id": "i1"}
    story.tell("2026-03-10", intake.ResolutionItemApplied(kind=types.RESOLUTION_ITEM_KIND_TASK, **given))  # type: ignore[arg-type] # fields by name
    moved = intake.ResolutionItemApplied(
        kind=types.RESOLUTION_ITEM_KIND_MOVE_TASK,
        item_id="i2",
        task_item_id="i1",
        unit=TRANSPORT,
        due_date="2026-04-15",
    )
    story.tell("2026-03-20", moved)
    found = {clock.unit: clock for clock in story.clocks("M1")}
    assert (found[HOUSING].status(), found[TRANSPORT].running) == (CLOCK_STATUS_VOID, True)
    revoked = intake.ResolutionItemApplied(
        kind=types.RESOLUTION_ITEM_KIND_REVOKE_TASK, item_id="i3", task_item_id="i2"
    )
    story.tell("2026-03-21", revoked)
    assert not any(clock.running for clock in story.clocks("M1"))


LATENESS = "lateness-1"


def objected(story: Story, day: str, clock_id: str, asked: str = HOUSING) -> None:
    event = supervision.LatenessObjected(case_id=CASE, clock_id=clock_id, unit=TRANSPORT, asked=asked)
    story.tell(day, event, LATENESS)


@pytest.mark.parametrize(
    "decided",
    [supervision.LatenessObjectionRefused(clock_id="T4:1"), supervision.LatenessWithdrawn(clock_id="T4:1")],
)
def test_an_objection_to_lateness_is_decided_in_ten_working_days_each_by_its_own_decision(
    decided: Message,
) -> None:
    story = Story()
    objected(story, "2026-03-06", "T4:1")
    objected(story, "2026-03-06", "T7:1")
    assert {(str(clock.raw_due), clock.unit) for clock in story.clocks("S1")} == {("2026-03-20", HOUSING)}
    story.tell("2026-03-09", decided, LATENESS)
    ended, other = sorted(story.clocks("S1"), key=lambda clock: clock.running)
    assert (ended.status(), other.running) == (CLOCK_STATUS_MET, True)


def test_an_objection_that_nobody_stands_above_starts_no_clock() -> None:
    story = Story()
    objected(story, "2026-03-06", "T4:1", asked="")
    assert not story.clocks("S1")


def test_a_lateness_withdrawn_without_an_objection_leaves_no_mark() -> None:
    story = Story()
    story.tell("2026-03-09", supervision.LatenessWithdrawn(clock_id="T4:1", case_id=CASE), LATENESS)
    assert story.state().streams == {}

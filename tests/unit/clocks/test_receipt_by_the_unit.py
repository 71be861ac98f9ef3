"""T4 and T5 run from receipt by the unit: when the hand-over stood in its inbox (Art. 23(3))."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1 import types_pb2 as supervision
from huiyin_domain.clocks.record import ClockRecord, Passing, withdrawals
from huiyin_domain.dates import local_date
from huiyin_domain.dates import stamp as stamped
from huiyin_domain.refusal import Refusal
from tests.support.deciding import officer, secret
from tests.unit.clocks.story import HOUSING, Story, noon, stamp
from tests.unit.clocks.tellings import classified, registered
from tests.unit.intake.petitions import Case

RECEIVERS = ("T4", "T5", "E3", "T7-SHADOW")


def sent(told: str, recorded: str) -> Story:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    event = intake.PetitionHandedOver(handover_id="h1", to_unit=HOUSING, handed_over_time=stamp(told))
    story.tell(told, event, recorded=recorded, entry=ENTRY_KIND_TIMELY)
    return story


def proved(story: Story, received: str, told: str) -> None:
    proof = intake.HandoverReceiptProved(
        handover_id="h1",
        unit=HOUSING,
        received_time=stamp(received),
        ground=types.RECEIPT_GROUND_OUTAGE,
    )
    story.tell(told, proof, entry=ENTRY_KIND_TIMELY)


@pytest.mark.parametrize("told", ["2026-03-03", "2026-03-06", "2026-03-07"])
def test_the_receiving_units_periods_run_from_the_record_whatever_the_sender_told(told: str) -> None:
    """Art. 23(3): 自收到之日起; the sender tells when it sent, and the inbox is served from the log."""
    story = sent(told, recorded="2026-03-06")
    for rule in RECEIVERS:
        assert story.clock(rule).start_time == noon("2026-03-06")
    assert str(story.clock("T5").rolled_due) == "2026-03-13"
    assert str(story.clock("T4").rolled_due) == "2026-03-23"


def test_evidence_of_a_later_receipt_moves_the_receiving_units_periods() -> None:
    story = sent("2026-03-03", recorded="2026-03-03")
    before = {rule: story.clock(rule).clock_id for rule in RECEIVERS}
    proved(story, "2026-03-10", told="2026-03-12")
    for rule in RECEIVERS:
        clock = story.clock(rule)
        assert (clock.clock_id, clock.start_time) == (before[rule], noon("2026-03-10"))
    assert str(story.clock("T5").rolled_due) == "2026-03-17"
    assert "有证据证明" in story.clock("T4").why_zh
    assert story.clock("T1").stop_time == noon("2026-03-03")


def test_evidence_about_one_hand_over_moves_no_other() -> None:
    story = sent("2026-03-03", recorded="2026-03-03")
    other = intake.HandoverReceiptProved(handover_id="h2", unit=HOUSING, received_time=stamp("2026-03-10"))
    story.tell("2026-03-12", other)
    assert story.clock("T4").start_time == noon("2026-03-03")


def test_the_referrals_own_last_day_does_not_move() -> None:
    story = Story()
    registered(story, "2026-03-02")
    referred = intake.PetitionHandedOver(handover_id="h1", to_unit=HOUSING, due_date="2026-04-30")
    story.tell("2026-03-03", referred)
    proved(story, "2026-03-10", told="2026-03-12")
    assert (story.clock("T6").start_time, str(story.clock("T6").rolled_due)) == (
        noon("2026-03-03"),
        "2026-04-30",
    )


def test_lateness_that_stands_at_the_old_day_is_withdrawn_for_the_evidence() -> None:
    story = sent("2026-03-03", recorded="2026-03-03")
    old = story.clock("T4")
    record = ClockRecord(passed=frozenset({Passing(old.clock_id, old.due_time)}))
    assert withdrawals(old, record) == []
    proved(story, "2026-03-19", told="2026-03-20")
    [withdrawn] = withdrawals(story.clock("T4"), record)
    assert withdrawn.cause == supervision.WITHDRAWAL_CAUSE_RECEIVED_LATER
    assert story.clock("T4").status(noon("2026-04-10")) == supervision.CLOCK_STATUS_PASSED


@given(st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 20), st.integers(0, 60 * 24 * 40))
def test_who_decides_on_an_objection_and_the_clock_count_from_the_same_instant(
    sent_after: int, proved_after: int, asked_after: int
) -> None:
    """Whatever the evidence said and whenever it was given: refused as too late if and only if T5 is over."""
    case = Case().classified()
    case.later(minutes=sent_after)
    handover_id, recorded = case.handed_over(), case.now
    if proved_after:
        case.later(minutes=proved_after)
        received_time = stamped(recorded + timedelta(minutes=proved_after / 2))
        why = {"ground": types.RECEIPT_GROUND_POST, "evidence": secret("the post's slip")}
        case.do("ProveHandoverReceipt", handover_id=handover_id, received_time=received_time, **why)
    case.later(minutes=asked_after)
    objection = case.command("ObjectToHandover", handover_id=handover_id, reasons=secret("not ours"))
    decision = case.decide(objection, officer(case.state.pending_unit))
    last_day = _told_again(case.history, recorded).clock("T5").rolled_due
    assert last_day is not None
    assert isinstance(decision, Refusal) == (local_date(case.now) > last_day), decision


def _told_again(history: Sequence[Message], recorded: datetime) -> Story:
    """The same events as the clocks fold them, each hand-over recorded when it was."""
    story = Story()
    for event in history:
        story.tell("2026-03-02", event, entry=ENTRY_KIND_TIMELY)
        if isinstance(event, intake.PetitionHandedOver):
            story.facts[-1] = replace(story.facts[-1], recorded=recorded)
    return story

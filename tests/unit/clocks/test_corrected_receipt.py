"""What runs from receipt when the day of receipt is put right (Arts. 22, 23; docs/times.md)."""

from functools import reduce

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED, ENTRY_KIND_LATE, ENTRY_KIND_TIMELY, EntryKind
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.record import ClockFold, ClockRecord, Passing, cause_against, withdrawals
from tests.unit.clocks.story import CASE, HOUSING, OFFICE, Story, noon, stamp
from tests.unit.clocks.tellings import classified, handed_over, notified

FOLD = ClockFold()


def registered(
    story: Story,
    day: str,
    recorded: str = "",
    entry: EntryKind.ValueType = ENTRY_KIND_TIMELY,
    *,
    office: bool = True,
    anonymous: bool = False,
) -> str:
    unit = OFFICE if office else HOUSING
    event = intake.PetitionRegistered(
        case_id=CASE, unit=unit, received_time=stamp(day), petition_office=office, anonymous=anonymous
    )
    return story.tell(recorded or day, event, by=unit, entry=entry)


def put_right(story: Story, day: str, received: str = "", *, anonymous: bool | None = None) -> str:
    event = intake.RegistrationCorrected()
    if received:
        event.fields.append("received_time")
        event.received_time.CopyFrom(stamp(received))
    if anonymous is not None:
        event.fields.append("anonymous")
        event.anonymous = anonymous
    return story.tell(day, event, by=OFFICE, entry=ENTRY_KIND_LATE if anonymous else ENTRY_KIND_TIMELY)


def test_t1_runs_from_the_day_that_the_record_gives_now_and_stays_the_same_clock() -> None:
    story = Story()
    event = registered(story, "2026-03-10")
    correction = put_right(story, "2026-03-12", "2026-03-03")
    clock = story.clock("T1")
    assert (clock.clock_id, clock.correction) == (f"T1:{event}", correction)
    assert (str(clock.raw_due), clock.start_time) == ("2026-03-18", noon("2026-03-03"))
    assert clock.why_zh.startswith("2026-03-03收到（更正后）")
    assert clock.why_en.startswith("Received on 2026-03-03 (as put right)")


def test_a_filing_that_lay_about_is_late_once_the_day_of_receipt_is_put_right() -> None:
    story = Story()
    registered(story, "2026-03-10")
    handed_over(story, "2026-03-12")
    put_right(story, "2026-03-13", "2026-02-24")
    assert story.clock("T1").status(noon("2026-03-13")) == types.CLOCK_STATUS_MET_LATE


def test_other_corrections_move_no_date() -> None:
    story, plain = Story(), Story()
    for one in (story, plain):
        registered(one, "2026-03-10")
    story.tell("2026-03-11", intake.RegistrationCorrected(fields=["division", "content"], division="990102"))
    assert story.clocks() == plain.clocks()


def test_a_lateness_by_the_earlier_last_day_is_taken_back_with_its_cause() -> None:
    story = Story()
    registered(story, "2026-03-03")
    before = story.clock("T1")
    said = ClockRecord(story.state(), frozenset({Passing(before.clock_id, before.due_time)}))
    correction = put_right(story, "2026-03-20", "2026-03-10")
    clock = story.clock("T1")
    (withdrawn,) = withdrawals(clock, said)
    assert withdrawn.cause == types.WITHDRAWAL_CAUSE_CORRECTED == cause_against(clock, before.due_time)
    assert withdrawn.stop_event_id == correction
    assert not said.has_passed(clock)


def test_no_correction_makes_history_of_a_duty_that_ran_on_when_the_filing_was_imported() -> None:
    story = Story()
    registered(story, "2026-03-02", "2026-03-10", ENTRY_KIND_IMPORTED)
    before = story.clock("T1")
    put_right(story, "2026-03-11", "2026-01-05")
    after = story.clock("T1")
    assert (after.due_time, after.running, after.correction) == (before.due_time, True, "")


def test_history_that_is_put_right_stays_history() -> None:
    story = Story()
    registered(story, "2025-01-05", "2026-03-10", ENTRY_KIND_IMPORTED)
    put_right(story, "2026-03-11", "2024-12-05")
    assert not story.clock("T1").running
    assert story.clock("E-IMPORT").running


def test_an_address_that_was_there_makes_the_duty_of_notice_run_from_receipt() -> None:
    story = Story()
    registered(story, "2026-03-03", office=False, anonymous=True)
    assert not story.clocks("T3")
    put_right(story, "2026-03-30", anonymous=False)
    assert story.clock("T3").status(noon("2026-03-30")) == types.CLOCK_STATUS_PASSED


def test_an_address_found_unclear_ends_the_duty_and_undoes_no_lateness() -> None:
    for day, status in (("2026-03-10", types.CLOCK_STATUS_VOID), ("2026-03-30", types.CLOCK_STATUS_PASSED)):
        story = Story()
        registered(story, "2026-03-03", office=False)
        put_right(story, day, anonymous=True)
        assert story.clock("T3").status(noon("2026-04-30")) == status


def test_who_is_handed_a_matter_of_unclear_address_has_nobody_to_notify_and_once_it_is_clear_has() -> None:
    story = Story()
    registered(story, "2026-03-03")
    put_right(story, "2026-03-04", anonymous=True)
    classified(story, "2026-03-04")
    handed_over(story, "2026-03-05")
    assert not story.clocks("T4")
    put_right(story, "2026-03-06", anonymous=False)
    assert story.clock("T4").running
    notified(story, "2026-03-09")
    assert not story.clock("T4").running


def test_a_last_day_that_is_corrected_away_and_back_passes_again() -> None:
    """Else a head could correct the day away, an officer back, and the lateness would be gone for good."""
    story = Story()
    registered(story, "2026-03-03")
    first = story.clock("T1")
    due = statutory_clock(first).due_time
    lateness = f"lateness-{CASE}"
    story.tell("2026-03-19", DeadlinePassed(clock_id=first.clock_id, case_id=CASE, due_time=due), lateness)
    put_right(story, "2026-03-20", "2026-03-10")
    cause = types.WITHDRAWAL_CAUSE_CORRECTED
    gone = LatenessWithdrawn(clock_id=first.clock_id, case_id=CASE, due_time=due, cause=cause)
    story.tell("2026-03-20", gone, lateness)
    put_right(story, "2026-03-21", "2026-03-03")
    record = reduce(FOLD.evolve, story.facts, FOLD.initial())
    again = story.clock("T1")
    assert again.due_time == first.due_time
    assert (record.has_passed(again), record.is_withdrawn(again)) == (False, False)

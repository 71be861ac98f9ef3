"""Nobody shortens another's time or escapes a clock by the time that an act is entered with."""

from dataclasses import replace
from datetime import timedelta

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_LATE,
    ENTRY_KIND_TIMELY,
    EntryKind,
)
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1 import types_pb2 as supervision
from huiyin_domain.clocks.clock import Clock, next_clock
from huiyin_domain.clocks.record import ClockRecord, Passing, cause_against, withdrawals
from tests.unit.clocks.story import CASE, HOUSING, OFFICE, Story, noon, stamp

COUNTY = "county"


class Entered(Story):
    """A case whose events say who entered them, and how."""

    def act(
        self,
        by: str,
        day: str,
        event: Message,
        recorded: str = "",
        entry: EntryKind.ValueType = ENTRY_KIND_TIMELY,
    ) -> str:
        return self.tell(day, event, recorded=recorded, by=by, entry=entry)

    def received(self, day: str = "2026-03-02") -> "Entered":
        self.act(OFFICE, day, _filing(day))
        claim = intake.PetitionClassified(
            petition_class=types.PETITION_CLASS_CLAIM, route=types.ROUTE_PETITION
        )
        self.act(OFFICE, day, claim)
        return self

    def sent(self, day: str, recorded: str = "", due: str = "") -> "Entered":
        sent = intake.PetitionHandedOver(
            handover_id="h1", to_unit=HOUSING, handed_over_time=stamp(day), due_date=due
        )
        self.act(OFFICE, day, sent, recorded)
        return self

    def accepted(self, day: str, recorded: str = "", late: bool = False) -> "Entered":
        entry = ENTRY_KIND_LATE if late else ENTRY_KIND_TIMELY
        moved = intake.ResponsibilityMoved(to_unit=HOUSING, basis=types.MOVE_BASIS_ACCEPTANCE)
        self.act(HOUSING, day, moved, recorded, entry)
        taken = intake.PetitionAccepted(unit=HOUSING, accepted_time=stamp(day))
        self.act(HOUSING, day, taken, recorded, entry)
        return self

    def answered(self, day: str, recorded: str = "", late: bool = False) -> "Entered":
        entry = ENTRY_KIND_LATE if late else ENTRY_KIND_TIMELY
        self.act(HOUSING, day, intake.OpinionIssued(opinion_id="o1"), recorded, entry)
        return self

    def served(self, day: str, recorded: str = "") -> "Entered":
        served = intake.OpinionServed(opinion_id="o1", served_time=stamp(day))
        self.act(HOUSING, recorded or day, served)
        return self


def _filing(day: str) -> intake.PetitionRegistered:
    return intake.PetitionRegistered(
        case_id=CASE, unit=OFFICE, petition_office=True, received_time=stamp(day)
    )


def dates(clock: Clock) -> tuple[str, str]:
    return clock.start_time.date().isoformat(), str(clock.rolled_due)


def at(clock: Clock, day: str) -> str:
    return supervision.ClockStatus.Name(clock.status(noon(day))).removeprefix("CLOCK_STATUS_")


def test_a_backdated_hand_over_does_not_shorten_the_receivers_time() -> None:
    story = Entered().received().sent("2026-03-03", recorded="2026-03-06", due="2026-03-31")
    plain = Entered().received().sent("2026-03-06", due="2026-03-31")
    for rule in ("T4", "T5", "T7-SHADOW"):
        assert dates(story.clock(rule)) == dates(plain.clock(rule))
    assert story.clock("T1").stop_time == noon("2026-03-03")


def test_a_backdated_service_does_not_shorten_the_petitioners_thirty_days() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-04").answered("2026-03-20")
    story.served("2026-03-21", recorded="2026-04-20")
    assert dates(story.clock("T9")) == ("2026-04-20", "2026-05-20")


def test_a_backdated_service_of_the_review_does_not_shorten_the_time_for_re_review() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-04").answered("2026-03-20")
    story.served("2026-03-21")
    served = intake.ReviewServed(level=types.REVIEW_LEVEL_REVIEW, served_time=stamp("2026-05-01"))
    story.act(COUNTY, "2026-06-01", served)
    assert story.clock("T11").start_time == noon("2026-06-01")


def test_a_party_that_backdates_a_request_does_not_shorten_the_review_organs_time() -> None:
    asked = intake.ReviewRequested(
        review_id="r1", level=types.REVIEW_LEVEL_REVIEW, organ=COUNTY, requested_time=stamp("2026-04-01")
    )
    by_the_unit, by_the_organ = Entered().received(), Entered().received()
    by_the_unit.act(HOUSING, "2026-04-02", asked, recorded="2026-04-07")
    by_the_organ.act(COUNTY, "2026-04-02", asked, recorded="2026-04-07")
    assert by_the_unit.clock("T10").start_time == noon("2026-04-07")
    assert by_the_organ.clock("T10").start_time == noon("2026-04-02")


def test_a_superior_that_backdates_its_decision_does_not_make_the_unit_it_names_late() -> None:
    story = Entered().received()
    decided = intake.ResponsibilityMoved(to_unit=HOUSING, basis=types.MOVE_BASIS_SUPERIOR_DECISION)
    story.act(COUNTY, "2026-03-17", decided, recorded="2026-03-20")
    assert story.clock("T4").start_time == noon("2026-03-20")
    late = Entered().received().sent("2026-03-03").accepted("2026-03-04")
    late.act(COUNTY, "2026-05-05", replace_holder("transport"), recorded="2026-05-08")
    assert late.clock("T7").unit == HOUSING


def replace_holder(unit: str) -> intake.ResponsibilityMoved:
    return intake.ResponsibilityMoved(to_unit=unit, basis=types.MOVE_BASIS_SUPERIOR_DECISION)


def test_a_late_unit_does_not_escape_by_backdating_its_answer() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    assert str(story.clock("T7").rolled_due) == "2026-05-06"
    story.answered("2026-05-06", recorded="2026-05-07")
    clock = story.clock("T7")
    assert (at(clock, "2026-05-08"), clock.stop_time) == ("MET_LATE", noon("2026-05-07"))


def test_a_late_unit_does_not_escape_by_backdating_its_acceptance() -> None:
    story = Entered().received().sent("2026-03-03")
    due = story.clock("T7-SHADOW").rolled_due
    assert due is not None
    story.accepted(due.isoformat(), recorded=(due + timedelta(days=1)).isoformat())
    assert at(story.clock("T7-SHADOW"), "2026-06-30") == "PASSED"


def test_a_late_unit_does_not_escape_by_a_backdated_extension() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    story.act(HOUSING, "2026-05-06", intake.ExtensionApproved(extension_days=30), recorded="2026-05-07")
    told = intake.ExtensionNotified(served_time=stamp("2026-05-06"))
    story.act(HOUSING, "2026-05-06", told, recorded="2026-05-07")
    assert at(story.clock("T7"), "2026-05-08") == "PASSED"


def test_an_approved_late_entry_shows_that_the_act_was_in_time_and_is_shown_as_such() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    story.answered("2026-05-06", recorded="2026-05-07", late=True)
    clock = story.clock("T7")
    assert at(clock, "2026-05-08") == "MET"
    assert "补录" in clock.why_zh


def test_an_act_entered_on_the_last_day_is_in_time_without_anybodys_approval() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    story.answered("2026-05-04", recorded="2026-05-06")
    assert at(story.clock("T7"), "2026-05-08") == "MET"


def test_what_happened_in_another_log_counts_from_its_record_there() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    story.act(HOUSING, "2026-05-04", intake.JudicialReferralAcknowledged(), recorded="2026-05-09")
    assert at(story.clock("T7"), "2026-05-10") == "PASSED"
    story.facts[-1] = replace(story.facts[-1], known=noon("2026-05-05"))
    assert at(story.clock("T7"), "2026-05-10") == "VOID"


def test_history_is_nobodys_lateness_and_still_has_a_next_date() -> None:
    story = Entered()
    story.act(OFFICE, "2026-03-02", _filing("2019-03-02"), entry=ENTRY_KIND_IMPORTED)
    clock = story.clock("T1")
    assert at(clock, "2026-06-30") == "VOID"
    assert "历史数据" in clock.why_zh
    following = next_clock(tuple(story.clocks()))
    assert following is not None
    assert (following.rule, str(following.rolled_due), following.unit) == ("E-IMPORT", "2026-03-17", OFFICE)
    assert at(following, "2026-03-18") == "PASSED"


def test_history_that_is_not_over_when_it_is_imported_runs_on() -> None:
    story = Entered()
    story.act(OFFICE, "2026-03-10", _filing("2026-03-02"), entry=ENTRY_KIND_IMPORTED)
    assert at(story.clock("T1"), "2026-06-30") == "PASSED"


def test_history_is_not_late_by_what_is_done_about_it_afterwards() -> None:
    story = Entered()
    story.act(OFFICE, "2026-03-02", _filing("2019-03-02"), entry=ENTRY_KIND_IMPORTED)
    story.sent("2026-03-20")
    assert at(story.clock("T1"), "2026-06-30") == "VOID"
    assert at(story.clock("E-IMPORT"), "2026-06-30") == "MET_LATE"


def test_events_of_version_0_1_are_read_as_they_were_told() -> None:
    story = Story()
    story.tell("2026-03-02", _filing("2026-03-02"))
    sent = intake.PetitionHandedOver(handover_id="h1", to_unit=HOUSING, handed_over_time=stamp("2026-03-03"))
    story.tell("2026-03-03", sent, recorded="2026-03-20")
    assert story.clock("T4").start_time == noon("2026-03-03")
    assert at(story.clock("T1"), "2026-03-20") == "MET"


def record(clock: Clock, day: str = "") -> ClockRecord:
    due = noon(day) if day else clock.due_time
    return ClockRecord(passed=frozenset({Passing(clock.clock_id, due)}))


def causes(clock: Clock, known: ClockRecord) -> list[str]:
    return [supervision.WithdrawalCause.Name(one.cause)[17:] for one in withdrawals(clock, known)]


def test_every_withdrawal_names_its_cause_and_an_entry_alone_is_none() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    running = story.clock("T7")
    assert causes(running, record(running)) == []
    assert causes(running, record(running, "2026-05-01")) == ["CALENDAR"]
    story.answered("2026-05-06", recorded="2026-05-07")
    assert causes(story.clock("T7"), record(running)) == []
    approved = Entered().received().sent("2026-03-03").accepted("2026-03-05")
    approved.answered("2026-05-06", recorded="2026-05-07", late=True)
    assert causes(approved.clock("T7"), record(approved.clock("T7"))) == ["LATE_ENTRY"]
    prompt = Entered().received().sent("2026-03-03").accepted("2026-03-05").answered("2026-05-06")
    assert causes(prompt.clock("T7"), record(prompt.clock("T7"))) == ["RECORDED_IN_TIME"]


def test_a_petitioner_who_asked_in_time_has_asked_in_time_whenever_it_is_entered() -> None:
    story = Entered().received().sent("2026-03-03").accepted("2026-03-05").answered("2026-03-20")
    story.served("2026-03-21")
    asked = intake.ReviewRequested(
        review_id="r1", level=types.REVIEW_LEVEL_REVIEW, organ=COUNTY, requested_time=stamp("2026-04-19")
    )
    story.act(COUNTY, "2026-04-28", asked)
    clock = story.clock("T9")
    assert causes(clock, record(clock)) == ["ASKED_IN_TIME"]


def test_lateness_of_imported_history_is_taken_back() -> None:
    story = Entered()
    story.act(OFFICE, "2026-03-02", _filing("2019-03-02"), entry=ENTRY_KIND_IMPORTED)
    clock = story.clock("T1")
    assert cause_against(clock, clock.due_time) == supervision.WITHDRAWAL_CAUSE_IMPORTED

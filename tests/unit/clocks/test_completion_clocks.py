"""A referral (交办) is met by the report on completion; its check has a time of its own (Art. 22(1)(3))."""

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1 import types_pb2 as supervision
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.clocks.record import ClockRecord, Passing, withdrawals
from huiyin_domain.clocks.routing_rules import COMPLETION_RULES
from huiyin_domain.codes import Verification
from tests.unit.clocks.story import HOUSING, OFFICE, TRANSPORT, Story, noon, stamp
from tests.unit.clocks.tellings import accepted, classified, registered


class Referred(Story):
    """A matter that the office referred to the housing bureau, due on the last day of April."""

    def __init__(self) -> None:
        super().__init__()
        registered(self, "2026-03-02")
        classified(self, "2026-03-02")
        self.refer("2026-03-03", HOUSING, "h1", OFFICE)
        accepted(self, "2026-03-05")

    def act(self, day: str, event: Message) -> str:
        return self.tell(day, event, entry=ENTRY_KIND_TIMELY)

    def refer(self, day: str, unit: str, handover: str, sender: str) -> None:
        event = intake.PetitionHandedOver(
            handover_id=handover,
            kind=types.HANDOVER_KIND_REFERRAL,
            from_unit=sender,
            to_unit=unit,
            due_date="2026-04-30",
            handed_over_time=stamp(day),
        )
        self.act(day, event)

    def answered(self, day: str) -> None:
        self.act(day, intake.OpinionIssued(opinion_id="o1"))
        self.act(day, intake.OpinionServed(opinion_id="o1", served_time=stamp(day)))
        self.act(day, intake.PetitionClosed())

    def reported(self, day: str, report: str = "p1", handover: str = "h1") -> str:
        event = intake.CompletionReported(
            report_id=report, handover_id=handover, unit=HOUSING, to_unit=OFFICE
        )
        return self.act(day, event)

    def checked(self, day: str, ok: bool, report: str = "p1") -> str:
        event = intake.CompletionAccepted if ok else intake.CompletionSentBack
        return self.act(day, event(report_id=report, handover_id="h1", unit=OFFICE))


def at(clock: Clock, day: str) -> str:
    return supervision.ClockStatus.Name(clock.status(noon(day))).removeprefix("CLOCK_STATUS_")


def test_an_opinion_and_a_closing_do_not_meet_a_referral_the_report_does() -> None:
    story = Referred()
    story.answered("2026-04-10")
    assert at(story.clock("T6"), "2026-04-20") == "RUNNING"
    assert at(story.clock("T6"), "2026-05-06") == "PASSED"
    event = story.reported("2026-04-28")
    assert (at(story.clock("T6"), "2026-05-06"), story.clock("T6").stop_event_id) == ("MET", event)


def test_no_other_course_of_the_matter_makes_the_report_needless() -> None:
    for other in (intake.PetitionNotAccepted(), intake.LedIntoProcedure()):
        story = Referred()
        story.act("2026-04-10", other)
        assert at(story.clock("T6"), "2026-05-06") == "PASSED"


def test_a_report_that_is_sent_back_lets_the_referral_run_on_to_its_old_day() -> None:
    story = Referred()
    before = story.clock("T6")
    story.reported("2026-04-20")
    story.checked("2026-04-24", ok=False)
    clock = story.clock("T6")
    assert (clock.clock_id, clock.rolled_due, clock.running) == (before.clock_id, before.rolled_due, True)
    assert str(clock.rolled_due) == "2026-04-30"
    story.reported("2026-04-30", "p2")
    assert at(story.clock("T6"), "2026-05-20") == "MET"
    late = Referred()
    late.reported("2026-04-20")
    late.checked("2026-05-06", ok=False)
    assert at(late.clock("T6"), "2026-05-07") == "PASSED"
    late.reported("2026-05-11", "p2")
    assert at(late.clock("T6"), "2026-05-20") == "MET_LATE"


def test_lateness_is_not_taken_back_by_a_report_that_was_sent_back() -> None:
    story = Referred()
    story.reported("2026-04-20")
    story.checked("2026-05-06", ok=False)
    clock = story.clock("T6")
    record = ClockRecord(passed=frozenset({Passing(clock.clock_id, clock.due_time)}))
    assert withdrawals(clock, record) == []


def test_who_referred_it_checks_each_report_within_15_days_by_the_platforms_rule() -> None:
    """No number in law: a policy row, marked as derived and never called statutory."""
    story = Referred()
    story.reported("2026-03-20")
    clock = story.clock("C1")
    assert (clock.unit, str(clock.raw_due), clock.basis_zh[:4]) == (OFFICE, "2026-04-04", "平台规则")
    assert not clock.unverified
    story.checked("2026-04-07", ok=False)
    assert at(story.clock("C1"), "2026-05-01") == "MET"
    story.reported("2026-04-20", "p2")
    assert [one.running for one in story.clocks("C1")] == [False, True]
    story.checked("2026-04-21", ok=True, report="p2")
    assert not [one for one in story.clocks() if one.running and one.rule in ("T6", "C1")]


def test_a_decision_for_another_unit_ends_a_referral_and_one_for_its_own_unit_does_not() -> None:
    for unit, status in ((TRANSPORT, "VOID"), (HOUSING, "PASSED")):
        story = Referred()
        decided = intake.ResponsibilityMoved(to_unit=unit, basis=types.MOVE_BASIS_SUPERIOR_DECISION)
        story.act("2026-04-10", decided)
        assert at(story.clock("T6"), "2026-05-06") == status


def test_who_passes_the_matter_on_still_reports_to_who_referred_it() -> None:
    story = Referred()
    story.refer("2026-03-10", TRANSPORT, "h2", HOUSING)
    accepted(story, "2026-03-12", TRANSPORT)
    assert {clock.unit for clock in story.clocks("T6") if clock.running} == {HOUSING, TRANSPORT}


def test_nobody_reports_to_who_is_accused() -> None:
    """Art. 30(3)."""
    story = Referred()
    story.reported("2026-03-20")
    accusation = types.PETITION_CLASS_ACCUSATION
    story.act("2026-03-23", intake.PetitionClassified(petition_class=accusation, accused_units=[OFFICE]))
    assert at(story.clock("C1"), "2026-06-01") == "VOID"


def test_what_version_0_1_recorded_as_the_end_of_a_referral_is_its_end() -> None:
    """It had no report: nobody becomes late afterwards for what could not be recorded."""
    story = Referred()
    story.tell("2026-04-10", intake.OpinionIssued(opinion_id="o1"))
    assert at(story.clock("T6"), "2026-05-06") == "MET"


def test_the_check_is_no_law() -> None:
    assert [rule.verification for rule in COMPLETION_RULES if rule.id == "C1"] == [Verification.DERIVED]

"""Promises P4 and P5: their checkers hold on a legal history and find each planted violation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessObjected, LatenessWithdrawn
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_PASSED, WITHDRAWAL_CAUSE_OBJECTION_UPHELD
from huiyin_audit.checks import clocks_follow_events, nothing_late
from huiyin_audit.checks.case_states import Clocks, derivation, entries_by_case
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.clocks.clock import Clock, statutory_clock
from huiyin_kernel.codec import timestamp
from huiyin_kernel.policy import load_policy
from tests.unit.audit.book import START, Act, act_with, changed, identity, told, without
from tests.unit.audit.legal_story import BUREAU, OFFICE, case, legal_story, petition, registered

SUPERVISION = "supervision@990000"
TIMETABLE = load_policy().timetable
DERIVE = derivation(TIMETABLE)


Said = DeadlinePassed | LatenessObjected | LatenessWithdrawn


def passed(clock: Clock, day: int) -> Act:
    """Supervision says that a clock passed."""
    said = statutory_clock(clock)
    fields = {name: getattr(said, name) for name in DeadlinePassed.DESCRIPTOR.fields_by_name}
    return supervision("passed", clock.case_id, DeadlinePassed(**fields), day)


def withdrawn(clock: Clock, day: int) -> Act:
    """Supervision takes it back."""
    event = LatenessWithdrawn(
        clock_id=clock.clock_id, case_id=clock.case_id, stop_event_id=clock.stop_event_id
    )
    return supervision("withdrawn", clock.case_id, event, day)


def supervision(what: str, case_id: str, event: Said, day: int) -> Act:
    writes = ((f"lateness-{case_id}", event),)
    name = f"{what}/{event.clock_id}/{day}"
    return Act(SUPERVISION, writes, "supervision", name, "", case_id=case_id, day=day)


def clocks_of(story: Sequence[Act]) -> dict[str, Clock]:
    cases = entries_by_case(told(story))
    return {clock_id: clock for entries in cases.values() for clock_id, clock in DERIVE(entries).items()}


def late(story: Sequence[Act], as_of: datetime) -> list[Clock]:
    found = [clock for clock in clocks_of(story).values() if clock.can_be_late]
    return [clock for clock in found if clock.status(as_of) == CLOCK_STATUS_PASSED]


DAY = 200
AS_OF = START + timedelta(days=DAY)
STORY = [*legal_story(), *(passed(clock, DAY) for clock in late(legal_story(), AS_OF))]
HISTORY = told(STORY)


def rules(story: Sequence[Act]) -> set[str]:
    return {finding.rule for finding in clocks_follow_events.check(told(story), TIMETABLE).violations}


def silence(history: History, as_of: datetime = AS_OF) -> set[str]:
    return {finding.rule for finding in nothing_late.check(history, TIMETABLE, as_of).violations}


def test_a_legal_history_holds() -> None:
    assert late(legal_story(), AS_OF)
    assert clocks_follow_events.check(HISTORY, TIMETABLE).outcome is PromiseOutcome.HOLDS
    assert nothing_late.check(HISTORY, TIMETABLE, AS_OF).outcome is PromiseOutcome.HOLDS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("raw_due_date", "2026-01-01"),
        ("rolled_due_date", "2027-01-01"),
        ("due_time", None),
        ("rule", "T99"),
        ("start_event_id", ""),
    ],
)
def test_a_date_that_is_not_what_the_events_give_is_found(field: str, value: object) -> None:
    assert rules(changed(STORY, DeadlinePassed, **{field: value})) == {"DATE_DIFFERS"}


def test_a_clock_out_of_nowhere_is_found() -> None:
    assert rules(changed(STORY, DeadlinePassed, clock_id="T1:nothing")) == {"NO_SUCH_CLOCK"}


def test_a_clock_said_to_have_passed_before_its_last_day_is_found() -> None:
    running = late(legal_story(), AS_OF)[-1]
    assert running.due_time is not None
    day_before = (running.due_time - START).days - 1
    assert rules([*legal_story(), passed(running, day_before)]) == {"PASSED_TOO_SOON"}


def test_a_clock_judged_by_other_rules_leaves_the_question_open() -> None:
    story = changed(STORY, DeadlinePassed, rule_version="2005.1")
    verdict = clocks_follow_events.check(told(story), TIMETABLE)
    assert verdict.outcome is PromiseOutcome.UNKNOWN
    assert [finding.rule for finding in verdict.open_questions] == ["OTHER_VERSION"]


def test_a_rule_that_lets_a_rating_move_a_date_is_found() -> None:
    def meddling(entries: Sequence[HistoryEntry]) -> Clocks:
        rated = any(isinstance(entry.message, intake.PetitionRated) for entry in entries)
        return {name: moved(clock, rated) for name, clock in DERIVE(entries).items()}

    verdict = clocks_follow_events.check(HISTORY, TIMETABLE, meddling)
    found = [finding for finding in verdict.violations if finding.rule == "UNRELATED_MOVED_A_DATE"]
    assert found
    assert {finding.stream for finding in found} == {f"petition-{case('A')}"}


def moved(clock: Clock, by_a_day: bool) -> Clock:
    if not by_a_day or clock.raw_due is None:
        return clock
    return clock._replace(raw_due=clock.raw_due + timedelta(days=1))


def test_a_rule_that_restarts_a_running_clock_is_found() -> None:
    def restarting(entries: Sequence[HistoryEntry]) -> Clocks:
        classified = any(isinstance(entry.message, intake.PetitionClassified) for entry in entries)
        return {name: moved(clock, classified) for name, clock in DERIVE(entries).items()}

    verdict = clocks_follow_events.check(HISTORY, TIMETABLE, restarting)
    assert "DATE_MOVED" in {finding.rule for finding in verdict.violations}


def test_a_rule_that_forgets_a_clock_is_found() -> None:
    def forgetting(entries: Sequence[HistoryEntry]) -> Clocks:
        closed = any(isinstance(entry.message, intake.PetitionClosed) for entry in entries)
        return {} if closed else DERIVE(entries)

    verdict = clocks_follow_events.check(HISTORY, TIMETABLE, forgetting)
    assert "DATE_MOVED" in {finding.rule for finding in verdict.violations}


def test_a_clock_that_passed_in_silence_is_found() -> None:
    assert silence(told(without(STORY, DeadlinePassed))) == {"LATE_IN_SILENCE"}


def test_a_clock_that_is_yet_to_be_said_leaves_the_question_open() -> None:
    verdict = nothing_late.check(told(without(STORY, DeadlinePassed), at_rest=False), TIMETABLE, AS_OF)
    assert verdict.outcome is PromiseOutcome.UNKNOWN


def test_a_clock_said_twice_to_have_passed_is_found() -> None:
    at = act_with(STORY, DeadlinePassed)
    again = replace(STORY[at], name="again", day=DAY + 1)
    assert silence(told([*STORY, again])) == {"SAID_TWICE"}


def late_entry() -> tuple[list[Act], Clock]:
    """The notice reached the petitioner on day 9 and is entered on day 30, after its time had passed."""
    story = legal_story()
    notice = story.pop(act_with(story, intake.ReceiptNotified))
    at = act_with(story, intake.ExtensionApproved) + 1
    story.insert(at, replace(notice, day=30))
    start = next(clock for clock in clocks_of(story).values() if _is_notice_of_a(clock))
    story.insert(at, passed(start, 30))
    return story, start


def _is_notice_of_a(clock: Clock) -> bool:
    return clock.rule == "T4" and clock.case_id == case("A")


def test_a_lateness_withdrawn_by_a_late_entry_holds() -> None:
    story, clock = late_entry()
    story += [withdrawn(clock, 100), *(passed(other, DAY) for other in late(legal_story(), AS_OF))]
    assert clocks_follow_events.check(told(story), TIMETABLE).outcome is PromiseOutcome.HOLDS
    assert silence(told(story)) == set()


def test_a_lateness_that_a_late_entry_disproves_and_that_stays_is_found() -> None:
    story, _ = late_entry()
    story += [passed(other, DAY) for other in late(legal_story(), AS_OF)]
    assert silence(told(story)) == {"NOT_WITHDRAWN"}


def test_a_lateness_withdrawn_for_nothing_is_found() -> None:
    clock: Any = late(legal_story(), AS_OF)[0]
    assert rules([*STORY, withdrawn(clock, DAY + 1)]) == {"WITHDRAWN_WITHOUT_CAUSE"}


def upheld(clock: Clock, supervisor: str = "GOVERNMENT") -> Act:
    event = LatenessWithdrawn(
        clock_id=clock.clock_id,
        case_id=clock.case_id,
        due_time=statutory_clock(clock).due_time,
        cause=WITHDRAWAL_CAUSE_OBJECTION_UPHELD,
        supervisor=supervisor,
        finding=Sealed(key_id="k"),
    )
    return supervision("upheld", clock.case_id, event, DAY + 2)


def objected(clock: Clock) -> Act:
    due_time = statutory_clock(clock).due_time
    event = LatenessObjected(
        clock_id=clock.clock_id, case_id=clock.case_id, due_time=due_time, unit=clock.unit
    )
    return supervision("objected", clock.case_id, event, DAY + 1)


def test_a_lateness_withdrawn_on_an_objection_that_a_supervisor_upheld_holds() -> None:
    clock = late(legal_story(), AS_OF)[0]
    assert rules([*STORY, objected(clock), upheld(clock)]) == set()


def test_a_lateness_withdrawn_on_an_objection_that_nobody_made_is_found() -> None:
    first, other, *_ = late(legal_story(), AS_OF)
    assert rules([*STORY, upheld(first)]) == {"WITHDRAWN_WITHOUT_CAUSE"}
    assert rules([*STORY, objected(other), upheld(first)]) == {"WITHDRAWN_WITHOUT_CAUSE"}


def test_a_unit_that_upheld_its_own_objection_is_found() -> None:
    clock = late(legal_story(), AS_OF)[0]
    assert rules([*STORY, objected(clock), upheld(clock, clock.unit)]) == {"WITHDRAWN_WITHOUT_CAUSE"}


HANDED = intake.PetitionHandedOver(
    handover_id=identity("late"),
    from_unit=OFFICE,
    to_unit=BUREAU,
    handed_over_time=timestamp(START + timedelta(days=2)),
)


def handed(*more: Message) -> list[Act]:
    """A case of its own on its way to a bureau from the second day on, and what comes later."""
    begun = petition("Z", OFFICE, "RegisterPetition", 1, registered("Z", 1), day=1)
    sent = petition("Z", OFFICE, "HandOverPetition", 1, HANDED, day=2)
    return [begun, sent, *(petition("Z", OFFICE, "Later", 1, one, day=26) for one in more)]


def test_evidence_of_a_later_receipt_may_move_a_date_and_nothing_else_may() -> None:
    received_time = timestamp(START + timedelta(days=10))
    proof = intake.HandoverReceiptProved(
        handover_id=HANDED.handover_id, unit=BUREAU, received_time=received_time
    )
    told_late = next(clock for clock in late(handed(), AS_OF) if clock.rule == "T4")
    assert rules([*handed(), passed(told_late, 25), *handed(proof)[2:]]) == set()

    def restarting(entries: Sequence[HistoryEntry]) -> Clocks:
        ordered = any(isinstance(entry.message, intake.HandoverOrdered) for entry in entries)
        return {name: moved(clock, ordered) for name, clock in DERIVE(entries).items()}

    order = intake.HandoverOrdered(handover_id=HANDED.handover_id, unit=BUREAU, due_date="2027-01-04")
    verdict = clocks_follow_events.check(told(handed(order)), TIMETABLE, restarting)
    assert {finding.rule for finding in verdict.violations} == {"DATE_MOVED"}

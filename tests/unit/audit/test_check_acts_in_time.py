"""Promise P4, acts in their time: the checker holds on a legal history and finds each planted violation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_LATE,
    ENTRY_KIND_TIMELY,
    Cause,
    Entry,
)
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.supervision.v1.events_pb2 import DeadlinePassed
from huiyin_audit.checks import acts_in_time
from huiyin_audit.findings import PromiseOutcome
from huiyin_kernel.codec import timestamp
from huiyin_kernel.policy import load_policy
from tests.unit.audit.book import START, Act, act_with, changed, told
from tests.unit.audit.legal_story import DIRECTORY, INTAKE, OFFICE, SEALED, case, legal_story

POLICY = replace(load_policy(), directory=DIRECTORY)
DAY = timedelta(days=1)
TIMELY, IMPORTED = Entry(kind=ENTRY_KIND_TIMELY), Entry(kind=ENTRY_KIND_IMPORTED)
LATE = Entry(kind=ENTRY_KIND_LATE, approved_by="officer-1", reason=SEALED)


def entered(story: Sequence[Act]) -> list[Act]:
    """The story as it is recorded now: every act says how it came into the record."""
    return [replace(act, entry=act.entry or TIMELY) for act in story]


STORY = entered(legal_story())


def rules(story: Sequence[Act]) -> set[str]:
    return {finding.rule for finding in acts_in_time.check(told(story), POLICY).violations}


def bent(kind: type[Message], nth: int = 0, /, **changes: Any) -> list[Act]:
    """The story with the act of the nth event of a type changed."""
    story = list(STORY)
    at = act_with(story, kind, nth)
    story[at] = replace(story[at], **changes)
    return story


def test_a_legal_history_holds_and_so_does_one_of_version_0_1() -> None:
    assert acts_in_time.check(told(STORY), POLICY).outcome is PromiseOutcome.HOLDS
    assert acts_in_time.check(told(legal_story()), POLICY).outcome is PromiseOutcome.HOLDS


def test_an_act_before_the_receipt_is_found() -> None:
    assert rules(bent(intake.PetitionClassified, occurred=START - 2 * DAY)) == {"BEFORE_RECEIPT"}


def test_an_act_before_the_act_it_follows_is_found() -> None:
    before = changed(STORY, intake.OpinionServed, served_time=START + timedelta(minutes=1))
    assert "BEFORE_WHAT_IT_FOLLOWS" in rules(before)


def linked(entry: Entry) -> Act:
    """Ten days old when it is entered, after everything else."""
    writes = ((f"petition-{case('A')}", intake.CaseLinked(other_case_id=case("B"))),)
    return Act(INTAKE, writes, OFFICE, "linked", day=300, occurred=START + 290 * DAY, entry=entry)


def test_backdating_beyond_the_bound_without_approval_is_found() -> None:
    assert rules([*STORY, linked(TIMELY)]) == {"BACKDATED_UNAPPROVED"}
    assert rules([*STORY, linked(LATE)]) == set()


@pytest.mark.parametrize(
    "entry",
    [
        Entry(kind=ENTRY_KIND_LATE, reason=SEALED),
        Entry(kind=ENTRY_KIND_LATE, approved_by="somebody else", reason=SEALED),
        Entry(kind=ENTRY_KIND_LATE, approved_by="officer-1"),
    ],
)
def test_a_late_entry_that_no_head_made_in_person_is_found(entry: Entry) -> None:
    assert rules(bent(intake.PetitionClassified, entry=entry)) == {"LATE_ENTRY_UNSIGNED"}
    assert rules(bent(intake.PetitionClassified, entry=LATE)) == set()


def test_an_act_marked_as_history_is_found() -> None:
    assert rules(bent(intake.PetitionAccepted, entry=IMPORTED)) == {"NO_HISTORY"}


def test_a_filing_of_today_marked_as_history_is_found() -> None:
    story = bent(intake.PetitionRegistered, 1, entry=IMPORTED)
    assert rules(changed(story, intake.PetitionRegistered, 1, source="old")) == {"NO_HISTORY"}
    long_ago = START - 400 * DAY
    named = changed(story, intake.PetitionRegistered, 1, source="old", received_time=long_ago)
    assert rules(named) == set()
    assert rules(changed(named, intake.PetitionRegistered, 1, source="")) == {"NO_HISTORY"}


def test_an_event_that_does_not_say_how_it_was_entered_is_found() -> None:
    assert rules(bent(intake.OpinionIssued, entry=Entry())) == {"ENTRY_UNTOLD"}


def test_a_reaction_with_a_time_of_its_own_is_found() -> None:
    history = told(STORY)
    behind = next(entry for entry in history.entries("judicial"))
    known = Entry(kind=ENTRY_KIND_TIMELY, known_time=timestamp(behind.fact.recorded))
    cause = Cause(log=behind.fact.log, stream=behind.fact.stream, version=behind.fact.version)
    facts = {"entry": known, "causes": (cause,), "causation_id": behind.fact.event_id}
    honest = bent(intake.JudicialReferralAcknowledged, occurred=behind.fact.occurred, **facts)
    assert rules(honest) == set()
    assert rules(bent(intake.JudicialReferralAcknowledged, **facts)) == {"NOT_AS_ITS_CAUSE"}


def test_a_period_of_another_that_begins_before_its_recording_is_found() -> None:
    history = told(STORY)
    sent = next(e for e in history.entries("intake") if isinstance(e.message, intake.PetitionHandedOver))
    assert isinstance(sent.message, intake.PetitionHandedOver)
    passed = DeadlinePassed(
        clock_id=f"T4:{sent.fact.event_id}",
        rule="T4",
        case_id=case("A"),
        unit=sent.message.to_unit,
        start_event_id=sent.fact.event_id,
        raw_due_date=(sent.fact.recorded + 14 * DAY).date().isoformat(),
    )
    writes = ((f"lateness-{case('A')}", passed),)
    said = Act(
        "supervision@990000", writes, "supervision", "passed", "", case_id=case("A"), day=150, entry=TIMELY
    )
    assert rules([*STORY, said]) == {"OTHERS_TIME_SHORTENED"}
    passed.raw_due_date = (sent.fact.recorded + 15 * DAY).date().isoformat()
    assert rules([*STORY, said]) == set()

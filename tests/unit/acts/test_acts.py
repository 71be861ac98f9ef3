"""Times of acts: each follows what it follows, is entered in time or by the head, and history is history."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import (
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_LATE,
    ENTRY_KIND_TIMELY,
    CommandInfo,
    Entry,
    LateEntry,
)
from huiyin.intake.v1 import events_pb2 as intake
from huiyin_domain.acts.act import TOLD, Acts, act_of
from huiyin_domain.acts.entry import entry_of, filing_entry, import_fault
from huiyin_domain.acts.judge import FOLLOWS, judged, last_day_to_enter
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.refusal import Refusal
from huiyin_kernel.codec import EVENT_TYPES, timestamp
from tests.support.deciding import START, officer, secret
from tests.support.small_policy import CALENDAR, HOUSING, OFFICE, POLICY

DAY = timedelta(days=1)
HEAD = officer(HOUSING, "head", Role.HEAD)


def context(occurred: datetime, now: datetime, acts: Acts, entry: Entry | None = None) -> Context:
    made = entry or Entry(kind=ENTRY_KIND_TIMELY)
    return Context(now, occurred, officer(HOUSING), (), POLICY, acts=acts, entry=made)


def acts(*events: Message, at: datetime = START) -> Acts:
    return {type(event): act_of(event, at, at) for event in events}


RECEIVED = intake.PetitionRegistered(received_time=timestamp(START))
SENT = intake.PetitionHandedOver(to_unit=HOUSING, handed_over_time=timestamp(START + DAY))


def reason(decision: object) -> str:
    return decision.reason if isinstance(decision, Refusal) else ""


def test_every_event_has_its_place_in_the_order_of_acts() -> None:
    assert {kind.DESCRIPTOR.full_name for kind in FOLLOWS} == set(EVENT_TYPES)


def test_every_time_that_an_event_tells_is_known() -> None:
    told = {
        cls.DESCRIPTOR.full_name: field.name
        for cls in EVENT_TYPES.values()
        for field in cls.DESCRIPTOR.fields
        if field.message_type is not None and field.message_type.full_name == "google.protobuf.Timestamp"
    }
    known = {kind.DESCRIPTOR.full_name: name for kind, name in TOLD.items()}
    assert set(told) - set(known) <= {
        "huiyin.supervision.v1.DeadlinePassed",
        "huiyin.supervision.v1.LatenessWithdrawn",
        "huiyin.supervision.v1.LatenessObjected",
        "huiyin.supervision.v1.LatenessObjectionRefused",
        "huiyin.intake.v1.HandoverReceiptProved",  # no act of the office's: bounded by its own decider
        "huiyin.intake.v1.RegistrationCorrected",  # of the receipt: no act of the correction
        "huiyin.reception.v1.ResolutionProposed",  # from when its speakers' time runs: its recording
    }


@pytest.mark.parametrize(
    ("event", "at", "expected"),
    [
        (intake.PetitionClassified(), START - DAY, "BEFORE_RECEIPT"),
        (intake.PetitionAccepted(unit=HOUSING), START, "BEFORE_WHAT_IT_FOLLOWS"),
        (intake.PetitionAccepted(unit=HOUSING), START + DAY, ""),
        (intake.ReceiptNotified(unit=OFFICE), START, ""),
        (intake.ReceiptNotified(unit=HOUSING), START, "BEFORE_WHAT_IT_FOLLOWS"),
    ],
)
def test_no_act_comes_before_what_it_follows(event: Message, at: datetime, expected: str) -> None:
    earlier = acts(RECEIVED, SENT)
    assert reason(judged((event,), context(at, START + DAY, earlier))) == expected


def test_a_time_that_the_event_tells_itself_is_judged_like_the_time_of_the_command() -> None:
    issued = acts(RECEIVED, intake.OpinionIssued(), at=START + 2 * DAY)
    served = intake.OpinionServed(served_time=timestamp(START + DAY))
    assert reason(judged((served,), context(START + 2 * DAY, START + 2 * DAY, issued))) == (
        "BEFORE_WHAT_IT_FOLLOWS"
    )


def test_an_act_is_entered_within_three_working_days_or_by_the_head() -> None:
    friday, next_wednesday = START + 4 * DAY, START + 9 * DAY
    event = intake.PetitionClassified()
    assert reason(judged((event,), context(friday, next_wednesday, {}))) == ""
    refused = judged((event,), context(friday, next_wednesday + DAY, {}))
    assert reason(refused) == "LATE_ENTRY_REQUIRED"
    late = Entry(kind=ENTRY_KIND_LATE, approved_by="head")
    assert reason(judged((event,), context(friday, next_wednesday + DAY, {}, late))) == ""


def test_a_late_entry_cannot_go_behind_what_it_follows_either() -> None:
    late = Entry(kind=ENTRY_KIND_LATE, approved_by="head")
    accepted = intake.PetitionAccepted(unit=HOUSING)
    assert reason(judged((accepted,), context(START, START + 90 * DAY, acts(SENT), late))) == (
        "BEFORE_WHAT_IT_FOLLOWS"
    )


def test_service_entered_long_after_takes_the_head_too() -> None:
    served = intake.OpinionServed(served_time=timestamp(START))
    now = START + 20 * DAY
    assert reason(judged((served,), context(now, now, {}))) == "LATE_ENTRY_REQUIRED"


def test_what_the_petitioner_asked_lies_back_as_far_as_it_may() -> None:
    asked = intake.ReviewRequested(requested_time=timestamp(START))
    now = START + 20 * DAY
    assert reason(judged((asked,), context(now, now, {}))) == ""


def test_receipt_is_backdated_no_further_than_other_acts() -> None:
    received, now = intake.PetitionRegistered(received_time=timestamp(START)), START + 20 * DAY
    assert reason(judged((received,), context(now, now, {}))) == "LATE_ENTRY_REQUIRED"
    history = Entry(kind=ENTRY_KIND_IMPORTED)
    assert reason(judged((received,), context(now, now, {}, history))) == ""


def test_nothing_is_registered_before_it_was_received() -> None:
    received = intake.PetitionRegistered(received_time=timestamp(START))
    assert reason(judged((received,), context(START - DAY, START, {}))) == "BEFORE_RECEIPT"


def test_entry_counts_working_days_and_plain_weeks_in_a_year_without_a_calendar() -> None:
    assert last_day_to_enter(datetime(2019, 1, 4, 2, tzinfo=UTC), 3, Calendar()).isoformat() == "2019-01-09"
    holiday = datetime(2026, 9, 30, 2, tzinfo=UTC)
    assert last_day_to_enter(holiday, 3, CALENDAR).isoformat() == "2026-10-10"


def late(text: str = "paper first", noted_by: str = "") -> CommandInfo:
    why = secret(text) if text else None
    return CommandInfo(late_entry=LateEntry(reason=why, officer=noted_by))


@pytest.mark.parametrize(
    "principal",
    [
        officer(HOUSING),
        officer(HOUSING, "", Role.SUPERVISOR),
        Principal(HOUSING, "", frozenset({Role.SYSTEM})),
        Principal("exchange", "head", frozenset({Role.HEAD}), on_behalf_of=HOUSING),
    ],
)
def test_only_the_head_in_person_makes_a_late_entry(principal: Principal) -> None:
    refused = entry_of(late(), principal)
    assert isinstance(refused, Refusal)
    assert refused.reason == "HEAD_REQUIRED"


@pytest.mark.parametrize("words", ["她住在某街三号，请不要告诉别人" * 20, "a\nb", " clerk"])
def test_who_noted_a_late_entry_is_an_identifier_and_no_words(words: str) -> None:
    refused = entry_of(late(noted_by=words), HEAD)
    assert isinstance(refused, Refusal)
    assert refused.reason == "MALFORMED_OFFICER"


def test_a_late_entry_names_head_and_officer_and_says_why() -> None:
    entry = entry_of(late(noted_by="clerk"), HEAD)
    assert isinstance(entry, Entry)
    assert (entry.kind, entry.approved_by, entry.officer) == (ENTRY_KIND_LATE, "head", "clerk")
    assert entry.HasField("reason")
    refused = entry_of(late(""), HEAD)
    assert isinstance(refused, Refusal)
    assert refused.reason == "LATE_REASON_REQUIRED"


def test_only_filings_received_before_history_ended_are_history() -> None:
    timely = Entry(kind=ENTRY_KIND_TIMELY)
    assert filing_entry(timely, START - DAY, START).kind == ENTRY_KIND_IMPORTED
    assert filing_entry(timely, START, START).kind == ENTRY_KIND_TIMELY
    refused = import_fault(CommandInfo(imported=True))
    assert refused is not None
    assert refused.reason == "IMPORTED_NOT_A_FILING"

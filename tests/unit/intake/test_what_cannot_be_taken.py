"""What a filing says that cannot be taken as it stands: it is registered all the same (P1; rules, 2.4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import ENTRY_KIND_IMPORTED, ENTRY_KIND_LATE, Entry, Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_domain.access import scope
from huiyin_domain.acts.judge import judged
from huiyin_domain.context import Principal, Role
from huiyin_domain.dates import instant, stamp
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.filing import taken
from huiyin_domain.intake.guards import case_facts
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from tests.support.deciding import START, Stream, officer, secret
from tests.support.small_policy import CITY_OFFICE, OFFICE, POLICY
from tests.unit.intake.petitions import Case, filing, head, made


def registered(entry: Entry | None = None, /, **filed: Any) -> events.PetitionRegistered:
    stream = Stream[Petition](PETITION)
    context = stream.context(officer(OFFICE))
    if entry is not None:
        context = replace(context, entry=entry)
    decision = judged(PETITION.decide(stream.state, filing(**filed), context), context)
    assert not isinstance(decision, Refusal), decision
    return made(decision[0], events.PetitionRegistered)


def doubts(event: events.PetitionRegistered) -> set[str]:
    return {RegistrationDoubt.Name(one).removeprefix("REGISTRATION_DOUBT_") for one in event.doubts}


def test_a_filing_that_says_all_leaves_nothing_to_settle() -> None:
    assert not doubts(registered())


@pytest.mark.parametrize(
    ("field", "value", "doubt"),
    [
        ("channel", "pigeon", "CHANNEL"),
        ("channel", "", "CHANNEL"),
        ("content_class", "999999", "CONTENT_CLASS"),
        ("purpose", "noise", "PURPOSE"),
        ("source", "她住在某街三号", "SOURCE"),
        ("division", "123456", "PLACE_UNKNOWN"),
        ("division", "某县某村三组", "PLACE_UNKNOWN"),
        ("division", "99010", "PLACE_UNKNOWN"),
        ("division", "9901010011", "PLACE_UNKNOWN"),
        ("division", "９９０１０１", "PLACE_UNKNOWN"),
        ("division", "", "PLACE_MISSING"),
        ("division", "  ", "PLACE_MISSING"),
    ],
)
def test_a_code_that_is_in_no_table_is_left_out_and_is_to_be_settled(
    field: str, value: str, doubt: str
) -> None:
    """Domain rules 2.4: every filing is registered. What was written stands in no event in clear."""
    event = registered(**{field: value})
    assert doubts(event) == {doubt}
    assert getattr(event, field) == ""
    assert not value.strip() or value not in str(event)


@pytest.mark.parametrize("division", ["990101", "990101001", "990101001001", "990100000000", "990000"])
def test_a_place_of_6_9_or_12_digits_is_known_by_its_county(division: str) -> None:
    """Domain rules 9.4: keep the code as recorded."""
    event = registered(division=division)
    assert event.division == division
    assert not doubts(event)
    assert event.display_number.startswith(f"HY{division[:6]}-")


def test_the_number_of_a_filing_from_no_known_place_names_none() -> None:
    assert registered(division="某村").display_number.startswith("HY000000-")


def test_an_empty_sheet_is_registered_and_is_to_be_settled() -> None:
    event = registered(content=Secret())
    assert doubts(event) == {"CONTENT_MISSING"}
    assert not event.HasField("content")


@pytest.mark.parametrize(
    "written",
    [
        stamp(START + timedelta(hours=1)),
        stamp(START.replace(year=1026)),
        stamp(START.replace(year=1991)),
        Timestamp(seconds=10**15),
        Timestamp(seconds=-(10**15), nanos=-1),
    ],
)
def test_a_day_of_receipt_that_cannot_be_has_the_offices_own_in_its_place(written: Timestamp) -> None:
    event = registered(received_time=written)
    assert instant(event.received_time) == START
    assert doubts(event) == {"RECEIVED_TIME"}


def test_clocks_that_differ_a_little_raise_no_doubt() -> None:
    assert not doubts(registered(received_time=stamp(START + timedelta(minutes=1))))


def test_a_letter_posted_after_it_was_received_has_no_day_of_posting() -> None:
    event = registered(posted_time=stamp(START + timedelta(minutes=1)))
    assert doubts(event) == {"POSTED_TIME"}
    assert not event.HasField("posted_time")


@pytest.mark.parametrize("count", [-1, 10_000, 2**31 - 1, -(2**31)])
def test_a_number_of_persons_that_cannot_be_is_registered_as_one(count: int) -> None:
    """Domain rules 3.2: from 1 to 9999 persons."""
    event = registered(person_count=count)
    assert event.person_count == 1
    assert doubts(event) == {"PERSON_COUNT"}


def test_what_came_late_is_registered_and_the_head_is_missed() -> None:
    """Its periods run from receipt all the same: lateness is seen, not avoided (Art. 23)."""
    event = registered(received_time=stamp(START - timedelta(days=40)))
    assert instant(event.received_time) == START - timedelta(days=40)
    assert doubts(event) == {"ENTERED_LATE"}


def test_history_without_a_source_is_registered_and_is_to_be_settled() -> None:
    long_ago = stamp(datetime(2009, 5, 6, tzinfo=UTC))
    event = registered(Entry(kind=ENTRY_KIND_IMPORTED), received_time=long_ago)
    assert doubts(event) == {"SOURCE"}


def test_what_was_written_is_kept_by_the_names_of_the_fields() -> None:
    kept = taken(filing(division="某村", channel="信鸽", person_count=-3), POLICY, START)
    assert kept.place_as_written == "某村"
    assert kept.as_written.splitlines() == ["channel: 信鸽", "person_count: -3"]


def test_a_known_place_is_kept_nowhere_twice() -> None:
    assert taken(filing(), POLICY, START).place_as_written == ""


def test_what_is_to_be_settled_stands_in_the_petitions_state() -> None:
    stream = Stream[Petition](PETITION)
    stream.when(filing(division="某村"), officer(OFFICE))
    assert {RegistrationDoubt.Name(one) for one in stream.state.doubts} == {
        "REGISTRATION_DOUBT_PLACE_UNKNOWN"
    }


def open_doubts(case: Case) -> set[str]:
    return {RegistrationDoubt.Name(one).removeprefix("REGISTRATION_DOUBT_") for one in case.state.doubts}


def test_a_person_settles_a_place_by_putting_it_right() -> None:
    case = Case(division="某村", channel="信鸽")
    right = {"fields": ["division"], "division": "990101001001", "reasons": secret("w")}
    (event,) = case.do("CorrectRegistration", **right)
    assert made(event, events.RegistrationCorrected).settled == [types.REGISTRATION_DOUBT_PLACE_UNKNOWN]
    assert case.state.registration.division == "990101001001"
    assert open_doubts(case) == {"CHANNEL"}


def test_a_person_settles_a_doubt_as_it_stands_with_the_reason() -> None:
    """An empty sheet stays empty; somebody has looked."""
    case, settled = Case(content=Secret()), [types.REGISTRATION_DOUBT_CONTENT_MISSING]
    case.no("CONTENT_REQUIRED", "CorrectRegistration", settled=settled)
    (event,) = case.do("CorrectRegistration", settled=settled, reasons=secret("empty"))
    assert list(made(event, events.RegistrationCorrected).fields) == []
    assert not open_doubts(case)
    again = case.do("CorrectRegistration", settled=settled, reasons=secret("empty"))
    assert again == ()


def test_what_nobody_doubts_is_not_settled() -> None:
    settled = [types.REGISTRATION_DOUBT_PLACE_UNKNOWN]
    assert Case().do("CorrectRegistration", settled=settled, reasons=secret("w")) == ()


def test_that_it_came_late_is_settled_by_the_head_alone() -> None:
    case = Case(received_time=stamp(START - timedelta(days=40)))
    settled = {"settled": [types.REGISTRATION_DOUBT_ENTERED_LATE], "reasons": secret("w")}
    case.no("LATE_ENTRY_REQUIRED", "CorrectRegistration", **settled)
    late = Entry(kind=ENTRY_KIND_LATE)
    case.when(case.command("CorrectRegistration", **settled), head(OFFICE), entry=late)
    assert not open_doubts(case)


def test_who_watches_a_region_sees_nothing_of_a_case_without_a_place() -> None:
    """An unknown place gives only those with a part in the case their own sight, never more."""
    unknown, known = Case(division="某村").state, Case(division="990101001001").state
    watcher = Principal(CITY_OFFICE, "s", frozenset({Role.SUPERVISOR}))
    facts = [case_facts(state, POLICY.directory) for state in (unknown, known)]
    assert [scope(watcher, POLICY.directory).admits(one) for one in facts] == [False, True]

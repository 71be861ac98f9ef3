"""Every number and time of every command is bounded, by one rule that no command can be without."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.checks import NUMBER_MAX, beyond_bounds, due_date_fault, is_taken_as_written
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.dates import stamp
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.refusal import Refusal
from huiyin_kernel.streams import Loaded, decided
from tests.support.deciding import START
from tests.support.small_policy import HOUSING, POLICY

CONTEXT = Context(START, START, Principal(HOUSING, "officer-1", frozenset({Role.OFFICER})), (), POLICY)
MODULES: tuple[ModuleType, ...] = (intake, judicial, reception, supervision)
DEPTH_MAX = 4
Path = tuple[FieldDescriptor, ...]
WHOLE = (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64)
ENDLESS = {FieldDescriptor.CPPTYPE_INT32: -1, FieldDescriptor.CPPTYPE_INT64: NUMBER_MAX + 1}


def commands() -> Iterator[Descriptor]:
    """The requests of all rpcs that carry a command's identity."""
    for module in MODULES:
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                if "info" in method.input_type.fields_by_name:
                    yield method.input_type


def paths(kind: Descriptor, before: Path = ()) -> Iterator[Path]:
    """The ways to every number and time in a message."""
    for field in kind.fields:
        way = (*before, field)
        if field.message_type is None:
            if field.cpp_type in WHOLE:
                yield way
        elif field.message_type is Timestamp.DESCRIPTOR:
            yield way
        elif len(way) < DEPTH_MAX:
            yield from paths(field.message_type, way)


def filled(kind: Descriptor, way: Path, value: Any) -> Message:
    """A message with one value in it, however deep."""
    message = GetMessageClass(kind)()
    *outer, last = way
    part: Any = message
    for field in outer:
        part = getattr(part, field.name).add() if field.is_repeated else getattr(part, field.name)
    if isinstance(value, Timestamp):
        getattr(part, last.name).CopyFrom(value)
    elif last.is_repeated:
        getattr(part, last.name).append(value)
    else:
        setattr(part, last.name, value)
    return message


def refused(kind: Descriptor, way: Path, value: Any) -> str:
    """Why the one value is refused; empty when it is not."""
    refusal = beyond_bounds(filled(kind, way, value), CONTEXT)
    return refusal.reason if refusal else ""


CASES = [
    pytest.param(kind, way, id=f"{kind.name}.{'.'.join(field.name for field in way)}")
    for kind in commands()
    for way in paths(kind)
    if not is_taken_as_written(way[-1])
]


@pytest.mark.parametrize(("kind", "way"), CASES)
def test_a_number_or_time_that_no_act_can_have_is_refused_wherever_it_stands(
    kind: Descriptor, way: Path
) -> None:
    if way[-1].cpp_type in WHOLE:
        assert refused(kind, way, ENDLESS[way[-1].cpp_type]) == "NUMBER_OUT_OF_RANGE"
        assert refused(kind, way, 1) == ""
        return
    assert refused(kind, way, stamp(START + timedelta(days=1))) == "TIME_IN_FUTURE"
    assert refused(kind, way, Timestamp(seconds=253402300799)) == "TIME_IN_FUTURE"
    assert refused(kind, way, Timestamp(seconds=-62135596800)) == "TIME_TOO_EARLY"
    assert refused(kind, way, stamp(START - timedelta(days=3_000))) == ""


def test_there_are_numbers_and_times_to_bound() -> None:
    found = {way[-1].name for kind in commands() for way in paths(kind)}
    assert {"occurred_time", "served_time", "epoch"} <= found
    assert {"visitor_count", "extension_days"} <= found


def test_what_a_filing_says_is_taken_whatever_it_is() -> None:
    """Promise P1: no time or number in it refuses it."""
    late, early = Timestamp(seconds=253402300799), Timestamp(seconds=-62135596800)
    said = intake.RegisterPetitionRequest(received_time=late, posted_time=early, person_count=-1)
    assert beyond_bounds(said, CONTEXT) is None


def test_no_decision_comes_of_a_number_beyond_all_bounds() -> None:
    """The one place through which every command of every service is decided."""
    sound = intake.ReadPersonalDataRequest(case_id="c", ground="handling")
    loaded = Loaded("access-c", DISCLOSURE.initial(), 0)
    assert not isinstance(decided(DISCLOSURE, loaded, sound, CONTEXT), Refusal)
    sound.info.causes.add(stream="s", log="l", version=NUMBER_MAX + 1)
    refusal = decided(DISCLOSURE, loaded, sound, CONTEXT)
    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.facts["field"]) == ("NUMBER_OUT_OF_RANGE", "info.causes[0].version")


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("9999-12-31", "DUE_DATE_TOO_FAR"),
        ("2031-03-09", "DUE_DATE_TOO_FAR"),
        ("2026-03-01", "DUE_DATE_PASSED"),
        ("0001-01-01", "DUE_DATE_PASSED"),
        ("2026-02-30", "MALFORMED_DATE"),
    ],
)
def test_a_due_date_lies_within_the_years_of_policy(day: str, reason: str) -> None:
    refusal = due_date_fault("due_date", day, CONTEXT)
    assert refusal is not None
    assert refusal.reason == reason


def test_policy_says_how_far_away_a_due_date_may_lie() -> None:
    assert due_date_fault("due_date", "2031-03-02", CONTEXT) is None
    strict = replace(POLICY, limits=replace(POLICY.limits, due_years_max=1))
    refusal = due_date_fault("due_date", "2028-03-02", replace(CONTEXT, policy=strict))
    assert refusal is not None
    assert refusal.facts["latest"] == "2027-03-03"

"""Events of every type with whatever content their fields can hold, made from the descriptors alone."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import EVENT_TYPES
from tests.support.deciding import START
from tests.support.small_policy import HOUSING, LABOUR

CASE, OTHER = "01950000-0000-7000-8000-000000000001", "01950000-0000-7000-8000-000000000002"
DEPTH_MAX = 3

_TEXTS = ("", CASE, OTHER, HOUSING, LABOUR, "9999-12-31", "0001-01-01", "2026-03-06", "x" * 300, "\0", "网")
_SECONDS = (0, -(2**63), 2**63 - 1, 253_402_300_799, 253_402_300_800, -62_135_596_800, 1_772_413_200)
_NANOS = (0, 999_999_999, -1, 2**31 - 1, -(2**31))
_INSTANTS = (
    START,
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime(1990, 5, 1, tzinfo=UTC),
)

texts = st.sampled_from(_TEXTS) | st.text(max_size=5)
stamps = st.builds(Timestamp, seconds=st.sampled_from(_SECONDS), nanos=st.sampled_from(_NANOS))
instants = st.sampled_from(_INSTANTS)
_KINDS: Mapping[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_INT32: st.sampled_from((0, 1, -1, 30, 2**31 - 1, -(2**31))),
    FieldDescriptor.CPPTYPE_UINT32: st.sampled_from((0, 1, 2**32 - 1)),
    FieldDescriptor.CPPTYPE_INT64: st.sampled_from((0, 1, 2, -1, 2**63 - 1, -(2**63))),
    FieldDescriptor.CPPTYPE_UINT64: st.sampled_from((0, 1, 2**64 - 1)),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}


def _enum(field: FieldDescriptor) -> st.SearchStrategy[int]:
    """The values that are known, and some that are not."""
    assert field.enum_type is not None
    known = [value.number for value in field.enum_type.values]
    return st.sampled_from([*known, -1, 999, 2**31 - 1])


def _value(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    if field.message_type is not None:
        return (
            stamps if field.message_type is Timestamp.DESCRIPTOR else messages(field.message_type, depth + 1)
        )
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(field)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return st.binary(max_size=40) if field.type == FieldDescriptor.TYPE_BYTES else texts
    return _KINDS[field.cpp_type]


def _field(field: FieldDescriptor, depth: int) -> st.SearchStrategy[Any]:
    value = _value(field, depth)
    return st.lists(value, max_size=3) if field.is_repeated else value


def messages(kind: Descriptor, depth: int = 0) -> st.SearchStrategy[Message]:
    """Any message of a kind; beyond a depth an empty one."""
    cls = GetMessageClass(kind)
    if depth >= DEPTH_MAX:
        return st.just(cls())
    fields = {field.name: _field(field, depth) for field in kind.fields}
    return st.fixed_dictionaries({}, optional=fields).map(lambda given: cls(**given))


_TYPES = [EVENT_TYPES[name] for name in sorted(EVENT_TYPES)]
_EVENTS = {cls: messages(cls.DESCRIPTOR) for cls in _TYPES}  # type: ignore[arg-type] # two stubs of it
any_event = st.sampled_from(_TYPES).flatmap(lambda cls: _EVENTS[cls])
"""Any event of any context."""


_INTAKE = st.sampled_from([cls for cls in _TYPES if ".intake." in cls.DESCRIPTOR.full_name]).flatmap(
    lambda cls: _EVENTS[cls]
)


def _of_the_case(event: Message) -> PetitionRegistered:
    assert isinstance(event, PetitionRegistered)
    event.case_id = CASE
    return event


registered = _EVENTS[PetitionRegistered].map(_of_the_case)
"""The case's own registration: without it a fold knows of nothing that follows whose it is."""


@st.composite
def histories(draw: st.DrawFn) -> list[Fact]:
    """What a case's logs may hold: as each store writes it, and whatever the events say."""
    begun = [draw(registered)] if draw(st.booleans()) else []
    events = [*begun, *draw(st.lists(any_event | _INTAKE, min_size=1, max_size=8))]
    return [_fact(draw, number, event) for number, event in enumerate(events, 1)]


def _fact(draw: st.DrawFn, number: int, event: Message) -> Fact:
    context = event.DESCRIPTOR.full_name.split(".")[1]
    own = f"petition-{CASE}"
    stream = own if number == 1 else draw(st.sampled_from((own, own, f"petition-{OTHER}", f"other-{CASE}")))
    return Fact(
        context=context,
        log=f"{context}@990000",
        position=number,
        stream=stream,
        version=number,
        event_id=f"event-{number}",
        recorded=draw(instants),
        occurred=draw(instants),
        case_ids=draw(st.sampled_from(((CASE,), (CASE, OTHER), ("", CASE)))),
        causes=(),
        event=event,
    )

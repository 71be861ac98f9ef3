"""What no command can carry, in whatever field: numbers and times beyond all bounds, forms of fields.

They stand here once, over the descriptors: a new command or field has them without a word. What a field means
beyond that (a count of people, days left, what came before) its own decider judges.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1 import form_pb2
from huiyin.common.v1.form_pb2 import FORM_AS_WRITTEN, Form
from huiyin_domain.calendar.calendar import YEAR_MIN
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, local_date
from huiyin_domain.refusal import Refusal, invalid


@cache
def form_of(field: FieldDescriptor) -> Form.ValueType:
    """What the field must look like in a request."""
    return field.GetOptions().Extensions[form_pb2.form]


def is_taken_as_written(field: FieldDescriptor) -> bool:
    """Whether a field of a request is taken whatever stands in it (promise P1; domain rules, 2.4).

    What the form of requests and the bounds of numbers and times ask of every other field, these are not
    asked: what cannot be taken of them is kept sealed as it was written, for a person to settle.
    """
    return form_of(field) == FORM_AS_WRITTEN


NUMBER_MAX = 2**53 - 1
"""The largest whole number that every reader of JSON takes as it is."""

_WHOLE = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


def beyond_bounds(command: Message, context: Context) -> Refusal | None:
    """A refusal for the first time or number of a command that no act can have."""
    return next(_faults(command, context, ""), None)


def _faults(message: Message, context: Context, path: str) -> Iterator[Refusal]:
    for field, value in message.ListFields():
        if is_taken_as_written(field):
            continue
        for number, one in enumerate(value if field.is_repeated else (value,)):
            where = f"{path}{field.name}[{number}]" if field.is_repeated else f"{path}{field.name}"
            yield from _of_value(field, one, context, where)


def _of_value(field: Any, value: Any, context: Context, where: str) -> Iterator[Refusal]:
    match value:
        case Timestamp():
            yield from _of_time(value, context, where)
        case Message():
            yield from _faults(value, context, f"{where}.")
        case int() if field.cpp_type in _WHOLE and not 0 <= value <= NUMBER_MAX:
            message = f"{where} is {value}, and not from 0 to {NUMBER_MAX}: give the number that you read"
            yield invalid("NUMBER_OUT_OF_RANGE", message, field=where, maximum=str(NUMBER_MAX))


def _of_time(stamp: Timestamp, context: Context, where: str) -> Iterator[Refusal]:
    """Commands tell of what has happened, and of nothing from before the time zone was one."""
    told, latest = instant(stamp), context.now + context.policy.limits.future_tolerance
    if told > latest:
        message = f"{where} {told.isoformat()} lies in the future: record what has happened"
        yield invalid("TIME_IN_FUTURE", message, field=where, now=context.now.isoformat())
    elif local_date(told).year < YEAR_MIN:
        message = f"{where} {told.isoformat()} lies before {YEAR_MIN}: check the year"
        yield invalid("TIME_TOO_EARLY", message, field=where, year_min=str(YEAR_MIN))

"""What every command is checked for alike: who acts, what is given, what can be kept.

The bounds stand here once, over the descriptors: a new command or field has them without a word. What a field
means beyond that (a count of people, days left, what came before) its own decider judges.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1 import form_pb2
from huiyin.common.v1.form_pb2 import FORM_AS_WRITTEN, Form
from huiyin.common.v1.types_pb2 import Sealed, Secret
from huiyin_domain.calendar.calendar import YEAR_MIN
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import instant, local_date, parse_date, shifted
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.refusal import Refusal, forbidden, invalid


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


ACTING_ROLES = (Role.OFFICER, Role.HEAD, Role.SYSTEM)
"""Roles that act for an agency; auditors and administrators change no case."""


class UnsealedSecretError(Exception):
    """Personal data reached a decider in clear: the edge failed to seal it. Always a programming error."""


def sealed_of(secret: Secret) -> Sealed | None:
    """The sealed content of a secret, None when none was given. Raises UnsealedSecretError."""
    if secret.HasField("clear"):
        raise UnsealedSecretError("a secret in clear reached a decider; its content is not repeated here")
    return secret.sealed if secret.HasField("sealed") else None


def content_missing(field: str, secret: Secret) -> Refusal | None:
    """A refusal when required content was not given."""
    if sealed_of(secret) is not None:
        return None
    return invalid("CONTENT_REQUIRED", f"{field} is missing: give its text", field=field)


def field_missing(field: str, value: str) -> Refusal | None:
    """A refusal when a required text, such as an identifier, is empty."""
    return None if value else invalid("FIELD_REQUIRED", f"{field} is missing: give it", field=field)


def not_of_an_agency(context: Context) -> Refusal | None:
    """A refusal unless the caller is of an agency of the directory that handles cases."""
    principal = context.principal
    if principal.acting_agency not in context.policy.directory:
        message = (
            f"{principal.acting_agency or 'the caller'} is not in the directory of agencies: have it entered"
        )
        return forbidden("UNKNOWN_AGENCY", message, agency=principal.acting_agency)
    if context.policy.directory.is_kind(principal.acting_agency, OrganisationKind.AUDIT):
        return _audit_body(forbidden, principal.acting_agency)
    return None


def not_acting_for_agency(context: Context) -> Refusal | None:
    """A refusal unless an officer or system of an agency calls; supervisors and others handle nothing."""
    if refusal := not_of_an_agency(context):
        return refusal
    if not context.principal.has(*ACTING_ROLES):
        message = "the caller's roles do not act for an agency: call as one of its officers"
        return forbidden("ROLE_NOT_ALLOWED", message, allowed=",".join(ACTING_ROLES))
    return None


def not_an_officer(context: Context) -> Refusal | None:
    """A refusal unless a named officer acts for an agency of the directory."""
    if refusal := not_acting_for_agency(context):
        return refusal
    if context.principal.officer and context.principal.has(Role.OFFICER, Role.HEAD):
        return None
    message = "this takes a named officer of the agency, not a system: call with an officer's token"
    return forbidden("OFFICER_REQUIRED", message, allowed=f"{Role.OFFICER},{Role.HEAD}")


def unknown_agency(field: str, code: str, context: Context) -> Refusal | None:
    """A refusal when a named agency is not in the directory, or is one that has no part in any case."""
    if context.policy.directory.is_kind(code, OrganisationKind.AUDIT):
        return _audit_body(invalid, code)
    return not_in_directory(field, code, context)


def not_in_directory(field: str, code: str, context: Context) -> Refusal | None:
    """The same for one that is only spoken of, such as who is accused: that may be any agency."""
    if code in context.policy.directory:
        return None
    message = f"{field} names {code or 'no agency'}, which is not in the directory: give an organisation code"
    return invalid("UNKNOWN_UNIT", message, field=field, unit=code)


def _audit_body(refused: Callable[..., Refusal], code: str) -> Refusal:
    """Who reads whole logs handles nothing that stands in them (Art. 30(3))."""
    message = f"{code} reads whole logs and therefore has no part in any case: let another agency act"
    return refused("AUDIT_BODY", message, unit=code)


def no_handling_unit(field: str, code: str, context: Context) -> Refusal | None:
    """A refusal when a named agency is unknown, or one that no case can be given to."""
    if refusal := unknown_agency(field, code, context):
        return refusal
    if context.policy.directory.handles_cases(code):
        return None
    message = f"{field} names {code}, which decides between others and handles no cases: name a handling unit"
    return invalid("NO_HANDLING_UNIT", message, field=field, unit=code)


def due_date_fault(field: str, text: str, context: Context) -> Refusal | None:
    """A refusal unless the text is a day by which something can still be done.

    It is not before the day of recording, however long ago the act is said to have been, and not so far away
    that nobody who is told of it will ever see it.
    """
    day, earliest = parse_date(text), local_date(context.now)
    if day is None:
        message = f"{field} is not a day such as {earliest.isoformat()}: write YYYY-MM-DD"
        return invalid("MALFORMED_DATE", message, field=field, value=text[:20])
    if day < earliest:
        message = f"{field} {text} lies before {earliest.isoformat()}, today: give a later day"
        return invalid("DUE_DATE_PASSED", message, field=field, earliest=earliest.isoformat())
    latest = shifted(earliest, context.policy.limits.due_years_max * 366)
    if day > latest:
        message = f"{field} {text} lies after {latest.isoformat()}: give a day that somebody can keep"
        return invalid("DUE_DATE_TOO_FAR", message, field=field, latest=latest.isoformat())
    return None


def told_time(stamp: Timestamp, context: Context) -> datetime:
    """The time given, or when the act occurred. An unset timestamp stands for none given."""
    return instant(stamp) if stamp.ByteSize() else context.occurred


def time_fault(stamp: Timestamp, field: str, context: Context) -> Refusal | None:
    """A refusal for a time in the future; what it follows is judged with the times of all acts."""
    told = told_time(stamp, context)
    if told > context.now + context.policy.limits.future_tolerance:
        message = f"{field} {told.isoformat()} lies in the future: record what has happened"
        return invalid("TIME_IN_FUTURE", message, field=field, now=context.now.isoformat())
    return None

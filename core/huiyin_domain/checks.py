"""What deciders of every context check alike: who acts, that content is given, that a date can be kept."""

from collections.abc import Callable
from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.common.v1.types_pb2 import Sealed, Secret
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import instant, local_date, parse_date, shifted
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.refusal import Refusal, forbidden, invalid

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

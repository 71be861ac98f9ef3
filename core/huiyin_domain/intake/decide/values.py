"""What an officer gives for a field of a registration: it has to be what could have been registered.

For acts of an office alone: of a filing nothing refuses it (promise P1; see taking.py).
"""

from datetime import datetime

from huiyin_domain.calendar.explain import YEAR_MIN
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Context
from huiyin_domain.divisions import is_known
from huiyin_domain.refusal import Refusal, invalid


def code_fault(field: str, code: str, table: CodeTable, *, optional: bool = False) -> Refusal | None:
    """A refusal when a code is not in its table; a division also stands there by its county."""
    known = is_known(code, table) if field == "division" else code in table
    if known or (optional and not code):
        return None
    message = f"{field} {code[:20] or 'is empty and'} is not in the table {table.name}: use one of its codes"
    reason = f"UNKNOWN_{field.upper()}"
    return invalid(reason, message, field=field, allowed=table.names(), table_version=table.version)


def times_fault(received: datetime, posted: datetime | None, context: Context) -> Refusal | None:
    """A refusal when a filing cannot have been received then."""
    if received > context.now + context.policy.limits.future_tolerance:
        message = f"received_time {received.isoformat()} lies in the future: give when it was received"
        return invalid("RECEIVED_IN_FUTURE", message, field="received_time", now=context.now.isoformat())
    if received.year < YEAR_MIN:
        message = f"received_time {received.isoformat()} lies before {YEAR_MIN}: check the year"
        return invalid("RECEIVED_TOO_EARLY", message, field="received_time", year_min=str(YEAR_MIN))
    if posted is not None and posted > received:
        message = "posted_time is later than received_time: a letter is received after it was posted"
        return invalid("POSTED_AFTER_RECEIVED", message, field="posted_time", received=received.isoformat())
    return None


def person_count_fault(person_count: int, context: Context) -> Refusal | None:
    """A refusal when so many cannot petition; 0 is not given."""
    maximum = context.policy.limits.person_count_max
    if 0 <= person_count <= maximum:
        return None
    message = f"person_count {person_count} is not between 1 and {maximum}: give how many petition"
    return invalid("PERSON_COUNT_OUT_OF_RANGE", message, field="person_count", maximum=str(maximum))

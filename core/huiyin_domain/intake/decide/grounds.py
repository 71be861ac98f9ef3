"""Grounds of decisions, and values that several of them record.

For acts of an office alone: of a filing nothing refuses it (promise P1; see filing.py).

The case of the same matter is named where the log has it, and is judged by its own record; a file from
before the platform is cited. A visit that skipped a level is no ground and has no code: it is guided.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import DeclinePetitionRequest
from huiyin.intake.v1.types_pb2 import NonAcceptanceCode
from huiyin_domain.access import unknown_case
from huiyin_domain.calendar.calendar import YEAR_MIN
from huiyin_domain.checks import sealed_of
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Context, Petitioners, SameMatter
from huiyin_domain.dates import local_date, parse_date, start_of_day
from huiyin_domain.directory import is_known
from huiyin_domain.intake.competence import judicially_concluded
from huiyin_domain.intake.periods import review_open_until
from huiyin_domain.intake.same_matter import finding_missing
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, invalid


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


_ARTICLES: Mapping[NonAcceptanceCode.ValueType, str] = {
    types.NON_ACCEPTANCE_CODE_IN_HAND: "Regulations of 2022, Art. 19(3)",
    types.NON_ACCEPTANCE_CODE_RE_REVIEWED: "Regulations of 2022, Art. 36(3)",
    types.NON_ACCEPTANCE_CODE_REVIEW_OPEN: "Regulations of 2022, Arts. 35, 36",
    types.NON_ACCEPTANCE_CODE_TERMINATED: "Regulations of 2022, Art. 31(1)",
}
"""The codes that rest on what became of the matter elsewhere; NA4 and NA5 rest on who is competent."""


def ground_missing(state: Petition, command: DeclinePetitionRequest, context: Context) -> Refusal | None:
    """A refusal unless the code's ground stands: in the named case's record, or in a cited document."""
    if command.same_case_id == state.case_id:
        message = "same_case_id names this case itself: name the other one"
        return invalid("LINK_TO_ITSELF", message, field="same_case_id")
    if command.code not in _ARTICLES:
        return None
    return (
        _nothing_named(state, command)
        or _document_fault(command, context)
        or _another_petitioner(command, context)
        or _in_its_record(state, command, context)
        or _same_facts_fault(command)
    )


def review_last_day(state: Petition, command: DeclinePetitionRequest, context: Context) -> date | None:
    """Until when the petitioner may ask for review of the answer that there is; None for other codes."""
    if command.code != types.NON_ACCEPTANCE_CODE_REVIEW_OPEN:
        return None
    served = _answer_served(command, context)
    calendar = context.policy.timetable.calendar_of(state.registration.division)
    return review_open_until(served, calendar) if served else None


def _nothing_named(state: Petition, command: DeclinePetitionRequest) -> Refusal | None:
    own = command.code == types.NON_ACCEPTANCE_CODE_TERMINATED and judicially_concluded(state)
    if own or command.same_case_id or sealed_of(command.earlier_document) is not None:
        return None
    message = (
        "same_case_id is missing: name the case in which the matter is or was handled; for a file from "
        "before the platform cite its document in earlier_document, with earlier_date"
    )
    return _refused(command, Kind.INVALID, "SAME_CASE_REQUIRED", message, field="same_case_id")


def _document_fault(command: DeclinePetitionRequest, context: Context) -> Refusal | None:
    """A document is cited with its date; for an open remedy, with the day on which it was served."""
    if sealed_of(command.earlier_document) is None:
        return None
    day, today = parse_date(command.earlier_date), local_date(context.now)
    if day is None:
        message = f"earlier_date is not a day such as {today.isoformat()}: write YYYY-MM-DD"
        return invalid("MALFORMED_DATE", message, field="earlier_date", value=command.earlier_date[:20])
    if day <= today:
        return None
    message = f"earlier_date {command.earlier_date} lies in the future: cite what there is"
    return invalid("TIME_IN_FUTURE", message, field="earlier_date", now=today.isoformat())


def _another_petitioner(command: DeclinePetitionRequest, context: Context) -> Refusal | None:
    """The same matter of somebody else is that person's: it is registered, linked and answered for itself."""
    if command.code == types.NON_ACCEPTANCE_CODE_TERMINATED:
        return None
    if context.same_matter and context.same_matter.petitioners is Petitioners.DIFFERENT:
        message = "the other case is another petitioner's: accept this one, and link the two"
        return _refused(command, Kind.STATE, "ANOTHER_PETITIONER", message)
    if command.same_petitioner:
        return None
    message = "same_petitioner is missing: an officer finds that both are the same petitioner's, or accepts"
    return _refused(command, Kind.INVALID, "SAME_PETITIONER_REQUIRED", message, field="same_petitioner")


def _in_its_record(state: Petition, command: DeclinePetitionRequest, context: Context) -> Refusal | None:
    """What the named case's own record says; a cited document stands for itself, but for an open remedy."""
    if command.code == types.NON_ACCEPTANCE_CODE_REVIEW_OPEN:
        return _review_fault(state, command, context)
    if not command.same_case_id:
        return None
    if context.same_matter is None:
        return unknown_case()
    holds, reason, message = _RECORDS[command.code]
    return None if holds(context.same_matter) else _refused(command, Kind.STATE, reason, message)


def _review_fault(state: Petition, command: DeclinePetitionRequest, context: Context) -> Refusal | None:
    if command.same_case_id and context.same_matter is None:
        return unknown_case()
    last_day, today = review_last_day(state, command, context), local_date(context.effective)
    if last_day and today <= last_day:
        return None
    until = {"last_day": last_day.isoformat()} if last_day else {}
    message = "there is no answer whose time for review or re-review is open: accept, or give the right code"
    return _refused(command, Kind.STATE, "REVIEW_NOT_OPEN", message, **until)


def _same_facts_fault(command: DeclinePetitionRequest) -> Refusal | None:
    """What was re-reviewed is over on the same facts and reasons, as a person finds them (Art. 36(3))."""
    if command.code != types.NON_ACCEPTANCE_CODE_RE_REVIEWED:
        return None
    if refusal := finding_missing("same_facts", command.same_facts):
        return refusal
    if command.same_facts.same_facts == types.SAME_FACTS_SAME:
        return None
    message = "new facts or reasons make a new matter: accept it"
    return _refused(command, Kind.STATE, "NEW_FACTS", message)


def _answer_served(command: DeclinePetitionRequest, context: Context) -> datetime | None:
    if command.same_case_id:
        return context.same_matter.answer_served if context.same_matter else None
    day = parse_date(command.earlier_date)
    return start_of_day(day) if day else None


_RECORDS: Mapping[NonAcceptanceCode.ValueType, tuple[Callable[[SameMatter], bool], str, str]] = {
    types.NON_ACCEPTANCE_CODE_IN_HAND: (
        lambda matter: matter.in_hand,
        "SAME_CASE_NOT_IN_HAND",
        "nobody has the other case in hand: accept this one",
    ),
    types.NON_ACCEPTANCE_CODE_RE_REVIEWED: (
        lambda matter: matter.re_reviewed,
        "NOT_RE_REVIEWED",
        "no re-review opinion that ends the matter was served in the other case: accept this one",
    ),
    types.NON_ACCEPTANCE_CODE_TERMINATED: (
        lambda matter: matter.concluded,
        "NOT_CONCLUDED",
        "no judicial organ handed the other case back as lawfully concluded: accept this one, or lead it on",
    ),
}


def _refused(command: DeclinePetitionRequest, kind: Kind, reason: str, message: str, **facts: str) -> Refusal:
    return Refusal(kind, reason, message, facts, _ARTICLES[command.code])

"""登记: every filing is registered; only a malformed request is refused (P1; domain rules, 2.4)."""

from datetime import datetime

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_REGISTRATION, ENTRY_KIND_IMPORTED, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_domain.calendar.explain import YEAR_MIN
from huiyin_domain.checks import content_missing, not_acting_for_agency, sealed_of
from huiyin_domain.codes import CodeTable
from huiyin_domain.context import Context
from huiyin_domain.dates import instant, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.numbers import display_number
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


def register(state: Petition, command: RegisterPetitionRequest, context: Context) -> Decision:
    """The registering unit is the first responsible one. Fresh ids: the case, and the person if new."""
    if state.exists:
        return wrong_state("ALREADY_REGISTERED", f"case {state.case_id} is registered: begin a new one")
    refusal = (
        not_acting_for_agency(context) or _codes_fault(command, context) or _content_fault(command, context)
    )
    return refusal or (_registered(command, context),)


def _codes_fault(command: RegisterPetitionRequest, context: Context) -> Refusal | None:
    codes = context.policy.codes
    return (
        code_fault("channel", command.channel, codes.channels)
        or code_fault("division", command.division, codes.divisions)
        or (code_fault("content_class", command.content_class, codes.content_classes, optional=True))
        or code_fault("purpose", command.purpose, codes.purposes, optional=True)
        or code_fault("source", command.source, codes.sources, optional=True)
    )


def code_fault(field: str, code: str, table: CodeTable, *, optional: bool = False) -> Refusal | None:
    """A refusal when a code is not in its table."""
    if code in table or (optional and not code):
        return None
    message = f"{field} {code[:20] or 'is empty and'} is not in the table {table.name}: use one of its codes"
    reason = f"UNKNOWN_{field.upper()}"
    return invalid(reason, message, field=field, allowed=table.names(), table_version=table.version)


def _content_fault(command: RegisterPetitionRequest, context: Context) -> Refusal | None:
    return (
        content_missing("content", command.content)
        or times_fault(_received(command, context), _posted(command), context)
        or person_count_fault(command.person_count, context)
        or _history_fault(command, context)
    )


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


def _received(command: RegisterPetitionRequest, context: Context) -> datetime:
    return instant(command.received_time) if command.HasField("received_time") else context.occurred


def _posted(command: RegisterPetitionRequest) -> datetime | None:
    return instant(command.posted_time) if command.HasField("posted_time") else None


def person_count_fault(person_count: int, context: Context) -> Refusal | None:
    """A refusal when so many cannot petition; 0 is not given."""
    maximum = context.policy.limits.person_count_max
    if 0 <= person_count <= maximum:
        return None
    message = f"person_count {person_count} is not between 1 and {maximum}: give how many petition"
    return invalid("PERSON_COUNT_OUT_OF_RANGE", message, field="person_count", maximum=str(maximum))


def _history_fault(command: RegisterPetitionRequest, context: Context) -> Refusal | None:
    """History says where it comes from, for what nobody here received can be looked up there alone."""
    if context.entry.kind != ENTRY_KIND_IMPORTED or command.source:
        return None
    message = "source is missing: say by its code from where the imported filing comes"
    return invalid("SOURCE_REQUIRED", message, field="source")


def _registered(command: RegisterPetitionRequest, context: Context) -> events.PetitionRegistered:
    case_id, unit = context.new_ids[0], context.principal.acting_agency
    return events.PetitionRegistered(
        case_id=case_id,
        display_number=display_number(command.division, context.occurred, case_id),
        channel=command.channel,
        received_time=stamp(_received(command, context)),
        posted_time=command.posted_time if command.HasField("posted_time") else None,
        person_id=command.person_id or context.new_ids[1],
        petitioner=sealed_of(command.petitioner),
        subject=sealed_of(command.subject),
        content=sealed_of(command.content),
        division=command.division,
        content_class=command.content_class,
        purpose=command.purpose,
        person_count=command.person_count or 1,
        anonymous=command.anonymous,
        unit=unit,
        petition_office=context.policy.directory.is_kind(unit, OrganisationKind.PETITION_OFFICE),
        source=command.source,
        source_reference=sealed_of(command.source_reference),
        query_code_hash=context.query_code_hashes[0] if context.query_code_hashes else b"",
        issue_sketch=context.issue_sketch,
        authority=Authority(kind=AUTHORITY_KIND_REGISTRATION, organ=unit),
    )

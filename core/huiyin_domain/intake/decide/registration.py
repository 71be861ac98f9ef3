"""登记: a filing is registered, and put again in other words."""

from huiyin.common.v1.types_pb2 import (
    AUTHORITY_KIND_REGISTRATION,
    ENTRY_KIND_IMPORTED,
    ENTRY_KIND_TIMELY,
    Authority,
    Secret,
)
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest, RestatePetitionRequest
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_domain.acts.judge import last_day_to_enter
from huiyin_domain.checks import content_missing, not_acting_for_agency, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, stamp
from huiyin_domain.decider import Decision
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.filing import Taken, taken
from huiyin_domain.intake.guards import by_holder_or_office, finder, not_the_registration_known
from huiyin_domain.intake.registered import display_number
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


def register(state: Petition, command: RegisterPetitionRequest, context: Context) -> Decision:
    """The registering unit is the first responsible one. Fresh ids: the case, and the person if new."""
    if state.exists:
        return wrong_state("ALREADY_REGISTERED", f"case {state.case_id} is registered: begin a new one")
    return not_acting_for_agency(context) or (_registered(command, context),)


def _doubts(
    command: RegisterPetitionRequest, standing: Taken, context: Context
) -> list[RegistrationDoubt.ValueType]:
    """What a person has to settle: of the values, and of what is missing or late."""
    whole = {
        types.REGISTRATION_DOUBT_CONTENT_MISSING: sealed_of(command.content) is None,
        types.REGISTRATION_DOUBT_SOURCE: context.entry.kind == ENTRY_KIND_IMPORTED and not standing.source,
        types.REGISTRATION_DOUBT_ENTERED_LATE: _is_late(standing, context),
    }
    return sorted({*standing.doubts, *(doubt for doubt, holds in whole.items() if holds)})


def _is_late(standing: Taken, context: Context) -> bool:
    """Received longer ago than an act is entered in time; its periods run from receipt all the same."""
    days = context.policy.limits.entry_working_days
    calendar = context.policy.calendar_at(context.principal.acting_agency)
    last = last_day_to_enter(standing.received, days, calendar)
    return context.entry.kind == ENTRY_KIND_TIMELY and local_date(context.now) > last


def _registered(command: RegisterPetitionRequest, context: Context) -> events.PetitionRegistered:
    case_id, unit = context.new_ids[0], context.principal.acting_agency
    standing = taken(command, context.policy, context.occurred)
    return events.PetitionRegistered(
        case_id=case_id,
        display_number=display_number(standing.division, context.occurred, case_id),
        channel=standing.channel,
        received_time=stamp(standing.received),
        posted_time=standing.posted,
        person_id=command.person_id or context.new_ids[1],
        petitioner=sealed_of(command.petitioner),
        subject=sealed_of(command.subject),
        content=sealed_of(command.content),
        division=standing.division,
        content_class=standing.content_class,
        purpose=standing.purpose,
        person_count=standing.person_count,
        anonymous=command.anonymous,
        unit=unit,
        petition_office=context.policy.directory.is_kind(unit, OrganisationKind.PETITION_OFFICE),
        source=standing.source,
        source_reference=sealed_of(command.source_reference),
        query_code_hash=context.query_code_hashes[0] if context.query_code_hashes else b"",
        issue_sketch=context.issue_sketch,
        authority=Authority(kind=AUTHORITY_KIND_REGISTRATION, organ=unit),
        doubts=_doubts(command, standing, context),
        place_as_written=sealed_of(command.place_as_written),
        as_written=sealed_of(command.as_written),
    )


def restate(state: Petition, command: RestatePetitionRequest, context: Context) -> Decision:
    """A correction of what was taken down or completed; the first words stay in the log."""
    refusal = (
        by_holder_or_office(state, command, context)
        or _closed(state)
        or content_missing("content", command.content)
    )
    if refusal:
        return refusal
    if state.registration.content == sealed_of(command.content):
        return ()
    revised = not_the_registration_known(state, command.registration_version)
    return revised or (restated(state, command.subject, command.content, context),)


def restated(state: Petition, subject: Secret, content: Secret, context: Context) -> events.PetitionRestated:
    """The one event by which a case is restated, whatever led to it: it looks alike for all."""
    return events.PetitionRestated(
        subject=sealed_of(subject),
        content=sealed_of(content),
        issue_sketch=context.issue_sketch,
        authority=finder(state, context),
    )


def _closed(state: Petition) -> Refusal | None:
    if state.status != types.PETITION_STATUS_CLOSED:
        return None
    return wrong_state("ALREADY_CLOSED", "the case is closed: register what is new as a filing of its own")

"""分办与关联: a matter is split in two, or linked with another case."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE, Track
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import ClassifyPetitionRequest, LinkCaseRequest, SplitPetitionRequest
from huiyin.intake.v1.types_pb2 import LinkKind
from huiyin_domain.access import ART_30, kept_out_by
from huiyin_domain.checks import content_missing, field_missing, not_in_directory, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory, OrganisationKind
from huiyin_domain.intake.decide.classification import classify
from huiyin_domain.intake.decide.registration import restated
from huiyin_domain.intake.evolve import evolve
from huiyin_domain.intake.filing import OF_PLACE
from huiyin_domain.intake.guards import (
    by_holder_officer,
    by_holder_or_office,
    finder,
    not_given,
    not_the_registration_known,
    recused,
    status_name,
)
from huiyin_domain.intake.records import LinkedCase
from huiyin_domain.intake.registered import display_number
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


def link_case(state: Petition, command: LinkCaseRequest, context: Context) -> Decision:
    """Cases stay separate; the link says what an officer found."""
    refusal = by_holder_officer(state, command, context) or field_missing(
        "other_case_id", command.other_case_id
    )
    if refusal := refusal or _link_fault(state, command):
        return refusal
    if LinkedCase(command.other_case_id, command.kind) in state.links:
        return ()
    return (events.CaseLinked(other_case_id=command.other_case_id, kind=command.kind),)


def tells_of_accusation(state: Petition, other: Petition, directory: Directory) -> Refusal | None:
    """A refusal when naming the other case here would tell of it to who is, or may be, accused there.

    A case names an accusation only if it is one itself and keeps out everybody whom the other keeps out; the
    accusation may name whatever it wants (Art. 30(3)).
    """
    kept_out = kept_out_by(directory)
    accuses = other.track == TRACK_DISCIPLINE and state.track != TRACK_DISCIPLINE
    if not accuses and kept_out(other.accused_units) <= kept_out(state.accused_units):
        return None
    message = "an accusation is named in no case that others see: link from the accusation to this case"
    return wrong_state("LINK_FROM_THE_ACCUSATION", message, ART_30)


def _link_fault(state: Petition, command: LinkCaseRequest) -> Refusal | None:
    if command.other_case_id == state.case_id:
        message = "other_case_id names this case itself: name the other one"
        return invalid("LINK_TO_ITSELF", message, field="other_case_id")
    if command.kind == types.LINK_KIND_SPLIT:
        message = "a split makes its own link: split the petition, or link as same matter or related"
        return invalid("LINK_KIND_NOT_ALLOWED", message, field="kind")
    return not_given(LinkKind.DESCRIPTOR, command.kind, "kind")


@dataclass(frozen=True, slots=True)
class SplitDecision:
    """Events of two streams that happen together or not at all."""

    origin_events: Sequence[Message]
    part_case_id: str
    part_events: Sequence[Message]


def split(state: Petition, command: SplitPetitionRequest, context: Context) -> Refusal | SplitDecision:
    """The part begins with who splits it off, which then classifies and routes it. Fresh id: the part.

    Nothing in the case that it comes from tells of it: that is restated, as a correction would be, and the
    part alone names its origin. So an accused unit that stays a party there learns nothing (Art. 30(3)).
    """
    refusal = (
        _not_splitting(state, command, context)
        or _not_splittable(state)
        or _track_fault(state, command)
        or _accused_fault(command, context)
        or content_missing("content", command.content)
        or content_missing("remainder.content", command.remainder.content)
        or content_missing("reasons", command.reasons)
        or not_the_registration_known(state, command.registration_version)
    )
    if refusal := refusal or recused(state, context.principal):
        return refusal
    part_events = _part_events(state, command, context)
    if isinstance(part_events, Refusal):
        return part_events
    remainder = restated(state, command.remainder.subject, command.remainder.content, context)
    return SplitDecision((remainder,), context.new_ids[0], part_events)


def _not_splitting(state: Petition, command: SplitPetitionRequest, context: Context) -> Refusal | None:
    """The responsible unit; an accusation also the office that registered the filing (Arts. 22(2), 30)."""
    if command.track == TRACK_DISCIPLINE:
        return by_holder_or_office(state, command, context)
    return by_holder_officer(state, command, context)


def _not_splittable(state: Petition) -> Refusal | None:
    if state.petition_class == types.PETITION_CLASS_UNSPECIFIED:
        message = "the case is not classified: decide its own track first"
        return wrong_state("NOT_CLASSIFIED", message, status=status_name(state.status))
    if state.status == types.PETITION_STATUS_CLOSED:
        return wrong_state("ALREADY_CLOSED", "the case is closed: register the part as a filing of its own")
    return None


def _track_fault(state: Petition, command: SplitPetitionRequest) -> Refusal | None:
    """What belongs to another track is another matter; several accusations may be several matters."""
    if refusal := not_given(Track.DESCRIPTOR, command.track, "track"):
        return refusal
    if command.track == state.track:
        message = "a part has another track than the case it comes from: name that track"
        return invalid("SAME_TRACK", message, field="track", track=Track.Name(state.track))
    return None


def _accused_fault(command: SplitPetitionRequest, context: Context) -> Refusal | None:
    if command.accused_units and command.track != TRACK_DISCIPLINE:
        message = "accused_units belong to an accusation (Art. 30): leave them out, or split one off"
        return invalid("ACCUSED_UNITS_NOT_ALLOWED", message, field="accused_units")
    unknown = (not_in_directory("accused_units", unit, context) for unit in command.accused_units)
    return next((refusal for refusal in unknown if refusal), None)


def _part_events(
    state: Petition, command: SplitPetitionRequest, context: Context
) -> Refusal | Sequence[Message]:
    """An accusation whose accused are known is behind the wall from its first event."""
    registered = _part(state, command, context)
    if not command.accused_units:
        return (registered,)
    part = evolve(Petition(), registered)
    found = ClassifyPetitionRequest(
        case_id=registered.case_id,
        epoch=part.epoch,
        petition_class=types.PETITION_CLASS_ACCUSATION,
        track=TRACK_DISCIPLINE,
        accused_units=command.accused_units,
        reasons=command.reasons,
    )
    classified = classify(part, found, context)
    return classified if isinstance(classified, Refusal) else (registered, *classified)


def _part(state: Petition, command: SplitPetitionRequest, context: Context) -> events.PetitionRegistered:
    origin, case_id = state.registration, context.new_ids[0]
    unit = context.principal.acting_agency
    code_hashes = context.query_code_hashes or (origin.query_code_hash,)
    return events.PetitionRegistered(
        case_id=case_id,
        display_number=display_number(origin.division, context.occurred, case_id),
        channel=origin.channel,
        received_time=stamp(origin.received_time),
        person_id=origin.person_id,
        petitioner=origin.petitioner,
        subject=sealed_of(command.subject),
        content=sealed_of(command.content),
        division=origin.division,
        person_count=origin.person_count,
        anonymous=origin.anonymous,
        unit=unit,
        petition_office=context.policy.directory.is_kind(unit, OrganisationKind.PETITION_OFFICE),
        query_code_hash=code_hashes[-1],
        origin_case_id=origin.case_id,
        track=command.track,
        issue_sketch=context.part_sketch,
        authority=finder(state, context),
        split_reasons=sealed_of(command.reasons),
        doubts=sorted(state.doubts & OF_PLACE),
    )

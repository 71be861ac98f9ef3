"""诉访分离: a part of another track becomes a linked case of its own (Art. 28(2); promise P3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import SplitPetitionRequest
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.guards import by_holder_officer, not_given, status_name
from huiyin_domain.intake.numbers import display_number
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


@dataclass(frozen=True, slots=True)
class SplitDecision:
    """Events of two streams that happen together or not at all."""

    origin_events: Sequence[Message]
    part_case_id: str
    part_events: Sequence[Message]


def split(state: Petition, command: SplitPetitionRequest, context: Context) -> Refusal | SplitDecision:
    """The part begins with the origin's holder, which then classifies and routes it. Fresh id: the part."""
    refusal = (
        by_holder_officer(state, command, context)
        or _not_splittable(state)
        or _track_fault(state, command)
        or content_missing("content", command.content)
    )
    if refusal:
        return refusal
    part_case_id = context.new_ids[0]
    reasons = sealed_of(command.reasons)
    origin = events.PetitionSplit(part_case_id=part_case_id, track=command.track, reasons=reasons)
    return SplitDecision((origin,), part_case_id, (_part(state, command, context),))


def _not_splittable(state: Petition) -> Refusal | None:
    if state.petition_class == types.PETITION_CLASS_UNSPECIFIED:
        message = "the case is not classified: decide its own track first"
        return wrong_state("NOT_CLASSIFIED", message, status=status_name(state.status))
    if state.status == types.PETITION_STATUS_CLOSED:
        return wrong_state("ALREADY_CLOSED", "the case is closed: register the part as a filing of its own")
    return None


def _track_fault(state: Petition, command: SplitPetitionRequest) -> Refusal | None:
    """One part for each other track: what belongs to one track is one matter."""
    if refusal := not_given(Track.DESCRIPTOR, command.track, "track"):
        return refusal
    if command.track == state.track:
        message = "a part has another track than the case it comes from: name that track"
        return invalid("SAME_TRACK", message, field="track", track=Track.Name(state.track))
    part = next((part for part in state.parts if part.track == command.track), None)
    if part is None:
        return None
    message = f"case {part.case_id} is the part of that track already: add to it there"
    return wrong_state("PART_EXISTS", message, part_case_id=part.case_id)


def _part(state: Petition, command: SplitPetitionRequest, context: Context) -> events.PetitionRegistered:
    origin, case_id, unit = state.registration, context.new_ids[0], state.holder
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
        query_code_hash=code_hashes[0],
        origin_case_id=origin.case_id,
        track=command.track,
        issue_sketch=context.issue_sketch,
    )

"""甄别: an officer decides class, route and the one track (Regulations of 2022, ch. 4; promise P3)."""

from collections.abc import Mapping, Sequence

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import ClassifyPetitionRequest
from huiyin.intake.v1.types_pb2 import PetitionClass, Route
from huiyin_domain.access import kept_out_by
from huiyin_domain.checks import content_missing, not_in_directory, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import ART_28, bound_to_the_judicial_track
from huiyin_domain.intake.decide.grounds import code_fault
from huiyin_domain.intake.guards import by_holder_officer, by_holder_or_office, finder, in_status, not_given
from huiyin_domain.intake.responsibility import BEFORE_OPINION, called_back, taken_from_accused
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Kind, Refusal, invalid, revised_meanwhile, wrong_state

_TRACKS: Mapping[PetitionClass.ValueType, Track.ValueType] = {
    types.PETITION_CLASS_SUGGESTION: common.TRACK_SUGGESTION,
    types.PETITION_CLASS_ACCUSATION: common.TRACK_DISCIPLINE,
    types.PETITION_CLASS_LITIGATION: common.TRACK_JUDICIAL,
}
_BEFORE_ACCEPTANCE = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_NOT_ACCEPTED,
)


def track_of(petition_class: PetitionClass.ValueType, route: Route.ValueType) -> Track.ValueType:
    """The one track of a class; a claim's depends on its route (Arts. 28(2), 29, 30, 31)."""
    if petition_class == types.PETITION_CLASS_CLAIM:
        judicial = route == types.ROUTE_JUDICIAL
        return common.TRACK_JUDICIAL if judicial else common.TRACK_ADMINISTRATIVE
    return _TRACKS[petition_class]


def classify(state: Petition, command: ClassifyPetitionRequest, context: Context) -> Decision:
    """Possible again until acceptance; a case that was not accepted is taken up again by it.

    That a matter is an accusation, and who is accused, may come to light later: then it is out of the
    accused's hands with the same decision.
    """
    refusal = _not_classifying(state, command, context) or _not_at_this_point(state, command)
    if refusal := refusal or _course_fault(state, command) or _words_fault(command, context):
        return refusal
    event = _classified(state, command, context)
    moves = _moves(state, event, context)
    if isinstance(moves, Refusal):
        return moves
    if _is_so_already(state, event) and not moves:
        return ()
    return _revised(state, command) or (event, *moves)


def _revised(state: Petition, command: ClassifyPetitionRequest) -> Refusal | None:
    """A refusal unless the officer knows what others found: what is now true is told with it."""
    if command.classification_version == state.classifications:
        return None
    return revised_meanwhile(
        "classification_version",
        command.classification_version,
        state.classifications,
        petition_class=PetitionClass.Name(state.petition_class),
        route=Route.Name(state.route),
        track=Track.Name(state.track),
        content_class=state.content_class,
    )


def _not_classifying(state: Petition, command: ClassifyPetitionRequest, context: Context) -> Refusal | None:
    """The responsible unit classifies; that the matter is an accusation, its registering office says too."""
    by_whom = by_holder_or_office if _accuses(command) else by_holder_officer
    return by_whom(state, command, context)


def _not_at_this_point(state: Petition, command: ClassifyPetitionRequest) -> Refusal | None:
    """Who is accused in an accusation is named whenever it is known; a matter turns out to be one until it is
    answered. What a judicial organ has stays there: what accuses that organ is split off."""
    if _accuses(command) and state.petition_class == types.PETITION_CLASS_ACCUSATION:
        return None
    if _accuses(command) and state.referral is None:
        return in_status(state, *BEFORE_OPINION)
    return in_status(state, *_BEFORE_ACCEPTANCE)


def _accuses(command: ClassifyPetitionRequest) -> bool:
    return command.petition_class == types.PETITION_CLASS_ACCUSATION


def _moves(
    state: Petition, event: events.PetitionClassified, context: Context
) -> Sequence[Message] | Refusal:
    kept_out = kept_out_by(context.policy.directory)(event.accused_units)
    moves = taken_from_accused(state, kept_out, context)
    turned = event.petition_class != state.petition_class
    return called_back(state) if turned and moves == () else moves


def _course_fault(state: Petition, command: ClassifyPetitionRequest) -> Refusal | None:
    return (
        not_given(PetitionClass.DESCRIPTOR, command.petition_class, "petition_class")
        or _route_fault(command)
        or _track_fault(state, command)
    )


def _route_fault(command: ClassifyPetitionRequest) -> Refusal | None:
    """The six routes are those of a claim (Art. 31); litigation has the first one, named or not."""
    if command.petition_class == types.PETITION_CLASS_CLAIM:
        return not_given(Route.DESCRIPTOR, command.route, "route")
    allowed = {types.ROUTE_UNSPECIFIED}
    if command.petition_class == types.PETITION_CLASS_LITIGATION:
        allowed.add(types.ROUTE_JUDICIAL)
    if command.route in allowed:
        return None
    message = "only a claim has a route of Art. 31: leave route empty, or classify as a claim"
    return Refusal(
        Kind.INVALID, "ROUTE_NOT_ALLOWED", message, {"field": "route"}, "Regulations of 2022, Art. 31"
    )


def _track_fault(state: Petition, command: ClassifyPetitionRequest) -> Refusal | None:
    expected = track_of(command.petition_class, command.route)
    if command.track != expected:
        name = Track.Name(expected)
        message = f"a matter of this class and route is in {name}: give that track, or another class"
        return invalid("TRACK_MISMATCH", message, field="track", expected=name)
    if state.opinions and command.track != state.track:
        message = "the case was answered in its track: split off what belongs to another one"
        return wrong_state("TRACK_FIXED_BY_OPINION", message, track=Track.Name(state.track))
    if _is_unclassified_part(state) and command.track != state.track:
        name = Track.Name(state.track)
        message = f"this part was split off for {name}: classify it so"
        return wrong_state("TRACK_FIXED_BY_SPLIT", message, track=name)
    return _out_of_the_judicial_track(state, command)


def _is_unclassified_part(state: Petition) -> bool:
    unclassified = state.petition_class == types.PETITION_CLASS_UNSPECIFIED
    return unclassified and state.track != common.TRACK_UNSPECIFIED


def _out_of_the_judicial_track(state: Petition, command: ClassifyPetitionRequest) -> Refusal | None:
    """No way around the judicial organs by another name; an accusation is nobody's way around (Art. 30)."""
    if not bound_to_the_judicial_track(state):
        return None
    if command.track in (common.TRACK_JUDICIAL, common.TRACK_DISCIPLINE):
        return None
    message = "the matter was referred as litigation: only a judicial organ finds that it is none"
    return wrong_state("TRACK_FIXED_BY_REFERRAL", message, ART_28, track=Track.Name(common.TRACK_JUDICIAL))


def _words_fault(command: ClassifyPetitionRequest, context: Context) -> Refusal | None:
    """A finding without reasons is nobody's decision: who reads it later can check nothing (P1, Art. 31)."""
    table = context.policy.codes.content_classes
    refusal = content_missing("reasons", command.reasons)
    if refusal := refusal or code_fault("content_class", command.content_class, table, optional=True):
        return refusal
    if command.accused_units and command.petition_class != types.PETITION_CLASS_ACCUSATION:
        message = (
            "accused_units belong to an accusation (Art. 30): leave them out, or split the accusation off"
        )
        return invalid("ACCUSED_UNITS_NOT_ALLOWED", message, field="accused_units")
    unknown = (not_in_directory("accused_units", unit, context) for unit in command.accused_units)
    return next((refusal for refusal in unknown if refusal), None)


def _classified(
    state: Petition, command: ClassifyPetitionRequest, context: Context
) -> events.PetitionClassified:
    return events.PetitionClassified(
        petition_class=command.petition_class,
        route=command.route,
        track=command.track,
        content_class=command.content_class,
        reasons=sealed_of(command.reasons),
        accused_units=sorted(set(command.accused_units)),
        authority=finder(state, context),
    )


def _is_so_already(state: Petition, event: events.PetitionClassified) -> bool:
    return (
        (state.status == types.PETITION_STATUS_CLASSIFIED or state.status not in _BEFORE_ACCEPTANCE)
        and (state.petition_class, state.route, state.track)
        == (event.petition_class, event.route, event.track)
        and event.content_class in ("", state.content_class)
        and state.accused_units == frozenset(event.accused_units)
    )

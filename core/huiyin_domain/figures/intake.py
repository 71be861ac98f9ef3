"""What intake's events change in the part of a case that figures need beside its marks."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.cases.parts import with_added
from huiyin_domain.dates import microseconds
from huiyin_domain.decider import Fact
from huiyin_domain.figures.state import CasePart

Rule = Callable[[CasePart, Any], CasePart]

_WITHDRAWN = (types.CLOSING_KIND_WITHDRAWN, types.CLOSING_KIND_PETITIONER_DIED)
"""Closings that answer nobody: fewer petitions are never counted as success."""

_COUNTED = frozenset({"division", "person_count"})


def evolve(part: CasePart, fact: Fact) -> CasePart:
    """The part after an event of the case's own streams."""
    rule = RULES.get(type(fact.event))
    return rule(part, fact.event) if rule else part


def named_same_matter(event: Message) -> str:
    """The other case that an event calls the same matter (相同信访事项); empty for every other event."""
    match event:
        case events.CaseLinked(kind=types.LINK_KIND_SAME_MATTER):
            return event.other_case_id
        case events.PetitionNotAccepted():
            return event.same_case_id
        case _:
            return ""


def same_matter(part: CasePart, other: str) -> CasePart:
    """The part when it is the same matter as another case."""
    return part._replace(same_matter=with_added(part.same_matter, (other,)))


def _registered(part: CasePart, event: events.PetitionRegistered) -> CasePart:
    return part._replace(
        case_id=event.case_id,
        division=event.division,
        unit=event.unit,
        received=microseconds(event.received_time),
        person_count=event.person_count,
        is_part=bool(event.origin_case_id),
        doubts=tuple(sorted(event.doubts)),
        doubted=bool(event.doubts),
        litigation=event.track == TRACK_JUDICIAL,
    )


def _corrected(part: CasePart, event: events.RegistrationCorrected) -> CasePart:
    """Counted where and when it came in by the record as it stands now."""
    values: dict[str, Any] = {name: getattr(event, name) for name in _COUNTED & {*event.fields}}
    if "received_time" in event.fields:
        values["received"] = microseconds(event.received_time)
    doubts = tuple(doubt for doubt in part.doubts if doubt not in event.settled)
    return part._replace(doubts=doubts, **values)


def _classified(part: CasePart, event: events.PetitionClassified) -> CasePart:
    litigation = (
        event.petition_class == types.PETITION_CLASS_LITIGATION
        or event.route == types.ROUTE_JUDICIAL
        or event.track == TRACK_JUDICIAL
    )
    return part._replace(
        litigation=litigation,
        accusation=event.petition_class == types.PETITION_CLASS_ACCUSATION,
        accused_units=tuple(sorted(set(event.accused_units))),
    )


def _objection_refused(part: CasePart, event: events.ObjectionRefused) -> CasePart:
    return part._replace(refused=with_added(part.refused, (event.handover_id,)))


def _opinion_issued(part: CasePart, event: events.OpinionIssued) -> CasePart:
    return part._replace(outcome=event.outcome, executed=False)


def _review_decided(part: CasePart, event: events.ReviewDecided) -> CasePart:
    """The outcome in place of the opinion's has to be carried out on its own."""
    if event.new_outcome == types.OPINION_OUTCOME_UNSPECIFIED:
        return part
    return part._replace(outcome=event.new_outcome, executed=False)


def _support_executed(part: CasePart, event: events.SupportExecuted) -> CasePart:
    """An agreement that was performed is no opinion that was carried out."""
    return part if event.agreement else part._replace(executed=True)


def _closed(part: CasePart, event: events.PetitionClosed) -> CasePart:
    return part._replace(withdrawn=part.withdrawn or event.kind in _WITHDRAWN)


def _continued(part: CasePart, event: events.PetitionContinued) -> CasePart:
    """What stands again where it stood before was not settled by what had ended it."""
    return part._replace(withdrawn=part.withdrawn or bool(event.resumed_status))


def _rated(part: CasePart, event: events.PetitionRated) -> CasePart:
    """A rating is given once; one of the two bodies may be left out of it."""
    return part._replace(
        rated=True,
        office_rating=event.office_rating,
        unit_rating=event.unit_rating,
        rating_way=event.way,
        taken_back=False,
    )


def _rating_taken_back(part: CasePart, _: Message) -> CasePart:
    """It counts no more: the case is unrated."""
    return part._replace(
        rated=False,
        office_rating=types.RATING_UNSPECIFIED,
        unit_rating=types.RATING_UNSPECIFIED,
        rating_way=types.RATING_WAY_UNSPECIFIED,
        taken_back=True,
    )


def _linked(part: CasePart, event: Message) -> CasePart:
    return same_matter(part, named_same_matter(event))


RULES: Mapping[type[Message], Rule] = {
    events.PetitionRegistered: _registered,
    events.RegistrationCorrected: _corrected,
    events.PetitionClassified: _classified,
    events.ObjectionRefused: _objection_refused,
    events.OpinionIssued: _opinion_issued,
    events.ReviewDecided: _review_decided,
    events.SupportExecuted: _support_executed,
    events.PetitionClosed: _closed,
    events.PetitionContinued: _continued,
    events.PetitionRated: _rated,
    events.RatingTakenBack: _rating_taken_back,
    events.CaseLinked: _linked,
    events.PetitionNotAccepted: _linked,
}
"""Everything else that figures need of an event stands in its marks."""

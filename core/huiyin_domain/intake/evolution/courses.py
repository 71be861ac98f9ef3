"""What registration, classification, acceptance and splitting change in a petition."""

from dataclasses import replace
from typing import Any

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.dates import instant
from huiyin_domain.intake.periods import is_on_the_spot
from huiyin_domain.intake.records import LinkedCase, Registration, SplitPart, without_accused
from huiyin_domain.intake.registered import said
from huiyin_domain.intake.state import Petition

_BEFORE_ACCEPTANCE = (
    types.PETITION_STATUS_REGISTERED,
    types.PETITION_STATUS_CLASSIFIED,
    types.PETITION_STATUS_NOT_ACCEPTED,
)


def registered(state: Petition, event: events.PetitionRegistered) -> Petition:
    """The registering unit is the first responsible unit, in epoch 1."""
    origin = event.origin_case_id
    return state._replace(
        registration=_registration(event),
        status=types.PETITION_STATUS_REGISTERED,
        track=event.track,
        content_class=event.content_class,
        holder=event.unit,
        epoch=1,
        links=(LinkedCase(origin, types.LINK_KIND_SPLIT),) if origin else (),
        doubts=frozenset(event.doubts),
    )


def _registration(event: events.PetitionRegistered) -> Registration:
    return Registration(
        case_id=event.case_id,
        display_number=event.display_number,
        unit=event.unit,
        petition_office=event.petition_office,
        person_id=event.person_id,
        query_code_hash=event.query_code_hash,
        origin_case_id=event.origin_case_id,
        track=event.track,
        contact=event.petitioner if event.HasField("petitioner") else None,
        first_contact=event.petitioner if event.HasField("petitioner") else None,
        group=event.person_count > 1,
        doubted=bool(event.doubts),
        **_of_registration(event),
    )


def _of_registration(event: events.PetitionRegistered | events.RegistrationCorrected) -> dict[str, Any]:
    """What an event says of the record; a time of receipt is always said. The class stands beside it."""
    values = {name: value for name, value in said(event).items() if name != "content_class"}
    return (
        values if "received_time" not in values else values | {"received_time": instant(event.received_time)}
    )


def corrected(state: Petition, event: events.RegistrationCorrected) -> Petition:
    """Who registered it, its number and its code stay as they were.

    Nor is who is told of ratings moved any more, once there is an opinion to be rated; who confirms a
    withdrawal never is, and what ever was a group's petition is taken for one: no correction ends it.
    """
    registration = replace(state.registration, **_of_registration(event))
    registration = replace(registration, group=registration.group or registration.person_count > 1)
    if "petitioner" in event.fields and not state.opinions:
        registration = replace(registration, contact=registration.petitioner)
    return state._replace(
        registration=registration,
        content_class=event.content_class if "content_class" in event.fields else state.content_class,
        corrections=state.corrections + 1,
        doubts=state.doubts - {*event.settled},
    )


def classified(state: Petition, event: events.PetitionClassified) -> Petition:
    """A content class given at registration stays until another one is given.

    Naming who is accused in an accusation that is in hand leaves it there: its course goes on.
    """
    in_hand = state.status not in _BEFORE_ACCEPTANCE
    goes_on = in_hand and state.track == event.track == TRACK_DISCIPLINE
    return state._replace(
        status=state.status if goes_on else types.PETITION_STATUS_CLASSIFIED,
        accepted=state.accepted and goes_on,
        petition_class=event.petition_class,
        route=event.route,
        track=event.track,
        content_class=event.content_class or state.content_class,
        classifications=state.classifications + 1,
        accused_units=frozenset(event.accused_units),
        completions=without_accused(state.completions, event.accused_units),
    )


def with_handler(state: Petition, unit: str, officer: str) -> frozenset[tuple[str, str]]:
    """The officers who handled the matter, with one more; a system is none, nor is who was not recorded."""
    return state.handlers | {(unit, officer)} if officer else state.handlers


def receipt_notified(state: Petition, event: events.ReceiptNotified) -> Petition:
    on_the_spot = state.told_on_the_spot or is_on_the_spot(state, event)
    return state._replace(notified_by=state.notified_by | {event.unit}, told_on_the_spot=on_the_spot)


def accepted(state: Petition, event: events.PetitionAccepted) -> Petition:
    handlers = with_handler(state, event.unit, event.officer)
    return state._replace(status=types.PETITION_STATUS_ACCEPTED, accepted=True, handlers=handlers)


def not_accepted(state: Petition, event: events.PetitionNotAccepted) -> Petition:
    """The case stays with its holder and stays visible (promise P1)."""
    same = event.same_case_id
    links = _with_link(state, LinkedCase(same, types.LINK_KIND_SAME_MATTER)) if same else state.links
    handlers = with_handler(state, state.holder, event.officer)
    status = types.PETITION_STATUS_NOT_ACCEPTED
    return state._replace(status=status, links=links, told=False, handlers=handlers)


def led_into_procedure(state: Petition, event: events.LedIntoProcedure) -> Petition:
    return state._replace(status=types.PETITION_STATUS_LED_INTO_PROCEDURE, told=False)


def told(state: Petition, event: events.PetitionerTold) -> Petition:
    """How far it is may be told again; what was decided is told once."""
    if event.telling == types.TELLING_PROGRESS:
        return state._replace(word=event.document)
    return state._replace(told=True)


def restated(state: Petition, event: events.PetitionRestated) -> Petition:
    """What was registered stays in the log as it was; this is what is told of it now."""
    subject = event.subject if event.HasField("subject") else None
    registration = replace(state.registration, subject=subject, content=event.content)
    return state._replace(registration=registration, corrections=state.corrections + 1)


def split(state: Petition, event: events.PetitionSplit) -> Petition:
    part = SplitPart(event.part_case_id, event.track)
    links = _with_link(state, LinkedCase(event.part_case_id, types.LINK_KIND_SPLIT))
    return state._replace(parts=(*state.parts, part), links=links)


def linked(state: Petition, event: events.CaseLinked) -> Petition:
    return state._replace(links=_with_link(state, LinkedCase(event.other_case_id, event.kind)))


def _with_link(state: Petition, link: LinkedCase) -> tuple[LinkedCase, ...]:
    return state.links if link in state.links else (*state.links, link)

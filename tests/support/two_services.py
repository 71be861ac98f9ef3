"""One case in intake and its referrals in the judicial service: two deciders and two logs.

Each service reads the other's log in order, whenever it comes to it, and perhaps more than once. People do
what they may at any time, within bounds that keep the number of states finite. `Rule` plants a mistake.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import service_pb2 as acts
from huiyin.judicial.v1 import types_pb2 as reasons
from huiyin_domain.context import Context, Principal
from huiyin_domain.decider import fold
from huiyin_domain.intake.decide.meetings import decide_competence
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import on_acknowledged, on_declined, on_handed_back
from huiyin_domain.intake.state import Petition
from huiyin_domain.judicial.reactions import OfCase, on_case, referral_id_of
from huiyin_domain.judicial.referral import REFERRAL, Referral
from huiyin_domain.refusal import Refusal
from tests.support.deciding import START, identity, officer, secret
from tests.support.small_policy import COUNTY, COURT, HOUSING, OFFICE, POLICY

CASE = identity(1)
_CONCLUDE = acts.ConcludeReferralRequest(kind=reasons.CONCLUSION_KIND_DECIDED, document=secret("ruling"))
_DECLINE = acts.DeclineReferralRequest(reason=reasons.DECLINE_REASON_OTHER_ORGAN, explanation=secret("why"))


class Rule(StrEnum):
    """A mistake to be found; each is tempting."""

    NONE = ""
    ACTS_ON_TAKING = "the organ acts when it takes"
    MOVE_KEEPS_OFFER = "a move within intake leaves the offer open"
    SILENT_ABOUT_LATE_TAKING = "what is taken too late is only logged"
    HAND_BACK_REFUSED = "a hand-back to an accused unit is refused"


class World(NamedTuple):
    """What both services know, what each has still to read of the other, and what people did so far."""

    petition: Petition
    referrals: tuple[tuple[str, Referral], ...] = ()
    to_judicial: tuple[bytes, ...] = ()
    to_intake: tuple[tuple[str, str, bytes], ...] = ()
    offers: int = 0
    moves: int = 0
    accusations: int = 0


class Step(NamedTuple):
    """What was done, the referral it was done to, the events that it made, and the world after it."""

    what: str
    referral_id: str
    made: Sequence[Message]
    after: World


def first() -> World:
    """A litigation matter that the county's office registered and classified."""
    registered = intake.PetitionRegistered(case_id=CASE, unit=OFFICE, division="990101", petition_office=True)
    classified = intake.PetitionClassified(
        petition_class=types.PETITION_CLASS_LITIGATION, track=common.TRACK_JUDICIAL
    )
    return World(fold(PETITION, PETITION.initial(), [registered, classified]))


def steps(world: World, offers_max: int, rule: Rule = Rule.NONE) -> Iterator[Step]:
    """Everything that can happen next."""
    yield from _of_units(world, offers_max, rule)
    for referral_id, referral in world.referrals:
        yield from _of_organ(world, referral_id, referral)
    yield from _readings(world, rule)


def _of_units(world: World, offers_max: int, rule: Rule) -> Iterator[Step]:
    holder, epoch = world.petition.holder, world.petition.epoch
    named: dict[str, Any] = {"case_id": CASE, "epoch": epoch}
    if world.offers < offers_max:
        offer = commands.ReferLitigationRequest(
            organ=COURT, organ_kind=reasons.ORGAN_KIND_COURT, matter=secret("suit"), **named
        )
        yield from _decided(world, "offers", offer, holder, offers=world.offers + 1)
    if world.petition.offer:
        withdraw = commands.WithdrawOfferRequest(offer_id=world.petition.offer.referral_id, **named)
        yield from _decided(world, "withdraws", withdraw, holder)
    if world.moves < 1:
        move = commands.DecideCompetenceRequest(unit=HOUSING, **named)
        yield from _moved(world, move, rule)
    if world.accusations < 1:
        accuse = commands.ClassifyPetitionRequest(
            petition_class=types.PETITION_CLASS_ACCUSATION,
            track=common.TRACK_DISCIPLINE,
            accused_units=[COURT],
            classification_version=world.petition.classifications,
            reasons=secret("found so"),
            **named,
        )
        yield from _decided(world, "accuses the organ", accuse, holder, accusations=1)
    yield from _decided(world, "accepts", commands.AcceptPetitionRequest(**named), holder)


def _moved(world: World, move: commands.DecideCompetenceRequest, rule: Rule) -> Iterator[Step]:
    if rule is Rule.MOVE_KEEPS_OFFER:
        decided = decide_competence(world.petition, move, _context(officer(COUNTY)))
        if not isinstance(decided, Refusal) and decided:
            yield Step("moves within", "", decided, _told(world, decided, moves=1))
    else:
        yield from _decided(world, "moves within", move, COUNTY, moves=1)


def _decided(world: World, what: str, command: Message, agency: str, **counts: Any) -> Iterator[Step]:
    """What a command on the case comes to; a refusal is no step."""
    ids = (identity(100 + world.offers),)
    decided = PETITION.decide(world.petition, command, _context(officer(agency), ids))
    if not isinstance(decided, Refusal) and decided:
        yield Step(what, "", decided, _told(world, decided, **counts))


def _told(world: World, decided: Sequence[Message], **counts: Any) -> World:
    told = tuple(_packed(event) for event in decided if isinstance(event, OfCase))
    petition = fold(PETITION, world.petition, decided)
    return world._replace(petition=petition, to_judicial=world.to_judicial + told, **counts)


def _of_organ(world: World, referral_id: str, referral: Referral) -> Iterator[Step]:
    for what, command in (
        ("takes", acts.AcknowledgeReferralRequest()),
        ("declines", _DECLINE),
        ("concludes", _CONCLUDE),
        ("hands back", acts.HandBackReferralRequest()),
    ):
        decided = REFERRAL.decide(referral, command, _context(officer(COURT)))
        if not isinstance(decided, Refusal) and decided:
            yield Step(what, referral_id, decided, _recorded(world, referral_id, decided))


def _recorded(world: World, referral_id: str, decided: Sequence[Message]) -> World:
    known = dict(world.referrals)
    known[referral_id] = fold(REFERRAL, known.get(referral_id, REFERRAL.initial()), decided)
    told = tuple((referral_id, *_unpackable(event)) for event in decided if isinstance(event, _TO_INTAKE))
    return world._replace(referrals=tuple(sorted(known.items())), to_intake=world.to_intake + told)


_TO_INTAKE = judicial.ReferralAcknowledged | judicial.ReferralDeclined | judicial.ReferralHandedBack


def _readings(world: World, rule: Rule) -> Iterator[Step]:
    if world.to_judicial:
        event = _unpacked(world.to_judicial[0])
        after = world._replace(to_judicial=world.to_judicial[1:])
        yield Step("judicial reads", referral_id_of(event), *_judicial_reads(after, event, rule))
    if world.to_intake:
        referral_id, name, content = world.to_intake[0]
        heard = getattr(judicial, name).FromString(content)
        after = world._replace(to_intake=world.to_intake[1:])
        yield Step("intake reads", referral_id, *_intake_reads(after, referral_id, heard, rule))


def _judicial_reads(world: World, event: OfCase, rule: Rule) -> tuple[Sequence[Message], World]:
    referral_id = referral_id_of(event)
    decided = on_case(dict(world.referrals).get(referral_id, REFERRAL.initial()), event)
    if rule is Rule.ACTS_ON_TAKING:
        for opened in (one for one in decided if isinstance(one, judicial.LitigationReferred)):
            opened.ClearField("authority")
    after = _recorded(world, referral_id, decided)
    again = on_case(dict(after.referrals).get(referral_id, REFERRAL.initial()), event)
    assert not again, f"{event.DESCRIPTOR.name} came again and had an effect"
    return decided, after


def _intake_reads(
    world: World, referral_id: str, heard: Message, rule: Rule
) -> tuple[Sequence[Message], World]:
    decided = _reaction(world.petition, referral_id, heard)
    if rule is Rule.SILENT_ABOUT_LATE_TAKING and any(isinstance(one, intake.OfferLapsed) for one in decided):
        return (), world
    if rule is Rule.HAND_BACK_REFUSED and isinstance(heard, judicial.ReferralHandedBack):
        return (), world
    after = _told(world, decided)
    assert not _reaction(after.petition, referral_id, heard), "it came again and had an effect"
    return decided, after


def _reaction(petition: Petition, referral_id: str, heard: Message) -> Sequence[Message]:
    match heard:
        case judicial.ReferralAcknowledged():
            return on_acknowledged(petition, referral_id, heard, _context(_SERVICE))
        case judicial.ReferralDeclined():
            return on_declined(petition, referral_id, heard)
        case judicial.ReferralHandedBack():
            return on_handed_back(petition, referral_id, heard, _context(_SERVICE))
    raise AssertionError(heard)


_SERVICE = Principal("intake-inbox", "", frozenset())


def _context(by: Principal, ids: tuple[str, ...] = ()) -> Context:
    return Context(START, START, by, ids, POLICY)


def _packed(event: Message) -> bytes:
    return event.DESCRIPTOR.name.encode() + b":" + event.SerializeToString(deterministic=True)


def _unpacked(data: bytes) -> OfCase:
    name, _, content = data.partition(b":")
    event: OfCase = getattr(intake, name.decode()).FromString(content)
    return event


def _unpackable(event: Message) -> tuple[str, bytes]:
    return event.DESCRIPTOR.name, event.SerializeToString(deterministic=True)

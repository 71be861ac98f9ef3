"""What intake's events change in a case view: what they change in the petition, by the petition's own fold.

The part keeps of a petition what lists show, and what of that later events depend on. The petition is put
together again as far as it was kept, goes on by `intake.evolve`, and is kept again.
"""

from google.protobuf.message import Message

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.events_pb2 import (
    PetitionRegistered,
    PetitionRestated,
    RegistrationCorrected,
    ReviewDecided,
)
from huiyin.intake.v1.types_pb2 import PetitionStatus
from huiyin_domain.cases.parts import Filing, IntakePart, with_added
from huiyin_domain.dates import instant_at, microseconds_of
from huiyin_domain.decider import Fact, UnknownEventError
from huiyin_domain.intake import evolve as own
from huiyin_domain.intake.records import JudicialOffer, ReferralStage, Registration, Review, replace
from huiyin_domain.intake.state import Petition

_STATUSES = frozenset(PetitionStatus.values())
_ASKED = Review("", types.REVIEW_LEVEL_UNSPECIFIED, "")
_REVOKED = replace(_ASKED, outcome=types.REVIEW_OUTCOME_REVOKED)
_UNTOUCHED = Registration()
_OF_REGISTRATION = (RegistrationCorrected, PetitionRestated)
_KINDS = own.RULES.keys() | own.OTHER_STREAMS


def evolve(part: IntakePart, fact: Fact) -> IntakePart:
    """The part after a fact of the intake log. Raises UnknownEventError.

    Another petition's event that names this case, such as a link, links both and changes no state.
    """
    check_kind(fact)
    if not is_own(part.filing.case_id, fact):
        return part._replace(linked_case_ids=with_added(part.linked_case_ids, (other_case(fact),)))
    if type(fact.event) in own.OTHER_STREAMS:
        return part
    before = _petition(part, fact.event)
    after = goes_on(before, fact.event)
    kept = part_of(after, part.linked_case_ids)
    return kept._replace(filing=part.filing) if after.registration is before.registration else kept


def check_kind(fact: Fact) -> None:
    """Raises UnknownEventError for what is no event of intake."""
    if type(fact.event) not in _KINDS:
        raise UnknownEventError(fact.event.DESCRIPTOR.full_name)


def goes_on(petition: Petition, event: Message) -> Petition:
    """The petition after an event of its own; a status that this version does not know is not taken over."""
    after = own.evolve(petition, event)
    return after if after.status in _STATUSES else after._replace(status=petition.status)


def is_own(case_id: str, fact: Fact) -> bool:
    """True for the case's own streams; before its registration, nothing else can be its own."""
    if not case_id:
        return isinstance(fact.event, PetitionRegistered)
    return fact.stream.endswith(case_id)


def other_case(fact: Fact) -> str:
    """The case whose stream an event of a petition stands in."""
    return fact.stream.partition("-")[2]


def _petition(part: IntakePart, event: Message) -> Petition:
    """The petition as far as it was kept. Of its class, the part says whether it has one.

    What was registered is put together for what changes it alone; to all else it says nothing that is shown.
    """
    claim = types.PETITION_CLASS_CLAIM if part.classified else types.PETITION_CLASS_UNSPECIFIED
    held = (JudicialOffer(part.referral_id, "", ReferralStage.HELD),) if part.referral_id else ()
    return Petition(
        registration=_registration(part.filing) if isinstance(event, _OF_REGISTRATION) else _UNTOUCHED,
        status=part.status,
        petition_class=claim,
        track=part.track,
        content_class=part.content_class,
        accused_units=frozenset(part.accused_units),
        holder=part.responsible_unit,
        epoch=part.epoch,
        participation=part.participation,
        referrals=held,
        reviews=_reviews(part, event),
        doubts=frozenset(part.doubts),
    )


def _registration(filing: Filing) -> Registration:
    return Registration(
        case_id=filing.case_id,
        display_number=filing.display_number,
        channel=filing.channel,
        division=filing.division,
        received_time=instant_at(filing.received),
    )


def _filing(registration: Registration) -> Filing:
    return Filing(
        case_id=registration.case_id,
        display_number=registration.display_number,
        channel=registration.channel,
        division=registration.division,
        received=microseconds_of(registration.received_time),
    )


def _reviews(part: IntakePart, event: Message) -> tuple[Review, ...]:
    """A review changes nothing that is shown before it is decided, so none is kept until one revokes."""
    asked = (replace(_ASKED, review_id=event.review_id),) if isinstance(event, ReviewDecided) else ()
    return (_REVOKED, *asked) if part.revoked else asked


def part_of(petition: Petition, linked: tuple[str, ...]) -> IntakePart:
    """What the part keeps of a petition that others are linked to."""
    referral = petition.referral
    return IntakePart(
        filing=_filing(petition.registration) if petition.case_id else Filing(),
        status=petition.status,
        track=petition.track,
        responsible_unit=petition.holder,
        epoch=petition.epoch,
        content_class=petition.content_class,
        classified=petition.petition_class != types.PETITION_CLASS_UNSPECIFIED,
        referral_id=referral.referral_id if referral else "",
        revoked=any(one.outcome == types.REVIEW_OUTCOME_REVOKED for one in petition.reviews),
        participation=petition.participation,
        accused_units=tuple(sorted(petition.accused_units)),
        linked_case_ids=with_added(linked, (link.case_id for link in petition.links)),
        doubts=tuple(sorted(petition.doubts)),
    )

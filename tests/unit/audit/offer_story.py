"""A story of two offers of one case: taken in vain, and released, concluded and handed back."""

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from tests.unit.audit.book import Act, identity
from tests.unit.audit.legal_story import COURT, INTAKE, JUDICIAL, OFFICE, case, moved, registered

FIRST, SECOND = identity("offer", 1), identity("offer", 2)
HELD = Authority(kind=AUTHORITY_KIND_HOLDER, organ=OFFICE)
TO_COURT, BACK = types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT, types.MOVE_BASIS_JUDICIAL_HAND_BACK


def on_case(number: int, *events: Message) -> Act:
    """Intake appends to the case."""
    writes = tuple((f"petition-{case('F')}", event) for event in events)
    return Act(INTAKE, writes, OFFICE, f"case/{number}", case_id=case("F"))


def on_referral(number: int, offer: str, *events: Message) -> Act:
    """The judicial service appends to a referral of it."""
    writes = tuple((f"referral-{offer}", event) for event in events)
    return Act(JUDICIAL, writes, COURT, f"referral/{number}", case_id=case("F"))


def offered(offer: str, epoch: int = 1) -> intake.CaseOffered:
    """An offer of the case to the court."""
    return intake.CaseOffered(
        offer_id=offer, case_id=case("F"), from_unit=OFFICE, to_unit=COURT, epoch=epoch, authority=HELD
    )


def opened(offer: str, epoch: int = 1) -> judicial.LitigationReferred:
    """The referral that it opens."""
    return judicial.LitigationReferred(
        referral_id=offer,
        case_id=case("F"),
        organ=COURT,
        referring_unit=OFFICE,
        epoch=epoch,
        authority=HELD,
    )


def withdrawn_and_taken() -> list[Act]:
    """The first offer, taken in vain."""
    return [
        on_case(1, registered("F", 0)),
        on_case(2, offered(FIRST)),
        on_referral(1, FIRST, opened(FIRST)),
        on_case(3, intake.OfferWithdrawn(offer_id=FIRST, to_unit=COURT)),
        on_referral(2, FIRST, judicial.ReferralAcknowledged(organ=COURT)),
        on_referral(3, FIRST, judicial.ReferralWithdrawn(organ=COURT)),
        on_case(4, intake.OfferLapsed(offer_id=FIRST, to_unit=COURT)),
        on_referral(4, FIRST, judicial.ReferralLapsed(organ=COURT)),
    ]


def held_and_back() -> list[Act]:
    """The second one, released, concluded and handed back."""
    release = intake.JudicialReferralAcknowledged(referral_id=SECOND, organ=COURT, epoch=2)
    returned = intake.JudicialReferralReturned(referral_id=SECOND, organ=COURT, concluded=True)
    return [
        on_case(5, offered(SECOND)),
        on_referral(5, SECOND, opened(SECOND)),
        on_referral(6, SECOND, judicial.ReferralAcknowledged(organ=COURT)),
        on_case(6, release, moved(OFFICE, COURT, 2, TO_COURT, SECOND)),
        on_referral(7, SECOND, judicial.ReferralReleased(organ=COURT, epoch=2)),
        on_referral(8, SECOND, judicial.ReferralConcluded()),
        on_referral(9, SECOND, judicial.ReferralHandedBack(organ=COURT, to_unit=OFFICE, concluded=True)),
        on_case(7, returned, moved(COURT, OFFICE, 3, BACK, SECOND)),
    ]


STORY = [*withdrawn_and_taken(), *held_and_back()]

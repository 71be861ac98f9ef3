"""Referrals for tests: the usual one at each of its points, and a checker of who answers for it."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import OrganKind
from huiyin_domain.judicial.reactions import on_case
from huiyin_domain.judicial.referral import REFERRAL, Referral
from tests.support.agencies import BUREAU, COURT, context, identifier, officer, sealed, secret
from tests.support.given import Given

CASE, REFERRAL_ID = identifier(101), identifier(501)
AS_COURT = context(officer(COURT))

ACKNOWLEDGE = commands.AcknowledgeReferralRequest(docket_number="(2026)990101-12")
DECLINE = commands.DeclineReferralRequest(
    reason=types.DECLINE_REASON_OTHER_ORGAN, explanation=secret("explanation")
)
CONCLUDE = commands.ConcludeReferralRequest(kind=types.CONCLUSION_KIND_DECIDED, document=secret("document"))
HAND_BACK = commands.HandBackReferralRequest(note=secret("note"))


def offer(
    organ: str = COURT, kind: OrganKind.ValueType = types.ORGAN_KIND_COURT, referral_id: str = REFERRAL_ID
) -> intake.CaseOffered:
    """The petition bureau's case, offered to the county court in intake."""
    return intake.CaseOffered(
        offer_id=referral_id,
        case_id=CASE,
        from_unit=BUREAU,
        to_unit=organ,
        organ_kind=kind,
        epoch=1,
        matter=sealed("matter"),
        authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=BUREAU),
    )


WITHDRAWN = intake.OfferWithdrawn(offer_id=REFERRAL_ID, to_unit=COURT)
LAPSED = intake.OfferLapsed(offer_id=REFERRAL_ID, to_unit=COURT)
RELEASED = intake.JudicialReferralAcknowledged(referral_id=REFERRAL_ID, organ=COURT, epoch=2)
RECALLED = intake.JudicialReferralReturned(referral_id=REFERRAL_ID, organ=COURT, recalled=True)


def heard(referral: Given[Referral], event: Message) -> Given[Referral]:
    """The referral after an event of its case; heard again it changes nothing."""
    after = Given(REFERRAL, (*referral.events, *on_case(referral.state, event)))
    assert not on_case(after.state, event)
    return after


def report(mark: str = "report") -> commands.ReportProgressRequest:
    """What the petitioner was told."""
    return commands.ReportProgressRequest(report=secret(mark))


def sent() -> Given[Referral]:
    """Offered, not yet taken."""
    return heard(Given(REFERRAL), offer())


def acknowledged() -> Given[Referral]:
    """Taken by the court, and not yet released to it."""
    return sent().after(ACKNOWLEDGE, AS_COURT)


def released() -> Given[Referral]:
    """The court's."""
    return heard(acknowledged(), RELEASED)


def of_version_0_1() -> Given[Referral]:
    """Referred and acknowledged when acknowledging alone made the organ responsible."""
    referred = events.LitigationReferred(
        referral_id=REFERRAL_ID, case_id=CASE, organ=COURT, referring_unit=BUREAU, epoch=1
    )
    return Given(REFERRAL, (referred, events.ReferralAcknowledged(organ=COURT, epoch=1)))


def declined() -> Given[Referral]:
    """Returned without being taken."""
    return sent().after(DECLINE, AS_COURT)


def concluded() -> Given[Referral]:
    """The procedure ended."""
    return released().after(CONCLUDE, AS_COURT)


def handed_back() -> Given[Referral]:
    """Back with the bureau."""
    return concluded().after(HAND_BACK, AS_COURT)


def responsibility_violations(history: Sequence[Message]) -> list[str]:
    """What is wrong with one referral's events: the organ acts from the release to giving it back."""
    found: list[str] = []
    taken, held, concluded_before, over = False, False, False, False
    for event in history:
        lapse = isinstance(event, events.ReferralLapsed | events.ReferralWithdrawn)
        if over and not lapse:
            found.append("something happened after the referral was over")
        match event:
            case events.ReferralAcknowledged():
                found += ["it was taken twice"] if taken else []
                taken = True
            case events.ReferralReleased():
                found += [] if taken and not held else ["it was released untaken, or twice"]
                held = True
            case events.ReferralDeclined():
                found += ["it was declined after it had been taken"] if taken else []
                over = True
            case events.ReferralWithdrawn():
                found += ["it was withdrawn after its release"] if held else []
                over = True
            case events.ReferralLapsed():
                found += [] if taken else ["it lapsed untaken"]
                held, over = False, True
            case events.PetitionerReplied() | events.ProgressReported() | events.ReferralConcluded():
                found += [] if held else ["an organ acted that was not responsible"]
                concluded_before |= isinstance(event, events.ReferralConcluded)
            case events.ReferralHandedBack():
                found += [] if held else ["it was handed back by an organ that did not have it"]
                found += [] if event.concluded == concluded_before else ["the hand-back misstates the end"]
                over = True
    return found

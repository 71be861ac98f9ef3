"""Referrals for tests: the usual one at each of its points, and a checker of who answers for it."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import OrganKind
from huiyin_domain.judicial.decider import REFERRAL
from huiyin_domain.judicial.referral_state import Referral
from tests.support.agencies import BUREAU, COURT, context, identifier, officer, secret
from tests.support.given import Given

CASE, REFERRAL_ID = identifier(101), identifier(501)
AS_COURT = context(officer(COURT))

ACKNOWLEDGE = commands.AcknowledgeReferralRequest(docket_number="(2026)990101-12")
DECLINE = commands.DeclineReferralRequest(
    reason=types.DECLINE_REASON_OTHER_ORGAN, explanation=secret("explanation")
)
CONCLUDE = commands.ConcludeReferralRequest(kind=types.CONCLUSION_KIND_DECIDED, document=secret("document"))
HAND_BACK = commands.HandBackReferralRequest(note=secret("note"))


def refer(
    organ: str = COURT,
    kind: OrganKind.ValueType = types.ORGAN_KIND_COURT,
    epoch: int = 1,
    case_id: str = CASE,
) -> commands.ReferLitigationRequest:
    """The petition bureau refers to the county court."""
    return commands.ReferLitigationRequest(
        case_id=case_id, epoch=epoch, organ_kind=kind, organ=organ, matter=secret("matter")
    )


def report(mark: str = "report") -> commands.ReportProgressRequest:
    """What the petitioner was told."""
    return commands.ReportProgressRequest(report=secret(mark))


def sent() -> Given[Referral]:
    """Sent, not yet taken."""
    return Given(REFERRAL).after(refer(), context(officer(BUREAU), [REFERRAL_ID]))


def acknowledged() -> Given[Referral]:
    """Taken by the court."""
    return sent().after(ACKNOWLEDGE, AS_COURT)


def declined() -> Given[Referral]:
    """Returned without being taken."""
    return sent().after(DECLINE, AS_COURT)


def concluded() -> Given[Referral]:
    """The procedure ended."""
    return acknowledged().after(CONCLUDE, AS_COURT)


def handed_back() -> Given[Referral]:
    """Back with the bureau."""
    return concluded().after(HAND_BACK, AS_COURT)


def responsibility_violations(history: Sequence[Message]) -> list[str]:
    """What is wrong with one referral's events: the organ answers for it from taking it to giving it back."""
    found: list[str] = []
    taken, concluded_before, over = False, False, False
    for event in history:
        if over:
            found.append("something happened after the referral was over")
        match event:
            case events.ReferralAcknowledged():
                found += ["it was taken twice"] if taken else []
                taken = True
            case events.ReferralDeclined():
                found += ["it was declined after it had been taken"] if taken else []
                over = True
            case events.ProgressReported() | events.ReferralConcluded():
                found += [] if taken else ["an organ acted that had not taken it"]
                concluded_before |= isinstance(event, events.ReferralConcluded)
            case events.ReferralHandedBack():
                found += [] if taken else ["it was handed back by an organ that had not taken it"]
                found += [] if event.concluded == concluded_before else ["the hand-back misstates the end"]
                over = True
    return found

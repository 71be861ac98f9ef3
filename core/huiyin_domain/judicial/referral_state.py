"""What is known of a litigation part sent to a judicial organ, folded from its stream referral-<id>."""

from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ConclusionKind, DeclineReason, OrganKind, ReferralStatus
from huiyin_domain.decider import UnknownEventError


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral. `report` is the last progress report, to tell a repeated one."""

    referral_id: str = ""
    status: ReferralStatus.ValueType = types.REFERRAL_STATUS_UNSPECIFIED
    case_id: str = ""
    organ_kind: OrganKind.ValueType = types.ORGAN_KIND_UNSPECIFIED
    organ: str = ""
    referring_unit: str = ""
    epoch: int = 0
    docket_number: str = ""
    decline_reason: DeclineReason.ValueType = types.DECLINE_REASON_UNSPECIFIED
    conclusion: ConclusionKind.ValueType = types.CONCLUSION_KIND_UNSPECIFIED
    report: Sealed | None = None

    @property
    def responsible_unit(self) -> str:
        """Who answers for the litigation part: the organ from acknowledgement until hand-back."""
        taken = (types.REFERRAL_STATUS_ACKNOWLEDGED, types.REFERRAL_STATUS_CONCLUDED)
        return self.organ if self.status in taken else self.referring_unit


def evolve(state: Referral, event: Message) -> Referral:
    """The referral after an event."""
    match event:
        case events.LitigationReferred():
            return _referred(event)
        case events.ReferralAcknowledged():
            status = types.REFERRAL_STATUS_ACKNOWLEDGED
            return replace(state, status=status, docket_number=event.docket_number)
        case events.ReferralDeclined():
            return replace(state, status=types.REFERRAL_STATUS_DECLINED, decline_reason=event.reason)
        case events.ProgressReported():
            return replace(state, report=event.report)
        case events.ReferralConcluded():
            return replace(state, status=types.REFERRAL_STATUS_CONCLUDED, conclusion=event.kind)
        case events.ReferralHandedBack():
            return replace(state, status=types.REFERRAL_STATUS_HANDED_BACK)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _referred(event: events.LitigationReferred) -> Referral:
    return Referral(
        referral_id=event.referral_id,
        status=types.REFERRAL_STATUS_SENT,
        case_id=event.case_id,
        organ_kind=event.organ_kind,
        organ=event.organ,
        referring_unit=event.referring_unit,
        epoch=event.epoch,
    )

"""What is known of a litigation part sent to a judicial organ, folded from its stream referral-<id>."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import types_pb2 as types
from huiyin.judicial.v1.types_pb2 import ConclusionKind, DeclineReason, OrganKind, ReferralStatus
from huiyin_domain.decider import UnknownEventError

_OVER: Mapping[type[Message], ReferralStatus.ValueType] = {
    events.ReferralWithdrawn: types.REFERRAL_STATUS_WITHDRAWN,
    events.ReferralLapsed: types.REFERRAL_STATUS_LAPSED,
    events.ReferralHandedBack: types.REFERRAL_STATUS_HANDED_BACK,
}
"""The events after which it is over, and nothing more is known by them."""


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral. `report` is the last progress report, to tell a repeated one; `reply` the first reply.

    `offered` says that it began as an offer in intake, and so waits for the release there; those of version
    0.1 began here, and acknowledging alone made their organ responsible.
    """

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
    reply: Sealed | None = None
    offered: bool = False
    taken: bool = False

    @property
    def held(self) -> bool:
        """True while the organ answers for the litigation part: from the release until it is handed back."""
        return self.status in (types.REFERRAL_STATUS_RELEASED, types.REFERRAL_STATUS_CONCLUDED)


def evolve(state: Referral, event: Message) -> Referral:
    """The referral after an event."""
    match event:
        case events.LitigationReferred():
            return _referred(event)
        case events.ReferralAcknowledged():
            return _acknowledged(state, event)
        case events.ReferralReleased():
            return replace(state, status=types.REFERRAL_STATUS_RELEASED, epoch=event.epoch)
        case events.ReferralDeclined():
            return replace(state, status=types.REFERRAL_STATUS_DECLINED, decline_reason=event.reason)
        case events.PetitionerReplied():
            return replace(state, reply=event.reply)
        case events.ProgressReported():
            return replace(state, report=event.report)
        case events.ReferralConcluded():
            return replace(state, status=types.REFERRAL_STATUS_CONCLUDED, conclusion=event.kind)
        case _ if status := _OVER.get(type(event)):
            return replace(state, status=status)
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
        offered=event.HasField("authority"),
    )


def _acknowledged(state: Referral, event: events.ReferralAcknowledged) -> Referral:
    waits = state.offered
    status = types.REFERRAL_STATUS_ACKNOWLEDGED if waits else types.REFERRAL_STATUS_RELEASED
    return replace(state, status=status, docket_number=event.docket_number, taken=True)

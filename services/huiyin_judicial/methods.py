"""The judicial track's commands, questions and reactions, and on which stream each is."""

from collections.abc import Mapping, Sequence
from typing import get_args

from google.protobuf.message import Message

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1.events_pb2 import LitigationReferred
from huiyin_domain.judicial.reactions import OfCase, on_case, referral_id_of
from huiyin_domain.judicial.referral import REFERRAL, referral_message
from huiyin_kernel.commands import Command
from huiyin_kernel.inbox import Foreign, Reaction
from huiyin_kernel.rpc.endpoint import Caller
from huiyin_kernel.rpc.tables import Entitled, command
from huiyin_kernel.streams import Change, Streams

SERVICE = judicial.DESCRIPTOR.services_by_name["JudicialService"]

_ON_A_REFERRAL = (
    "AcknowledgeReferral",
    "DeclineReferral",
    "ReplyToPetitioner",
    "ReportProgress",
    "ConcludeReferral",
    "HandBackReferral",
)

COMMANDS: dict[str, Command] = {
    "ReferLitigation": command(
        SERVICE, "ReferLitigation", REFERRAL, None, {"referral_id": [(LitigationReferred, "referral_id")]}
    ),
    **{name: command(SERVICE, name, REFERRAL, "referral_id") for name in _ON_A_REFERRAL},
}
"""Commands by rpc name. The first one is there for what version 0.1 answered: a referral begins in intake."""


class Queries:
    """The reading methods of JudicialService."""

    def __init__(self, entitled: Entitled) -> None:
        self._entitled = entitled

    async def get_referral(self, caller: Caller, request: judicial.GetReferralRequest) -> Message:
        """The state of a referral."""
        loaded = await self._entitled.read(REFERRAL, request.referral_id, caller.principal)
        return judicial.GetReferralResponse(referral=referral_message(loaded.state, loaded.version))


class Reactions:
    """Decides what the events of cases change on referrals."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def to_intake(self) -> Mapping[str, Reaction]:
        """Reactions to the intake log."""
        return {event.DESCRIPTOR.full_name: self._of_case for event in get_args(OfCase)}

    async def _of_case(self, foreign: Foreign) -> Sequence[Change]:
        event = foreign.message
        assert isinstance(event, OfCase)
        loaded = await self._streams.of(REFERRAL, referral_id_of(event))
        decided = on_case(loaded.state, event)
        return [Change(REFERRAL, loaded, decided)] if decided else []

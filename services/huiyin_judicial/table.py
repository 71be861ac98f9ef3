"""Which judicial rpcs are commands, and on which stream."""

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.judicial.v1.events_pb2 import LitigationReferred
from huiyin_domain.judicial.referral import REFERRAL
from huiyin_kernel.commands import Command
from huiyin_kernel.rpc.tables import command

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

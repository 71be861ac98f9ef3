"""Which judicial rpcs are commands, and on which stream."""

from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin_domain.judicial.decider import REFERRAL
from huiyin_kernel.commands import Command
from huiyin_kernel.rpc.tables import command

SERVICE = judicial.DESCRIPTOR.services_by_name["JudicialService"]

_ON_A_REFERRAL = (
    "AcknowledgeReferral",
    "DeclineReferral",
    "ReportProgress",
    "ConcludeReferral",
    "HandBackReferral",
)

REFER: Command = command(SERVICE, "ReferLitigation", REFERRAL, None)
"""Begins a referral; the service first asks intake for the case's epoch."""

COMMANDS: dict[str, Command] = {
    name: command(SERVICE, name, REFERRAL, "referral_id") for name in _ON_A_REFERRAL
}
"""Commands by rpc name."""

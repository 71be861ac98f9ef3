"""Stream referral-<id>: a litigation part from its referral to its hand-back (domain rules, 5)."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.judicial.v1 import service_pb2 as commands
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.judicial.organ import (
    acknowledge,
    conclude,
    decline,
    hand_back,
    reply_to_petitioner,
    report_progress,
)
from huiyin_domain.judicial.referral_state import Referral, evolve
from huiyin_domain.refusal import wrong_state

_BEGINS_IN_INTAKE = "a referral begins with its case: the responsible unit refers in intake, ReferLitigation"


class ReferralDecider:
    """Rules of a referral: what its organ does. It begins and is released in intake, as reactions tell."""

    category = "referral"

    def initial(self) -> Referral:
        return Referral()

    def decide(self, state: Referral, command: Message, context: Context) -> Decision:
        match command:
            case commands.ReferLitigationRequest():
                return wrong_state("REFER_IN_INTAKE", _BEGINS_IN_INTAKE, "Regulations of 2022, Art. 28(2)")
            case commands.AcknowledgeReferralRequest():
                return acknowledge(state, command, context)
            case commands.DeclineReferralRequest():
                return decline(state, command, context)
            case commands.ReplyToPetitionerRequest():
                return reply_to_petitioner(state, command, context)
            case commands.ReportProgressRequest():
                return report_progress(state, command, context)
            case commands.ConcludeReferralRequest():
                return conclude(state, command, context)
            case commands.HandBackReferralRequest():
                return hand_back(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Referral, event: Message) -> Referral:
        return evolve(state, event)

    def case_ids(self, state: Referral) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Referral) -> Sequence[str]:
        return (state.referring_unit, state.organ)

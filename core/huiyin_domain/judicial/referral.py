"""Stream referral-<id>: a litigation part from its referral to its hand-back (domain rules, 5)."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin_domain.checks import content_missing, field_missing, not_acting_for_agency, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.judicial.competence import organ_fault
from huiyin_domain.judicial.organ import acknowledge, conclude, decline, hand_back, report_progress
from huiyin_domain.judicial.referral_state import Referral, evolve
from huiyin_domain.refusal import Refusal, invalid, wrong_state


class ReferralDecider:
    """Rules of a referral. The case's responsibility moves in intake; here is what it follows."""

    category = "referral"

    def initial(self) -> Referral:
        return Referral()

    def decide(self, state: Referral, command: Message, context: Context) -> Decision:
        match command:
            case commands.ReferLitigationRequest():
                return _refer(state, command, context)
            case commands.AcknowledgeReferralRequest():
                return acknowledge(state, command, context)
            case commands.DeclineReferralRequest():
                return decline(state, command, context)
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


def _refer(state: Referral, command: commands.ReferLitigationRequest, context: Context) -> Decision:
    referral_id = context.new_ids[0]
    if state.referral_id == referral_id:
        return ()
    if state.referral_id:
        return wrong_state("REFERRAL_EXISTS", f"referral {state.referral_id} was sent: begin a new one")
    if refusal := _referring_fault(command, context):
        return refusal
    return (
        events.LitigationReferred(
            referral_id=referral_id,
            case_id=command.case_id,
            organ_kind=command.organ_kind,
            organ=command.organ,
            referring_unit=context.principal.acting_agency,
            epoch=command.epoch,
            matter=sealed_of(command.matter),
        ),
    )


def _referring_fault(command: commands.ReferLitigationRequest, context: Context) -> Refusal | None:
    return (
        not_acting_for_agency(context)
        or field_missing("case_id", command.case_id)
        or _epoch_missing(command.epoch)
        or organ_fault(command, context)
        or content_missing("matter", command.matter)
    )


def _epoch_missing(epoch: int) -> Refusal | None:
    """Whether it is the current one is for intake to say, when the organ acknowledges (promise P2)."""
    if epoch >= 1:
        return None
    return invalid("FIELD_REQUIRED", "epoch is missing: give the case's current epoch", field="epoch")

"""The decider of stream petition-<case>: which decision answers which command, and who may see the events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as commands
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.intake.competence import with_offer_ended
from huiyin_domain.intake.decide import (
    acceptance,
    answer,
    classification,
    closing,
    completion,
    correction,
    litigation,
    meetings,
    objection,
    rating,
    recusal,
    registration,
    review,
    routing,
    split,
    withdrawal,
)
from huiyin_domain.intake.evolve import evolve
from huiyin_domain.intake.guards import recused_from
from huiyin_domain.intake.registered import query_number_fault
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

DECISIONS: Mapping[type[Message], Callable[[Petition, Any, Context], Decision]] = {
    commands.RegisterPetitionRequest: registration.register,
    commands.ClassifyPetitionRequest: classification.classify,
    commands.HandOverPetitionRequest: routing.hand_over,
    commands.ReferLitigationRequest: litigation.refer,
    commands.WithdrawOfferRequest: litigation.withdraw_offer,
    commands.ObjectToHandoverRequest: objection.object_to_handover,
    commands.DecideObjectionRequest: objection.decide_objection,
    commands.RecallHandoverRequest: objection.recall_handover,
    commands.OrderHandoverRequest: objection.order_handover,
    commands.ProveHandoverReceiptRequest: routing.prove_receipt,
    commands.NotifyReceiptRequest: acceptance.notify_receipt,
    commands.AcceptPetitionRequest: acceptance.accept,
    commands.DeclinePetitionRequest: acceptance.decline,
    commands.LeadIntoProcedureRequest: acceptance.lead_into_procedure,
    commands.RecordRemedyFactRequest: litigation.record_fact,
    commands.TellPetitionerRequest: answer.tell,
    commands.ApproveExtensionRequest: answer.approve_extension,
    commands.NotifyExtensionRequest: answer.notify_extension,
    commands.IssueOpinionRequest: answer.issue_opinion,
    commands.ServeOpinionRequest: answer.serve_opinion,
    commands.RequestReviewRequest: review.request_review,
    commands.DecideReviewRequest: review.decide_review,
    commands.ServeReviewRequest: review.serve_review,
    commands.RequestRecusalRequest: recusal.request_recusal,
    commands.AskRecusalRequest: recusal.ask_recusal,
    commands.DecideRecusalRequest: recusal.decide_recusal,
    commands.ReportExecutionRequest: closing.report_execution,
    commands.ClosePetitionRequest: closing.close,
    commands.ReportCompletionRequest: completion.report_completion,
    commands.CheckCompletionRequest: completion.check_completion,
    commands.RecordAgreementRequest: withdrawal.record_agreement,
    commands.RecordDeathRequest: withdrawal.record_death,
    commands.WithdrawPetitionRequest: withdrawal.withdraw,
    commands.RecordWithdrawalRequest: withdrawal.record_withdrawal,
    commands.ConfirmWithdrawalRequest: withdrawal.confirm_withdrawal,
    commands.ContinuePetitionRequest: withdrawal.continue_petition,
    commands.RatePetitionRequest: rating.rate,
    commands.TakeBackRatingRequest: rating.take_back_rating,
    commands.ConfirmNoticeRequest: rating.confirm_notice,
    commands.RestatePetitionRequest: registration.restate,
    commands.CorrectRegistrationRequest: correction.correct,
    commands.LinkCaseRequest: split.link_case,
    commands.DecideCompetenceRequest: meetings.decide_competence,
    commands.CompleteTaskRequest: meetings.complete_task,
    commands.RequestMeetingRequest: meetings.request_meeting,
}
"""Every command on one petition. Splitting writes two streams and is a function of its own: decide.split."""


class PetitionDecider:
    """Rules of a petition."""

    category = "petition"

    def initial(self) -> Petition:
        return Petition()

    def decide(self, state: Petition, command: Message, context: Context) -> Decision:
        decide = DECISIONS.get(type(command))
        if decide is None:
            raise UnknownCommandError(command.DESCRIPTOR.full_name)
        decision = decide(state, command, context)
        if isinstance(decision, Refusal):
            return decision
        refusal = recused_from(state, command, context.principal) or query_number_fault(decision, context)
        return refusal or with_offer_ended(state, decision)

    def evolve(self, state: Petition, event: Message) -> Petition:
        return evolve(state, event)

    def case_ids(self, state: Petition) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Petition) -> Sequence[str]:
        """The parties, never an accused unit (Art. 30(3)); sorted, so that replays give the same bytes."""
        return sorted(state.audience)


PETITION = PetitionDecider()

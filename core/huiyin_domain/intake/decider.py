"""The decider of stream petition-<case>: which decision answers which command, and who may see the events."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as commands
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.intake.decide import (
    acceptance,
    agreement,
    answer,
    classification,
    closing,
    competence,
    completing,
    correcting,
    declining,
    extension,
    links,
    meetings,
    objection,
    proving,
    rating,
    recalling,
    recusal,
    referring,
    registration,
    remedies,
    restating,
    review,
    reviewing,
    routing,
    tasks,
    telling,
    withdrawal,
)
from huiyin_domain.intake.evolve import evolve
from huiyin_domain.intake.offers import with_offer_ended
from huiyin_domain.intake.query_number import query_number_fault
from huiyin_domain.intake.recusals import recused_from
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal

DECISIONS: Mapping[type[Message], Callable[[Petition, Any, Context], Decision]] = {
    commands.RegisterPetitionRequest: registration.register,
    commands.ClassifyPetitionRequest: classification.classify,
    commands.HandOverPetitionRequest: routing.hand_over,
    commands.ReferLitigationRequest: referring.refer,
    commands.WithdrawOfferRequest: referring.withdraw_offer,
    commands.ObjectToHandoverRequest: objection.object_to_handover,
    commands.DecideObjectionRequest: objection.decide_objection,
    commands.RecallHandoverRequest: recalling.recall_handover,
    commands.OrderHandoverRequest: recalling.order_handover,
    commands.ProveHandoverReceiptRequest: proving.prove_receipt,
    commands.NotifyReceiptRequest: acceptance.notify_receipt,
    commands.AcceptPetitionRequest: acceptance.accept,
    commands.DeclinePetitionRequest: declining.decline,
    commands.LeadIntoProcedureRequest: declining.lead_into_procedure,
    commands.RecordRemedyFactRequest: remedies.record_fact,
    commands.TellPetitionerRequest: telling.tell,
    commands.ApproveExtensionRequest: extension.approve_extension,
    commands.NotifyExtensionRequest: extension.notify_extension,
    commands.IssueOpinionRequest: answer.issue_opinion,
    commands.ServeOpinionRequest: answer.serve_opinion,
    commands.RequestReviewRequest: review.request_review,
    commands.DecideReviewRequest: reviewing.decide_review,
    commands.ServeReviewRequest: reviewing.serve_review,
    commands.RequestRecusalRequest: recusal.request_recusal,
    commands.AskRecusalRequest: recusal.ask_recusal,
    commands.DecideRecusalRequest: recusal.decide_recusal,
    commands.ReportExecutionRequest: closing.report_execution,
    commands.ClosePetitionRequest: closing.close,
    commands.ReportCompletionRequest: completing.report_completion,
    commands.CheckCompletionRequest: completing.check_completion,
    commands.RecordAgreementRequest: agreement.record_agreement,
    commands.RecordDeathRequest: agreement.record_death,
    commands.WithdrawPetitionRequest: withdrawal.withdraw,
    commands.RecordWithdrawalRequest: withdrawal.record_withdrawal,
    commands.ConfirmWithdrawalRequest: withdrawal.confirm_withdrawal,
    commands.ContinuePetitionRequest: withdrawal.continue_petition,
    commands.RatePetitionRequest: rating.rate,
    commands.TakeBackRatingRequest: rating.take_back_rating,
    commands.ConfirmNoticeRequest: rating.confirm_notice,
    commands.RestatePetitionRequest: restating.restate,
    commands.CorrectRegistrationRequest: correcting.correct,
    commands.LinkCaseRequest: links.link_case,
    commands.DecideCompetenceRequest: competence.decide_competence,
    commands.CompleteTaskRequest: tasks.complete_task,
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

"""Which commands an agency's system may publish, and what to do instead with those that it may not.

Every command of the four contracts stands in one of the two tables (a test holds that), so that a new one is
decided about and never slips through. Questions are no commands: nothing can be read by publishing.
"""

from collections.abc import Mapping

from google.protobuf.message import Message

from huiyin.intake.v1 import service_pb2 as intake
from huiyin.judicial.v1 import service_pb2 as judicial
from huiyin.reception.v1 import service_pb2 as reception
from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Refusal, forbidden

_CARRIED: Mapping[str, tuple[type[Message], ...]] = {
    "intake": (
        intake.ClassifyPetitionRequest,
        intake.HandOverPetitionRequest,
        intake.ReferLitigationRequest,
        intake.WithdrawOfferRequest,
        intake.ObjectToHandoverRequest,
        intake.DecideObjectionRequest,
        intake.RecallHandoverRequest,
        intake.OrderHandoverRequest,
        intake.ProveHandoverReceiptRequest,
        intake.NotifyReceiptRequest,
        intake.AcceptPetitionRequest,
        intake.DeclinePetitionRequest,
        intake.LeadIntoProcedureRequest,
        intake.RecordRemedyFactRequest,
        intake.TellPetitionerRequest,
        intake.NotifyExtensionRequest,
        intake.IssueOpinionRequest,
        intake.ServeOpinionRequest,
        intake.RequestReviewRequest,
        intake.DecideReviewRequest,
        intake.ServeReviewRequest,
        intake.RequestRecusalRequest,
        intake.ReportExecutionRequest,
        intake.RecordAgreementRequest,
        intake.RecordWithdrawalRequest,
        intake.RecordDeathRequest,
        intake.ClosePetitionRequest,
        intake.ReportCompletionRequest,
        intake.CheckCompletionRequest,
        intake.SplitPetitionRequest,
        intake.RestatePetitionRequest,
        intake.CorrectRegistrationRequest,
        intake.LinkCaseRequest,
        intake.DecideCompetenceRequest,
        intake.CompleteTaskRequest,
        intake.RequestMeetingRequest,
    ),
    "reception": (
        reception.OpenCentreRequest,
        reception.ReceiveVisitRequest,
        reception.ConveneMeetingRequest,
        reception.OpenMeetingRequest,
        reception.ProposeResolutionRequest,
        reception.SignResolutionRequest,
        reception.DissentFromResolutionRequest,
        reception.OrderResolutionRequest,
        reception.BindResolutionRequest,
        reception.WithdrawMeetingRequest,
        reception.ResumeMeetingRequest,
        reception.CloseMeetingRequest,
    ),
    "judicial": (
        judicial.AcknowledgeReferralRequest,
        judicial.DeclineReferralRequest,
        judicial.ReplyToPetitionerRequest,
        judicial.ReportProgressRequest,
        judicial.ConcludeReferralRequest,
        judicial.HandBackReferralRequest,
    ),
    "supervision": (supervision.AnswerOrderRequest, supervision.ObjectToLatenessRequest),
}

COMMANDS: Mapping[str, type[Message]] = {
    command.DESCRIPTOR.full_name: command for commands in _CARRIED.values() for command in commands
}
"""The commands that are carried, by their full names."""

OWNERS: Mapping[str, str] = {
    command.DESCRIPTOR.full_name: service for service, commands in _CARRIED.items() for command in commands
}
"""The name of the service that each of them goes to."""

_BY_CALL = "its answer holds the petitioner's query code, which is stored nowhere: call it over gRPC"
_BY_SUPERVISOR = "only a supervisor may do this: call it over gRPC with the supervisor's token"

NOT_CARRIED: Mapping[str, str] = {
    command.DESCRIPTOR.full_name: instead
    for command, instead in (
        (intake.RegisterPetitionRequest, _BY_CALL),
        (intake.RegisterPetitionsRequest, _BY_CALL),
        (
            intake.ApproveExtensionRequest,
            "only the head may do this: call it over gRPC with the head's token",
        ),
        (
            intake.DecideRecusalRequest,
            "only the head decides on recusal: call it over gRPC with the head's token",
        ),
        (intake.AskRecusalRequest, "only the petitioner asks so; an agency sends RequestRecusal"),
        (intake.RatePetitionRequest, "only the petitioner rates, with the query code"),
        (intake.TakeBackRatingRequest, "only the petitioner takes a rating back"),
        (intake.WithdrawPetitionRequest, "only the petitioner withdraws, with the query code"),
        (intake.ConfirmWithdrawalRequest, "only the petitioner confirms a withdrawal"),
        (intake.ContinuePetitionRequest, "only the petitioner says that the petition goes on"),
        (intake.OpenNoticeRequest, "only the platform's messenger opens notices"),
        (intake.ConfirmNoticeRequest, "only the platform's messenger sends notices"),
        (intake.OpenServedDocumentsRequest, "only the petitioner opens them, with the query code"),
        (intake.ReadPersonalDataRequest, "it reads: call it over gRPC with an officer's token"),
        (reception.SettleItemRequest, "the platform itself settles items, from the petitions' own events"),
        (
            judicial.ReferLitigationRequest,
            "a referral begins with its case: publish huiyin.intake.v1.ReferLitigationRequest",
        ),
        (supervision.IssueOrderRequest, _BY_SUPERVISOR),
        (supervision.ApplyPolicyRequest, "policy is laid down by who may: call it over gRPC with that token"),
        (supervision.CheckAnswerRequest, _BY_SUPERVISOR),
        (supervision.DecideLatenessObjectionRequest, _BY_SUPERVISOR),
    )
}
"""The commands that are not, each with what to do instead."""


def not_carried(type_name: str) -> Refusal | None:
    """A refusal when messages may not bring this command."""
    if type_name in COMMANDS:
        return None
    instead = NOT_CARRIED.get(type_name, "it is no command: messages bring commands only")
    return forbidden("COMMAND_NOT_CARRIED", f"{type_name} cannot be published: {instead}", command=type_name)


def beyond_carrying(principal: Principal, type_name: str) -> Refusal | None:
    """A refusal when the exchange asks for what no message may bring, such as reading a case."""
    return not_carried(type_name) if principal.has(Role.EXCHANGE) else None

"""Which intake rpcs are plain commands on one petition's stream."""

from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.decider import PETITION
from huiyin_kernel.commands import Command
from huiyin_kernel.rpc.tables import command

SERVICE = intake.DESCRIPTOR.services_by_name["IntakeService"]

_ON_A_PETITION = (
    "ClassifyPetition",
    "HandOverPetition",
    "ReferLitigation",
    "WithdrawOffer",
    "ObjectToHandover",
    "DecideObjection",
    "RecallHandover",
    "OrderHandover",
    "ProveHandoverReceipt",
    "NotifyReceipt",
    "AcceptPetition",
    "DeclinePetition",
    "LeadIntoProcedure",
    "RecordRemedyFact",
    "TellPetitioner",
    "ApproveExtension",
    "NotifyExtension",
    "IssueOpinion",
    "ServeOpinion",
    "RequestReview",
    "DecideReview",
    "ServeReview",
    "RequestRecusal",
    "AskRecusal",
    "DecideRecusal",
    "ReportExecution",
    "RecordAgreement",
    "WithdrawPetition",
    "RecordWithdrawal",
    "ConfirmWithdrawal",
    "ContinuePetition",
    "RecordDeath",
    "ClosePetition",
    "ReportCompletion",
    "CheckCompletion",
    "RatePetition",
    "TakeBackRating",
    "ConfirmNotice",
    "RestatePetition",
    "CorrectRegistration",
    "LinkCase",
    "DecideCompetence",
    "CompleteTask",
    "RequestMeeting",
)

COMMANDS: dict[str, Command] = {name: command(SERVICE, name, PETITION, "case_id") for name in _ON_A_PETITION}
"""Commands by rpc name. Registration and splitting begin streams; they and what looks at texts or other cases
first stand in files of their own."""

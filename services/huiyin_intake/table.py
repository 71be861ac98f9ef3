"""Which intake rpcs are plain commands on one petition's stream."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as intake
from huiyin_domain.intake.decider import PETITION
from huiyin_kernel.commands import Answers, Command
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

_RECUSAL: Answers = {
    "recusal_id": [(events.RecusalRequested, "recusal_id")],
    "decider": [(events.RecusalRequested, "decider")],
}

_ANSWERS: dict[str, Answers] = {
    "HandOverPetition": {"handover_id": [(events.PetitionHandedOver, "handover_id")]},
    "ReferLitigation": {"offer_id": [(events.CaseOffered, "offer_id")]},
    "OrderHandover": {"due_date": [(events.HandoverOrdered, "due_date")]},
    "AcceptPetition": {
        "epoch": [(events.ResponsibilityMoved, "epoch"), (intake.AcceptPetitionRequest, "epoch")]
    },
    "DeclinePetition": {
        "responsible_unit": [(events.PetitionNotAccepted, "responsible_unit")],
        "review_last_day": [(events.PetitionNotAccepted, "review_last_day")],
    },
    "IssueOpinion": {"opinion_id": [(events.OpinionIssued, "opinion_id")]},
    "RequestReview": {"review_id": [(events.ReviewRequested, "review_id")]},
    "RequestRecusal": _RECUSAL,
    "AskRecusal": _RECUSAL,
    "ReportCompletion": {"report_id": [(events.CompletionReported, "report_id")]},
    "CorrectRegistration": {"fields": [(events.RegistrationCorrected, "fields")]},
    "DecideCompetence": {
        "epoch": [(events.ResponsibilityMoved, "epoch"), (intake.DecideCompetenceRequest, "epoch")]
    },
    "RequestMeeting": {"request_id": [(events.MeetingRequested, "request_id")]},
}
"""What a response tells beside its receipt: the epoch is the request's where responsibility stays;
a field of a registration that held what was given was not put right."""

COMMANDS: dict[str, Command] = {
    name: command(SERVICE, name, PETITION, "case_id", _ANSWERS.get(name)) for name in _ON_A_PETITION
}
"""Commands by rpc name. Registration and splitting begin streams; they and what looks at texts or other cases
first stand in files of their own."""

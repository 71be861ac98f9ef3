"""Petitions on their way: each step by the officer who would take it, so that tests begin where they want."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.same_matter import is_redo
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal
from tests.support.deciding import START, Stream, mark, officer, secret
from tests.support.small_policy import HOUSING, OFFICE

EventT = TypeVar("EventT", bound=Message)

PETITION_CLAIM = {
    "petition_class": types.PETITION_CLASS_CLAIM,
    "route": types.ROUTE_PETITION,
    "track": common.TRACK_ADMINISTRATIVE,
}
LITIGATION = {"petition_class": types.PETITION_CLASS_LITIGATION, "track": common.TRACK_JUDICIAL}
SUGGESTION = {"petition_class": types.PETITION_CLASS_SUGGESTION, "track": common.TRACK_SUGGESTION}
ACCUSATION = {"petition_class": types.PETITION_CLASS_ACCUSATION, "track": common.TRACK_DISCIPLINE}

DIFFERS = commands.SameFactsStatement(
    same_facts=types.SAME_FACTS_DIFFERENT, reasons=secret("the witness was heard")
)


def filing(**changes: Any) -> commands.RegisterPetitionRequest:
    """A filing as it comes in."""
    given: dict[str, Any] = {"channel": "letter", "division": "990101", "content": secret("content")}
    return commands.RegisterPetitionRequest(**(given | changes))


class Case(Stream[Petition]):
    """One petition. Steps return what the next one needs; `do` and `no` take any command by rpc name."""

    def __init__(self, first_id: int = 1, /, by: str = OFFICE, begin: datetime = START, **filed: Any) -> None:
        super().__init__(PETITION, first_id=first_id, now=begin)
        code = {"query_code_hashes": (b"hash of the query code",)}
        self.when(filing(**filed), officer(by), **code)

    @property
    def holder(self) -> Principal:
        """An officer of the responsible unit."""
        return officer(self.state.holder)

    def command(self, rpc: str, **fields: Any) -> Message:
        """A command on this case, with the current epoch unless another is given."""
        request: type[Message] = getattr(commands, f"{rpc}Request")
        given: dict[str, Any] = {"case_id": self.state.case_id}
        if "epoch" in request.DESCRIPTOR.fields_by_name:
            given["epoch"] = self.state.epoch
        if request is commands.ClassifyPetitionRequest:
            given |= {"classification_version": self.state.classifications, "reasons": secret("found so")}
        if request is commands.SplitPetitionRequest:
            given["reasons"] = secret("another matter")
        if request is commands.CorrectRegistrationRequest:
            given["registration_version"] = self.state.corrections
        if request is commands.ApproveExtensionRequest:
            given["extension_version"] = len(self.state.extensions)
        if request in (commands.RestatePetitionRequest, commands.SplitPetitionRequest):
            given["registration_version"] = self.state.corrections
        if request is commands.OrderHandoverRequest and self.state.handover:
            given["order_version"] = self.state.handover.orders
        return request(**(given | fields))

    def do(self, rpc: str, by: Principal | None = None, /, **fields: Any) -> Sequence[Message]:
        """The command is carried out, by the responsible unit unless somebody else is named."""
        known = _known(fields)
        return self.when(self.command(rpc, **fields), by or self.holder, **known)

    def no(self, reason: str, rpc: str, by: Principal | None = None, /, **fields: Any) -> Refusal:
        """The command is refused for this reason."""
        known = _known(fields)
        return self.refused(self.command(rpc, **fields), by or self.holder, reason, **known)

    def classified(self, **course: Any) -> "Case":
        """A claim in the petition procedure, unless another course is given."""
        self.do("ClassifyPetition", **(course or PETITION_CLAIM))
        return self

    def handed_over(self, to_unit: str = HOUSING) -> str:
        """Transferred to a unit; its id."""
        (event,) = self.do("HandOverPetition", kind=types.HANDOVER_KIND_TRANSFER, to_unit=to_unit)
        return made(event, events.PetitionHandedOver).handover_id

    def accepted(self, by: str = HOUSING) -> "Case":
        """Classified, transferred and accepted."""
        self.classified()
        self.handed_over(by)
        self.do("AcceptPetition", officer(by))
        return self

    def opinion(
        self, outcome: types.OpinionOutcome.ValueType = types.OPINION_OUTCOME_NOT_SUPPORTED, text: str = "no"
    ) -> str:
        """An opinion is issued; its id. A redo says that it rests on new facts."""
        redo = {"redo_finding": DIFFERS} if is_redo(self.state) else {}
        (event,) = self.do("IssueOpinion", outcome=outcome, document=secret(text), mark=mark(text), **redo)
        return made(event, events.OpinionIssued).opinion_id

    def answered(
        self, outcome: types.OpinionOutcome.ValueType = types.OPINION_OUTCOME_NOT_SUPPORTED, text: str = "no"
    ) -> str:
        """An opinion is issued and served; its id."""
        opinion_id = self.opinion(outcome, text)
        self.do("ServeOpinion", opinion_id=opinion_id, method=types.SERVICE_METHOD_MAIL)
        return opinion_id

    def review_asked(self, organ: str, level: types.ReviewLevel.ValueType = types.REVIEW_LEVEL_REVIEW) -> str:
        """Review is asked of an organ, which records it; its id."""
        (event,) = self.do("RequestReview", officer(organ), level=level, organ=organ)
        return made(event, events.ReviewRequested).review_id

    def reviewed(
        self,
        organ: str,
        outcome: types.ReviewOutcome.ValueType = types.REVIEW_OUTCOME_UPHELD,
        level: types.ReviewLevel.ValueType = types.REVIEW_LEVEL_REVIEW,
        new_outcome: types.OpinionOutcome.ValueType = types.OPINION_OUTCOME_UNSPECIFIED,
    ) -> str:
        """Review is asked, decided and served; its id."""
        review_id = self.review_asked(organ, level)
        by, method = officer(organ), types.SERVICE_METHOD_MAIL
        decided = {"review_id": review_id, "outcome": outcome, "document": secret("review")}
        self.do("DecideReview", by, **decided, new_outcome=new_outcome)
        self.do("ServeReview", by, review_id=review_id, method=method)
        return review_id


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    """What the service found out about the texts before it sealed them, and of the case that is named."""
    found = {"document_mark": fields.pop("mark", b"")}
    return found | {name: fields.pop(name) for name in ("comparison", "same_matter") if name in fields}


def head(agency: str) -> Principal:
    """The head of an agency."""
    return officer(agency, f"head-of-{agency}", Role.HEAD)


def made(event: Message, kind: type[EventT]) -> EventT:
    """The event, known to be of this kind."""
    assert isinstance(event, kind), event
    return event


def kinds(made_events: Sequence[Message]) -> list[str]:
    """The names of events, in order."""
    return [event.DESCRIPTOR.name for event in made_events]

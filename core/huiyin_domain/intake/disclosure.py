"""Who read personal data of a case: stream access-<case_id>, which the petitioner can ask about."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.intake.v1.events_pb2 import PersonalDataRead
from huiyin.intake.v1.service_pb2 import ReadPersonalDataRequest
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import invalid

GROUNDS = ("handling", "review", "audit")


@dataclass(frozen=True, slots=True)
class Disclosures:
    """The case whose personal data was read, and how often."""

    case_id: str = ""
    count: int = 0


class DisclosureDecider:
    """Every reading is recorded anew: reading again is a further reading."""

    category = "access"

    def initial(self) -> Disclosures:
        return Disclosures()

    def decide(self, state: Disclosures, command: Message, context: Context) -> Decision:
        match command:
            case ReadPersonalDataRequest():
                return _read(command)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Disclosures, event: Message) -> Disclosures:
        match event:
            case PersonalDataRead():
                return Disclosures(event.case_id, state.count + 1)
            case _:
                raise UnknownEventError(event.DESCRIPTOR.full_name)

    def case_ids(self, state: Disclosures) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Disclosures) -> Sequence[str]:
        """Nobody follows who read what: the petitioner and the auditor may ask."""
        return ()


def _read(command: ReadPersonalDataRequest) -> Decision:
    if command.ground not in GROUNDS:
        message = f"ground {command.ground!r} is not one of {', '.join(GROUNDS)}: say why it is needed"
        return invalid("GROUND_REQUIRED", message, allowed=",".join(GROUNDS))
    return (
        PersonalDataRead(case_id=command.case_id, purposes=list(command.purposes), ground=command.ground),
    )


DISCLOSURE = DisclosureDecider()

"""The decider of stream access-<case>: every reading of personal data is on the record (promise P11)."""

from collections.abc import Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1.service_pb2 import (
    OpenNoticeRequest,
    OpenServedDocumentsRequest,
    ReadPersonalDataRequest,
)
from huiyin_domain.checks import not_an_officer
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.intake.decide.rating import not_the_petitioners_way
from huiyin_domain.refusal import Refusal, invalid

GROUNDS = ("handling", "review", "audit")
"""What personal data may be needed for; the reader says which."""


PURPOSES = frozenset(
    field.name
    for message in events.DESCRIPTOR.message_types_by_name.values()
    for field in message.fields
    if field.message_type is Sealed.DESCRIPTOR
)
"""What can be read: the sealed fields of a petition's events, by name, as the contract has them."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The readings of one case's personal data; nothing is decided from earlier ones."""

    case_id: str = ""


class DisclosureDecider:
    """Records who read what and why. Who may read is asked before, of the access rules."""

    category = "access"

    def initial(self) -> Disclosure:
        return Disclosure()

    def decide(self, state: Disclosure, command: Message, context: Context) -> Decision:
        if isinstance(command, OpenNoticeRequest):
            return not_the_petitioners_way(context) or (_of_notice(command),)
        if isinstance(command, OpenServedDocumentsRequest):
            return not_the_petitioners_way(context) or (_of_served(command),)
        if not isinstance(command, ReadPersonalDataRequest):
            raise UnknownCommandError(command.DESCRIPTOR.full_name)
        if refusal := not_an_officer(context) or _ground_fault(command) or _purposes_fault(command):
            return refusal
        purposes = sorted(set(command.purposes))
        return (events.PersonalDataRead(case_id=command.case_id, purposes=purposes, ground=command.ground),)

    def evolve(self, state: Disclosure, event: Message) -> Disclosure:
        if not isinstance(event, events.PersonalDataRead):
            raise UnknownEventError(event.DESCRIPTOR.full_name)
        return Disclosure(event.case_id)

    def case_ids(self, state: Disclosure) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Disclosure) -> Sequence[str]:
        """Nobody but auditors: agencies do not watch each other read."""
        return ()


def _of_notice(command: OpenNoticeRequest) -> events.PersonalDataRead:
    """The messenger learns where to send a notice, and nothing else."""
    return events.PersonalDataRead(case_id=command.case_id, purposes=("petitioner",), ground="notice")


def _of_served(command: OpenServedDocumentsRequest) -> events.PersonalDataRead:
    """The petitioner reads what was served under the query number."""
    return events.PersonalDataRead(case_id=command.case_id, purposes=("document",), ground="petitioner")


def _ground_fault(command: ReadPersonalDataRequest) -> Refusal | None:
    if command.ground in GROUNDS:
        return None
    allowed = ",".join(GROUNDS)
    message = f"ground says what the data is needed for: give one of {allowed}"
    return invalid("GROUND_REQUIRED", message, field="ground", allowed=allowed)


def _purposes_fault(command: ReadPersonalDataRequest) -> Refusal | None:
    """The record of a reading stands in clear: it holds names of fields and nobody's words."""
    if set(command.purposes) <= PURPOSES:
        return None
    allowed = ",".join(sorted(PURPOSES))
    message = f"purposes names what is no sealed field: give some of {allowed}, or none for all"
    return invalid("UNKNOWN_PURPOSE", message, field="purposes", allowed=allowed)


DISCLOSURE = DisclosureDecider()

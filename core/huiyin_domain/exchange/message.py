"""Reading an agency's message, what is wrong when it cannot be read, and the one answer to it."""

from dataclasses import dataclass
from uuid import UUID

from google.protobuf.any_pb2 import Any
from google.protobuf.message import DecodeError, Message

from huiyin.exchange.v1 import types_pb2 as types
from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin_domain.exchange.policy import COMMANDS, NOT_CARRIED, OWNERS, not_carried
from huiyin_domain.refusal import Refusal, invalid

OFFICER_CHARACTERS_MAX = 100

_EXAMPLE_ID = "0192c3a4-7b1e-7def-8abc-0123456789ab"
_EXAMPLE_TYPE = "huiyin.intake.v1.AcceptPetitionRequest"


@dataclass(frozen=True, slots=True)
class CarriedCommand:
    """A command to be carried out. `service` owns it; its `info` has no request id yet."""

    service: str
    command: Message
    officer: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is no message of ours, or no command of this build's; it goes to the dead letters."""

    cause: Refusal


def identity_fault(message: AgencyMessage) -> Unreadable | None:
    """Why the message has no identity: without one it could not be answered once."""
    given = message.message_id
    if given and _is_canonical(given):
        return None
    text = f"message_id is {'no identifier' if given else 'missing'}: make a UUID in lower case"
    return Unreadable(invalid("MALFORMED_MESSAGE_ID", f"{text}, such as {_EXAMPLE_ID}", field="message_id"))


def read(message: AgencyMessage) -> CarriedCommand | Refusal | Unreadable:
    """What a message with an identity asks for."""
    name = message.command.type_url.rpartition("/")[2]
    if name not in COMMANDS and name not in NOT_CARRIED:
        return Unreadable(_unknown(name))
    if refusal := not_carried(name) or _officer_fault(message.officer):
        return refusal
    try:
        command = COMMANDS[name].FromString(message.command.value)
    except DecodeError:
        text = f"the command's bytes are not a {name} (texts must be UTF-8): send it again, mended"
        return Unreadable(invalid("MALFORMED_COMMAND", text, command=name))
    return CarriedCommand(OWNERS[name], command, message.officer)


def content(message: AgencyMessage) -> bytes:
    """What makes two messages the same one, under one id: the command and who acted."""
    command = message.command
    parts = (command.type_url.encode(), command.value, message.officer.encode())
    return b"".join(len(part).to_bytes(8) + part for part in parts)


def is_officer_name(text: str) -> bool:
    """Whether an agency may name an officer so: a short text without control characters."""
    return 0 < len(text) <= OFFICER_CHARACTERS_MAX and text.isprintable() and text == text.strip()


def _unknown(name: str) -> Refusal:
    text = f"command is of the type {name[:100] or '(none)'}, which is not known here: pack one such as"
    return invalid("UNKNOWN_COMMAND", f"{text} {_EXAMPLE_TYPE}", field="command")


def _officer_fault(officer: str) -> Refusal | None:
    if not officer or is_officer_name(officer):
        return None
    text = f"officer is not 1 to {OFFICER_CHARACTERS_MAX} printable characters: give the officer's identifier"
    return invalid("MALFORMED_OFFICER", text, field="officer")


def _is_canonical(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


_PREFIX = "type.googleapis.com/"


def accepted(message_id: str, response: Message) -> AgencyReceipt:
    """The command was carried out. Whether it was the first try that did so is nobody's business."""
    response.receipt.repeated = False  # type: ignore[attr-defined] # every command's response has one
    receipt = AgencyReceipt(message_id=message_id, status=types.RECEIPT_STATUS_ACCEPTED)
    receipt.receipt.CopyFrom(response.receipt)  # type: ignore[attr-defined] # the same
    packed = Any(type_url=_PREFIX + response.DESCRIPTOR.full_name, value=response.SerializeToString())
    receipt.response.CopyFrom(packed)
    return receipt


def refused(message_id: str, refusal: Refusal) -> AgencyReceipt:
    """The command was refused; nothing happened."""
    return _not_done(message_id, types.RECEIPT_STATUS_REFUSED, refusal)


def unreadable(message_id: str, cause: Refusal) -> AgencyReceipt:
    """There was nothing to carry out."""
    return _not_done(message_id, types.RECEIPT_STATUS_UNREADABLE, cause)


def failed(message_id: str, cause: Refusal) -> AgencyReceipt:
    """The platform could not find out what to answer; the case's own events say whether anything happened."""
    return _not_done(message_id, types.RECEIPT_STATUS_FAILED, cause)


def _not_done(message_id: str, status: types.ReceiptStatus.ValueType, refusal: Refusal) -> AgencyReceipt:
    return AgencyReceipt(
        message_id=message_id,
        status=status,
        reason=refusal.reason,
        explanation=refusal.message,
        facts=refusal.facts,
    )

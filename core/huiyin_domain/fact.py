"""A recorded event as folds see it: the message with its place in the record."""

from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_UNSPECIFIED, Cause, EntryKind


class UnfoldableError(Exception):
    """A fold cannot take an event. Folds raise nothing else, whatever an event says.

    Who hosts the fold sets the case aside, goes on with the others, and folds it again when that can succeed.
    """


@dataclass(frozen=True, slots=True)
class Fact:
    """One event of one log. `context` is the service whose log it is, such as intake.

    `recorded` and `occurred` are aware and in UTC. `agency` is whose act it is; `entry` how it came into the
    record; `known` when the act behind it was recorded, where that was in another log.
    """

    context: str
    log: str
    position: int
    stream: str
    version: int
    event_id: str
    recorded: datetime
    occurred: datetime
    case_ids: tuple[str, ...]
    causes: tuple[Cause, ...]
    event: Message
    agency: str = ""
    entry: EntryKind.ValueType = ENTRY_KIND_UNSPECIFIED
    known: datetime | None = None

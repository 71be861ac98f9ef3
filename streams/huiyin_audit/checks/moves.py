"""A move of responsibility as the checker of promise P2 sees it, and the rules that it can break."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_audit.findings import Finding, Rule
from huiyin_audit.history import Entry

UNLAWFUL_MOVE = Rule(
    "UNLAWFUL_MOVE",
    "责任移交的依据 {basis} 不成立：{zh}",
    "responsibility moved on the basis {basis}, which does not bear it: {en}",
)
ITEM_KNEW_OLDER_EPOCH = Rule(
    "ITEM_KNEW_OLDER_EPOCH",
    "决议事项依据世代 {given}，当时已是 {epoch}，却仍移交了责任",
    "the resolution's item knew epoch {given}, the case was at {epoch}, and yet it moved responsibility",
)
REFERRAL_KNEW_OLDER_EPOCH = Rule(
    "REFERRAL_KNEW_OLDER_EPOCH",
    "移送依据世代 {given}，当时已是 {epoch}，却仍移交了责任",
    "the referral knew epoch {given}, the case was at {epoch}, and yet it moved responsibility",
)
LOG_NOT_GIVEN = Rule(
    "LOG_NOT_GIVEN",
    "历史中没有 {context} 的日志，无法核对依据 {basis}",
    "the history has no log of {context}, so the basis {basis} cannot be looked up",
)

MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True, slots=True)
class Move:
    """A move of responsibility with what was known when it happened."""

    case_id: str
    entry: Entry
    event: intake.ResponsibilityMoved
    decision: tuple[Entry, ...]
    handovers: Mapping[str, str]
    epoch: int

    def beside(self, kind: type[MessageT]) -> MessageT | None:
        """The event of this type in the same decision."""
        messages = (entry.message for entry in self.decision)
        return next((message for message in messages if isinstance(message, kind)), None)

    def unlawful(self, zh: str, en: str) -> Finding:
        """The finding that the basis does not bear the move."""
        basis = types.MoveBasis.Name(self.event.basis)
        return UNLAWFUL_MOVE.at(self.entry.place, basis=basis, zh=zh, en=en)

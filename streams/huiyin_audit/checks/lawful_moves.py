"""Moves of responsibility, and the lawful bases on which each may rest, looked up where it was recorded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1.events_pb2 import ResolutionBound
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_audit.findings import AuditRule, Finding
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.access import kept_out_by
from huiyin_domain.directory import Directory
from huiyin_kernel.codec import context_of

UNLAWFUL_MOVE = AuditRule(
    "UNLAWFUL_MOVE",
    "责任移交的依据 {basis} 不成立：{zh}",
    "responsibility moved on the basis {basis}, which does not bear it: {en}",
)
ITEM_KNEW_OLDER_EPOCH = AuditRule(
    "ITEM_KNEW_OLDER_EPOCH",
    "决议事项依据世代 {given}，当时已是 {epoch}，却仍移交了责任",
    "the resolution's item knew epoch {given}, the case was at {epoch}, and yet it moved responsibility",
)
REFERRAL_KNEW_OLDER_EPOCH = AuditRule(
    "REFERRAL_KNEW_OLDER_EPOCH",
    "移送依据世代 {given}，当时已是 {epoch}，却仍移交了责任",
    "the referral knew epoch {given}, the case was at {epoch}, and yet it moved responsibility",
)
LOG_NOT_GIVEN = AuditRule(
    "LOG_NOT_GIVEN",
    "历史中没有 {context} 的日志，无法核对依据 {basis}",
    "the history has no log of {context}, so the basis {basis} cannot be looked up",
)

MessageT = TypeVar("MessageT", bound=Message)


@dataclass(frozen=True, slots=True)
class Move:
    """A move of responsibility with what was known when it happened."""

    case_id: str
    entry: HistoryEntry
    event: intake.ResponsibilityMoved
    decision: tuple[HistoryEntry, ...]
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


class LawfulMoves:
    """Looks bases up in the logs of the other services and in the directory of agencies."""

    def __init__(self, history: History, directory: Directory) -> None:
        self._directory = directory
        self._contexts = {context_of(log) for log in history.logs}
        self._items = _bound_items(history)
        self._referrals = history.streams("judicial", "referral")
        self.open_questions: list[Finding] = []

    def faults(self, move: Move) -> Iterator[Finding]:
        """What is wrong with the basis of a move."""
        match move.event.basis:
            case types.MOVE_BASIS_ACCEPTANCE:
                yield from self._acceptance(move)
            case types.MOVE_BASIS_SUPERIOR_DECISION:
                return  # it is its own basis: whether who decided was entitled to is promise P13
            case types.MOVE_BASIS_RESOLUTION:
                yield from self._resolution(move)
            case types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT:
                yield from self._acknowledgement(move)
            case types.MOVE_BASIS_JUDICIAL_HAND_BACK:
                yield from self._hand_back(move)
            case types.MOVE_BASIS_ACCUSATION:
                yield from self._accusation(move)
            case _:
                yield move.unlawful("没有写明依据", "it names none")

    def _acceptance(self, move: Move) -> Iterator[Finding]:
        if move.handovers.get(move.event.basis_id) != move.event.to_unit:
            yield move.unlawful("该单位没有待接收的转办", "the unit has no open hand-over to accept")
        accepted = move.beside(intake.PetitionAccepted)
        if accepted is None or accepted.unit != move.event.to_unit:
            yield move.unlawful("该单位没有受理", "the unit did not accept")

    def _accusation(self, move: Move) -> Iterator[Finding]:
        """It takes the matter from who is accused to the nearest superior outside the wall (Art. 30(3))."""
        classified = move.beside(intake.PetitionClassified)
        if classified is None or classified.petition_class != types.PETITION_CLASS_ACCUSATION:
            yield move.unlawful("没有甄别为检举控告", "the matter was not found to be an accusation")
            return
        kept_out = kept_out_by(self._directory)(classified.accused_units)
        had, has = move.event.from_unit, move.event.to_unit
        if had not in kept_out:
            yield move.unlawful("没有从被控告单位移出", "it does not take the matter from who is accused")
        elif has != self._directory.outside(had, kept_out):
            yield move.unlawful(
                f"{has} 不是墙外最近的上级", f"{has} is not the nearest superior outside the wall"
            )

    def _resolution(self, move: Move) -> Iterator[Finding]:
        if self._not_given("reception", move):
            return
        applied = move.beside(intake.ResolutionItemApplied)
        item = self._items.get((applied.resolution_id, applied.item_id)) if applied else None
        if item is None or applied is None or applied.resolution_id != move.event.basis_id:
            yield move.unlawful("没有已生效的决议事项", "there is no item of a bound resolution")
        elif not _assigns(item, move):
            yield move.unlawful("决议事项没有指定该单位", "the resolution's item does not assign it")
        elif item.epoch != move.epoch:
            yield ITEM_KNEW_OLDER_EPOCH.at(move.entry.place, given=item.epoch, epoch=move.epoch)

    def _acknowledgement(self, move: Move) -> Iterator[Finding]:
        if self._not_given("judicial", move):
            return
        acknowledged = move.beside(intake.JudicialReferralAcknowledged)
        unit = move.event.to_unit
        named = acknowledged is not None and (move.event.basis_id, unit) == (
            acknowledged.referral_id,
            acknowledged.organ,
        )
        taken = self._of_referral(move, judicial.ReferralAcknowledged)
        if not named or all(event.organ != unit for event in taken):
            yield move.unlawful("该机关没有签收移送", "the organ did not acknowledge the referral")
        for referred in self._of_referral(move, judicial.LitigationReferred):
            if referred.epoch != move.epoch:
                facts = {"given": referred.epoch, "epoch": move.epoch}
                yield REFERRAL_KNEW_OLDER_EPOCH.at(move.entry.place, **facts)

    def _hand_back(self, move: Move) -> Iterator[Finding]:
        if self._not_given("judicial", move):
            return
        returned = move.beside(intake.JudicialReferralReturned)
        unit = move.event.to_unit
        named = returned is not None and returned.referral_id == move.event.basis_id
        back = self._of_referral(move, judicial.ReferralHandedBack)
        if not named or all(event.to_unit != unit for event in back):
            yield move.unlawful("该机关没有退回", "the organ did not hand the matter back to it")

    def _of_referral(self, move: Move, kind: type[MessageT]) -> list[MessageT]:
        """Events of this type on the referral that a move names, if that referral is about the case."""
        entries = self._referrals.get(f"referral-{move.event.basis_id}", [])
        referred = [e.message for e in entries if isinstance(e.message, judicial.LitigationReferred)]
        if [event.case_id for event in referred] != [move.case_id]:
            return []
        return [entry.message for entry in entries if isinstance(entry.message, kind)]

    def _not_given(self, context: str, move: Move) -> bool:
        if context in self._contexts:
            return False
        basis = types.MoveBasis.Name(move.event.basis)
        self.open_questions.append(LOG_NOT_GIVEN.at(move.entry.place, context=context, basis=basis))
        return True


def _assigns(item: ResolutionItem, move: Move) -> bool:
    asked = (item.case_id, item.kind, item.unit)
    return asked == (move.case_id, types.RESOLUTION_ITEM_KIND_ASSIGN, move.event.to_unit)


def _bound_items(history: History) -> dict[tuple[str, str], ResolutionItem]:
    return {
        (entry.message.resolution_id, item.item_id): item
        for entry in history.entries("reception")
        if isinstance(entry.message, ResolutionBound)
        for item in entry.message.items
    }

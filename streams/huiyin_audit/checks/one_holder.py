"""Promise P2, one holder: always exactly one responsible unit, moved only lawfully, one epoch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from huiyin.intake.v1 import events_pb2 as intake
from huiyin_audit.checks.lawful_moves import LawfulMoves, Move
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry, SentCommand
from huiyin_domain.directory import Directory

NO_HOLDER = AuditRule(
    "NO_HOLDER",
    "登记或移交之后没有责任单位",
    "after this there is no responsible unit",
)
HOLDER_MISMATCH = AuditRule(
    "HOLDER_MISMATCH",
    "责任自 {from_unit} 移出，而当时的责任单位是 {holder}：同时有两个责任单位",
    "responsibility moves from {from_unit}, but {holder} had it: two units were responsible at once",
)
EPOCH_NOT_NEXT = AuditRule(
    "EPOCH_NOT_NEXT",
    "责任世代为 {epoch}，应为 {expected}",
    "the epoch is {epoch}, where {expected} was due",
)
HANDED_OVER_BY_ANOTHER = AuditRule(
    "HANDED_OVER_BY_ANOTHER",
    "由 {from_unit} 转出，而责任单位是 {holder}",
    "handed over by {from_unit}, but {holder} is responsible",
)
ACCEPTED_BY_ANOTHER = AuditRule(
    "ACCEPTED_BY_ANOTHER",
    "由 {unit} 受理，而责任单位是 {holder}",
    "accepted by {unit}, but {holder} is responsible",
)
STALE_EPOCH_TOOK_EFFECT = AuditRule(
    "STALE_EPOCH_TOOK_EFFECT",
    "请求 {request_id} 依据世代 {given}，当时已是 {epoch}，却仍生效",
    "request {request_id} knew epoch {given}, the case was at {epoch}, and yet it took effect",
)


def check_responsibility(history: History, directory: Directory) -> Verdict:
    """Walks every petition's stream, one decision (the events of one request) at a time."""
    moves = LawfulMoves(history, directory)
    calls = {(call.case_id, call.request_id): call for call in history.calls if call.epoch}
    violations: list[Finding] = []
    for stream, entries in history.streams("intake", "petition").items():
        case = _Case(stream.removeprefix("petition-"), moves, calls)
        violations += case.walk(entries)
    return verdict("P2 one holder", violations, moves.open_questions)


@dataclass(slots=True)
class _Case:
    """Who holds a case while its stream is walked."""

    case_id: str
    moves: LawfulMoves
    calls: dict[tuple[str, str], SentCommand]
    holder: str = ""
    epoch: int = 0
    handovers: dict[str, str] = field(default_factory=dict)

    def walk(self, entries: Sequence[HistoryEntry]) -> Iterator[Finding]:
        """Everything that is wrong in the stream."""
        for request_id, group in groupby(entries, key=lambda entry: entry.request_id):
            decision = list(group)
            yield from self._stale(request_id, decision)
            for entry in decision:
                yield from self._step(entry, decision)
            yield from self._accepted_by_another(decision)

    def _stale(self, request_id: str, decision: Sequence[HistoryEntry]) -> Iterator[Finding]:
        call = self.calls.get((self.case_id, request_id))
        if call is not None and call.epoch != self.epoch:
            facts = {"request_id": request_id, "given": call.epoch, "epoch": self.epoch}
            yield STALE_EPOCH_TOOK_EFFECT.at(decision[0].place, **facts)

    def _step(self, entry: HistoryEntry, decision: Sequence[HistoryEntry]) -> Iterator[Finding]:
        match entry.message:
            case intake.PetitionRegistered() as event:
                self.holder, self.epoch = event.unit, 1
                if not event.unit:
                    yield NO_HOLDER.at(entry.place)
            case intake.PetitionHandedOver() as event:
                yield from self._handed_over(entry, event)
            case intake.ObjectionUpheld() as event:
                self.handovers.pop(event.handover_id, None)
            case intake.ResponsibilityMoved() as event:
                yield from self._moved(entry, event, decision)

    def _handed_over(self, entry: HistoryEntry, event: intake.PetitionHandedOver) -> Iterator[Finding]:
        self.handovers = {event.handover_id: event.to_unit}
        if event.from_unit != self.holder:
            facts = {"from_unit": event.from_unit, "holder": self.holder}
            yield HANDED_OVER_BY_ANOTHER.at(entry.place, **facts)

    def _moved(
        self, entry: HistoryEntry, event: intake.ResponsibilityMoved, decision: Sequence[HistoryEntry]
    ) -> Iterator[Finding]:
        if event.from_unit != self.holder:
            yield HOLDER_MISMATCH.at(entry.place, from_unit=event.from_unit, holder=self.holder)
        if not event.to_unit:
            yield NO_HOLDER.at(entry.place)
        if event.epoch != self.epoch + 1:
            yield EPOCH_NOT_NEXT.at(entry.place, epoch=event.epoch, expected=self.epoch + 1)
        yield from self.moves.faults(
            Move(self.case_id, entry, event, tuple(decision), self.handovers, self.epoch)
        )
        self.holder, self.epoch, self.handovers = event.to_unit, event.epoch, {}

    def _accepted_by_another(self, decision: Sequence[HistoryEntry]) -> Iterator[Finding]:
        """After the whole decision: acceptance and the move it brings are written together."""
        for entry in decision:
            event = entry.message
            if isinstance(event, intake.PetitionAccepted) and event.unit != self.holder:
                yield ACCEPTED_BY_ANOTHER.at(entry.place, unit=event.unit, holder=self.holder)

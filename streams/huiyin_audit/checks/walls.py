"""Promise P11, walls: no event is for who is accused in its case, and no accused unit holds it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from huiyin.intake.v1 import events_pb2 as intake
from huiyin_audit.findings import AuditRule, Finding, Verdict, verdict
from huiyin_audit.history import History, HistoryEntry
from huiyin_domain.access import KeptOut, kept_out_by
from huiyin_domain.directory import Directory

ACCUSED_IN_AUDIENCE = AuditRule(
    "ACCUSED_IN_AUDIENCE",
    "事件发给了 {unit}，而它在该案件中被控告",
    "the event is for {unit}, which is accused in the case",
)
ACCUSED_HOLDER = AuditRule(
    "ACCUSED_HOLDER",
    "甄别之后 {unit} 仍是责任单位，而它在该案件中被控告",
    "after this {unit}, which is accused in the case, is still responsible for it",
)
GIVEN_TO_ACCUSED = AuditRule(
    "GIVEN_TO_ACCUSED",
    "责任移交给了 {unit}，而它在该案件中被控告",
    "responsibility is given to {unit}, which is accused in the case",
)
TOLD_AFTER_ACCUSATION = AuditRule(
    "TOLD_AFTER_ACCUSATION",
    "该事件依据案件第 {version} 个事件作出，却发给了当时已被控告的 {unit}",
    "the event knew the case up to its event {version}, and yet is for {unit}, which was accused by then",
)

Accused = list[tuple[int, frozenset[str]]]
"""Who is accused in a case from each version of its stream on, in order."""


def check(history: History, directory: Directory) -> Verdict:
    """Walks every petition's stream; then judges what other services wrote knowing that stream.

    What they wrote before they could know is not for the accused either: it is held back where it is read.
    """
    kept_out, accused = kept_out_by(directory), dict[str, Accused]()
    violations: list[Finding] = []
    for stream, entries in history.streams("intake", "petition").items():
        case = _Case(kept_out)
        violations += case.walk(entries)
        accused[stream] = case.accused
    violations += _told_later(history, accused)
    return verdict("P11 walls", violations)


@dataclass(slots=True)
class _Case:
    """Who holds a case and who is accused in it while its stream is walked."""

    kept_out: KeptOut
    holder: str = ""
    accused: Accused = field(default_factory=lambda: [(0, frozenset())])

    def walk(self, entries: Sequence[HistoryEntry]) -> Iterator[Finding]:
        """Everything that is wrong in the stream, one decision (the events of one request) at a time."""
        for _, group in groupby(entries, key=lambda entry: entry.request_id):
            decision = list(group)
            for entry in decision:
                yield from self._step(entry)
            yield from self._left_with_accused(decision)
            yield from self._audience(decision)

    def _step(self, entry: HistoryEntry) -> Iterator[Finding]:
        match entry.message:
            case intake.PetitionRegistered() as event:
                self.holder = event.unit
            case intake.PetitionClassified() as event:
                self.accused.append((entry.fact.version, frozenset(event.accused_units)))
            case intake.ResponsibilityMoved() as event:
                self.holder = event.to_unit
                if self.holder in self.kept_out(self.accused[-1][1]):
                    yield GIVEN_TO_ACCUSED.at(entry.place, unit=self.holder)
            case _:
                pass

    def _left_with_accused(self, decision: Sequence[HistoryEntry]) -> Iterator[Finding]:
        """Version 0.1 named no authority, and left the case with an accused holder until it gave it away."""
        for entry in decision:
            named = isinstance(entry.message, intake.PetitionClassified) and entry.message.authority.organ
            if named and self.holder in self.kept_out(self.accused[-1][1]):
                yield ACCUSED_HOLDER.at(entry.place, unit=self.holder)

    def _audience(self, decision: Sequence[HistoryEntry]) -> Iterator[Finding]:
        for entry in decision:
            for unit in sorted(self.accused[-1][1].intersection(entry.metadata.audience)):
                yield ACCUSED_IN_AUDIENCE.at(entry.place, unit=unit)


def _told_later(history: History, accused: dict[str, Accused]) -> Iterator[Finding]:
    others = (entry for context in _OTHERS for entry in history.entries(context))
    for entry in others:
        for cause in entry.metadata.causes:
            known = [units for version, units in accused.get(cause.stream, ()) if version <= cause.version]
            for unit in sorted(known[-1].intersection(entry.metadata.audience) if known else ()):
                yield TOLD_AFTER_ACCUSATION.at(entry.place, unit=unit, version=cause.version)


_OTHERS = ("reception", "judicial", "supervision")

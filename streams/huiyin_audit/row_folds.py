"""The rows that are kept of events beside the models' states, made again from the logs and compared too."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import LiteralString, Protocol

from huiyin_audit.merge import Recorded
from huiyin_audit.replay import Unfolded, Until, unfolded
from huiyin_domain.cases import view as views
from huiyin_domain.cases.view import CaseView
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import to_envelope
from huiyin_kernel.packing import legible
from huiyin_kernel.timeline_rows import event_bytes

Rows = dict[str, bytes]


class RowFold(Protocol):
    """One table: how to read it as key and bytes, and how the same comes from the logs."""

    query: LiteralString

    @staticmethod
    def read(kept: bytes) -> bytes:
        """What is compared of a row."""
        ...

    def take(self, fact: Fact, recorded: Recorded, cases: Sequence[str]) -> None:
        """Takes the next event in, for these of its cases."""
        ...

    def rows(self) -> Rows:
        """What the table must hold."""
        ...


class EventRows:
    """streams.case_event: the events of each case, of which its pages are made. By digest: there are many.

    The timeline may be ahead of the lists, and keeps events there as well: those it answers for itself.
    """

    query: LiteralString = """
SELECT 'event ' || case_id || ' ' || log || ' ' || position, event FROM {0}.case_event kept
WHERE NOT EXISTS (
  SELECT FROM {0}.projection_cursor ahead
  LEFT JOIN {0}.projection_cursor lists ON lists.model = 'case' AND lists.log = ahead.log
  WHERE ahead.model = 'timeline' AND ahead.log = kept.log
    AND kept.position > coalesce(lists.position, 0) AND kept.position <= ahead.position)
"""

    @staticmethod
    def read(kept: bytes) -> bytes:
        """A row's event by digest."""
        return sha256(legible(kept)).digest()

    def __init__(self) -> None:
        self._rows: Rows = {}

    def take(self, fact: Fact, recorded: Recorded, cases: Sequence[str]) -> None:
        """Adds the event to each case it names."""
        digest = sha256(event_bytes(to_envelope(*recorded))).digest()
        for case_id in cases:
            self._rows[f"event {case_id} {fact.log} {fact.position}"] = digest

    def rows(self) -> Rows:
        """What the table must hold."""
        return self._rows


class AccessRows:
    """supervision.case_row: where a case belongs and who is accused in it, asked before a clock is shown."""

    query: LiteralString = (
        "SELECT 'access ' || case_id, convert_to(division || ' ' || array_to_string(accused, ','), 'UTF8')"
        " FROM {}.case_row"
    )

    @staticmethod
    def read(kept: bytes) -> bytes:
        """A row as it is."""
        return kept

    def __init__(self) -> None:
        self._views: dict[str, CaseView] = {}

    def take(self, fact: Fact, recorded: Recorded, cases: Sequence[str]) -> None:
        """Folds the event into the cases it names."""
        for case_id in cases:
            self._views[case_id] = views.evolve(self._views.get(case_id, views.initial()), fact)

    def rows(self) -> Rows:
        """What the table must hold: a row for each case that was registered."""
        known = ((case_id, view) for case_id, view in self._views.items() if view.intake.filing.case_id)
        return {
            f"access {case_id}": f"{view.intake.filing.division} {','.join(view.accused)}".encode()
            for case_id, view in known
        }


class CauseRows:
    """supervision.case_cause: how far a case's streams in other logs had come, which lateness depends on."""

    query: LiteralString = (
        "SELECT 'cause ' || case_id || ' ' || log || ' ' || stream, convert_to(version::text, 'UTF8')"
        " FROM {}.case_cause"
    )

    @staticmethod
    def read(kept: bytes) -> bytes:
        """A row as it is."""
        return kept

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def take(self, fact: Fact, recorded: Recorded, cases: Sequence[str]) -> None:
        """Notes the version; a stream's own come in order."""
        if fact.context != "supervision":
            for case_id in cases:
                self._versions[f"cause {case_id} {fact.log} {fact.stream}"] = fact.version

    def rows(self) -> Rows:
        """What the table must hold."""
        return {key: str(version).encode() for key, version in self._versions.items()}


BESIDE: Mapping[str, Sequence[type[EventRows | AccessRows | CauseRows]]] = {
    "case": (EventRows,),
    "clocks": (AccessRows, CauseRows),
}
"""By the model whose cursor says how far these are kept."""


class RowReplay:
    """The tables beside one model, from the first event on up to where its cursor stands."""

    def __init__(self, model: str, until: Until, has: Callable[[str], bool]) -> None:
        self._until, self._has = until, has
        self.folds = [make() for make in BESIDE.get(model, ())]
        self.unfolded: dict[str, Unfolded] = {}

    def take(self, facts: Sequence[Fact], batch: Sequence[Recorded]) -> None:
        """Takes the next events in, each with the record that it was read from."""
        if self.folds:
            for fact, recorded in zip(facts, batch, strict=True):
                if self._until.covers(fact):
                    for fold in self.folds:
                        self._take(fold, fact, recorded)

    def _take(self, fold: RowFold, fact: Fact, recorded: Recorded) -> None:
        try:
            fold.take(fact, recorded, [case_id for case_id in fact.case_ids if self._has(case_id)])
        except Exception as error:  # named for its event; the rows that it makes will differ
            self.unfolded.setdefault(fact.stream, unfolded(fact, error))

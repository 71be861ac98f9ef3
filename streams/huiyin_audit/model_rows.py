"""The rows that live models show or keep beside their states, made again: from states, or from events."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, LiteralString, NamedTuple, Protocol

from huiyin.supervision.v1 import types_pb2 as supervision
from huiyin_audit.replay import Unfolded, Until, unfolded
from huiyin_audit.sources import Recorded
from huiyin_domain.cases import view as views
from huiyin_domain.cases.fold import Case, summary_of
from huiyin_domain.cases.view import CaseView
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.record import ClockRecord, withdrawals
from huiyin_domain.clocks.rule import NOBODYS
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact
from huiyin_domain.figures.derive import contributions
from huiyin_kernel.codec import instant, to_envelope
from huiyin_kernel.packing import legible
from huiyin_kernel.timeline_rows import event_bytes

RowsMade = Iterator[tuple[str, bytes]]

_LATE = (supervision.CLOCK_STATUS_PASSED, supervision.CLOCK_STATUS_MET_LATE)
_IN_TIME = (supervision.CLOCK_STATUS_MET, supervision.CLOCK_STATUS_VOID)


class ShownTable(NamedTuple):
    """A table derived from a model: how to read its rows as key and columns, and how a state makes them."""

    query: LiteralString
    rows: Callable[[str, Any, Timetable], RowsMade]


def row_key(key: str) -> str:
    """RowsMade and states are named together, and must not be taken for each other."""
    return f"row {key}"


def row_bytes(columns: Sequence[Any], message: bytes) -> bytes:
    """A row in one byte form: its columns as text, then the message that people are shown."""
    return "\n".join(map(_text, columns)).encode() + b"\n" + message


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return value.timestamp().hex() if isinstance(value, datetime) else str(value)


def _case_rows(case_id: str, state: Case, timetable: Timetable) -> RowsMade:
    """None of a case that is known only from another's finding that it is the same matter."""
    if not state.event_count:
        return
    view = state.view
    shown = summary_of(state, timetable, view=view)
    received, accused = instant(shown.received_time), list(view.accused)
    place = [shown.display_number, received, shown.status, shown.responsible_unit, shown.division]
    columns = [*place, list(shown.parties), accused, sorted(view.former)]
    yield case_id, row_bytes(columns, shown.SerializeToString(deterministic=True))


def _clock_rows(case_id: str, state: ClockRecord, timetable: Timetable) -> RowsMade:
    for clock in clocks(state.clocks, timetable):
        shown = statutory_clock(clock)
        due = instant(shown.due_time) if shown.HasField("due_time") else None
        flags = [shown.status == supervision.CLOCK_STATUS_RUNNING, shown.status in _LATE]
        withdrawal = next(
            (one.SerializeToString(deterministic=True) for one in withdrawals(clock, state)), None
        )
        record = [state.has_passed(clock), state.is_withdrawn(clock), withdrawal]
        day = None if clock.nature in NOBODYS else clock.day
        columns = [case_id, shown.unit, due, day, *flags, *record]
        is_listed = any(flags) or (record[0] and not record[1])
        yield (
            clock.clock_id,
            row_bytes(columns, shown.SerializeToString(deterministic=True) if is_listed else b""),
        )


def _figure_rows(case_id: str, state: Case, timetable: Timetable) -> RowsMade:
    petition = state.intake.petition
    division, accused = petition.registration.division, sorted(petition.accused_units)
    for one in contributions(state, timetable):
        due, then = one.due, one.piece_when_due.value if one.piece_when_due else None
        counted = [one.unit, division, one.month, one.piece.value, one.days, due, then]
        yield f"{case_id}/{one.measure}/{one.number}", row_bytes([*counted, accused], b"")


SHOWN: Mapping[str, Sequence[ShownTable]] = {
    "case": (
        ShownTable(
            "SELECT case_id, display_number, received, status, unit, division, parties, accused, former,"
            " summary FROM {}.case_row",
            _case_rows,
        ),
        ShownTable(
            "SELECT case_id || '/' || measure || '/' || number, unit, division, month, piece, days, due,"
            " piece_when_due, accused, ''::bytea FROM {}.figure_row",
            _figure_rows,
        ),
    ),
    "clocks": (
        ShownTable(
            "SELECT clock_id, case_id, unit, due, day, running, late, passed, withdrawn, withdrawal,"
            " coalesce(clock, '')"
            " FROM {}.clock_row",
            _clock_rows,
        ),
    ),
}
"""By the name of the model."""


Table = dict[str, bytes]


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

    def rows(self) -> Table:
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
        self._rows: Table = {}

    def take(self, fact: Fact, recorded: Recorded, cases: Sequence[str]) -> None:
        """Adds the event to each case it names."""
        digest = sha256(event_bytes(to_envelope(*recorded))).digest()
        for case_id in cases:
            self._rows[f"event {case_id} {fact.log} {fact.position}"] = digest

    def rows(self) -> Table:
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

    def rows(self) -> Table:
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

    def rows(self) -> Table:
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

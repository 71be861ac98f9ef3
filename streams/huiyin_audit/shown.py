"""The rows that lists and tickers read, made again from replayed states: what is shown is compared too."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from huiyin.supervision.v1 import types_pb2 as supervision
from huiyin_domain.cases.fold import Case, summary_of
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.record import ClockRecord, withdrawals
from huiyin_domain.clocks.rule import NOBODYS
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.figures.derive import contributions
from huiyin_kernel.codec import instant

Rows = Iterator[tuple[str, bytes]]

_LATE = (supervision.CLOCK_STATUS_PASSED, supervision.CLOCK_STATUS_MET_LATE)
_IN_TIME = (supervision.CLOCK_STATUS_MET, supervision.CLOCK_STATUS_VOID)


class Shown(NamedTuple):
    """A table derived from a model: how to read its rows as key and columns, and how a state makes them."""

    query: LiteralString
    rows: Callable[[str, Any, Timetable], Rows]


def row_key(key: str) -> str:
    """Rows and states are named together, and must not be taken for each other."""
    return f"row {key}"


def row_bytes(columns: Sequence[Any], message: bytes) -> bytes:
    """A row in one byte form: its columns as text, then the message that people are shown."""
    return "\n".join(map(_text, columns)).encode() + b"\n" + message


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return value.timestamp().hex() if isinstance(value, datetime) else str(value)


def _case_rows(case_id: str, state: Case, timetable: Timetable) -> Rows:
    """None of a case that is known only from another's finding that it is the same matter."""
    if not state.event_count:
        return
    view = state.view
    shown = summary_of(state, timetable, view=view)
    received, accused = instant(shown.received_time), list(view.accused)
    place = [shown.display_number, received, shown.status, shown.responsible_unit, shown.division]
    columns = [*place, list(shown.parties), accused, sorted(view.former)]
    yield case_id, row_bytes(columns, shown.SerializeToString(deterministic=True))


def _clock_rows(case_id: str, state: ClockRecord, timetable: Timetable) -> Rows:
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


def _figure_rows(case_id: str, state: Case, timetable: Timetable) -> Rows:
    petition = state.intake.petition
    division, accused = petition.registration.division, sorted(petition.accused_units)
    for one in contributions(state, timetable):
        due, then = one.due, one.piece_when_due.value if one.piece_when_due else None
        counted = [one.unit, division, one.month, one.piece.value, one.days, due, then]
        yield f"{case_id}/{one.measure}/{one.number}", row_bytes([*counted, accused], b"")


SHOWN: Mapping[str, Sequence[Shown]] = {
    "case": (
        Shown(
            "SELECT case_id, display_number, received, status, unit, division, parties, accused, former,"
            " summary FROM {}.case_row",
            _case_rows,
        ),
        Shown(
            "SELECT case_id || '/' || measure || '/' || number, unit, division, month, piece, days, due,"
            " piece_when_due, accused, ''::bytea FROM {}.figure_row",
            _figure_rows,
        ),
    ),
    "clocks": (
        Shown(
            "SELECT clock_id, case_id, unit, due, day, running, late, passed, withdrawn, withdrawal,"
            " coalesce(clock, '')"
            " FROM {}.clock_row",
            _clock_rows,
        ),
    ),
}
"""By the name of the model."""

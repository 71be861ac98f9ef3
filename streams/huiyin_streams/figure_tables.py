"""From counted pieces to figures by month, division and unit, and to messages."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from huiyin.insight.v1 import types_pb2 as messages
from huiyin_domain.figures.contribution import Measure, Piece
from huiyin_domain.figures.table import BY_NAME, Figure
from huiyin_domain.figures.value import Amount, Value, for_outsiders, value_of
from huiyin_streams.figure_rows import Counted


class Cell(NamedTuple):
    """Where a figure counts, and which it is; division and unit are empty where it was not broken down."""

    month: str
    division: str
    unit: str
    name: str


Table = Mapping[Cell, Value]


def table_of(rows: Iterable[Counted], figures: Sequence[Figure]) -> Table:
    """The figures that counted pieces make. A measure without any piece gives no figure."""
    amounts: dict[tuple[str, str, str, str], dict[Piece, Amount]] = {}
    for row in rows:
        amounts.setdefault(row[:4], {})[Piece(row.piece)] = Amount(row.cases, row.days)
    return {
        Cell(month, division, unit, figure.name): value_of(figure, pieces)
        for (month, division, unit, measure), pieces in amounts.items()
        for figure in figures
        if figure.measure is Measure(measure)
    }


def public(table: Table, known: Table, minimum: int) -> Table:
    """The figures of a division in sum, as shown to one who sees the share `known` of them."""
    return {cell: for_outsiders(value, known.get(cell, Value()), minimum) for cell, value in table.items()}


def at(table: Table, division: str, unit: str) -> Table:
    """The table with division and unit filled in where it was not broken down by them."""
    return {
        cell._replace(division=cell.division or division, unit=cell.unit or unit): value
        for cell, value in table.items()
    }


def listed(*tables: Table) -> list[messages.Figure]:
    """The figures of all tables by month, division, unit and name."""
    whole = {cell: value for table in tables for cell, value in table.items()}
    return [_message(cell, value) for cell, value in sorted(whole.items(), key=lambda found: found[0])]


def _message(cell: Cell, value: Value) -> messages.Figure:
    pieces = [messages.FigurePiece(name=piece, case_count=count) for piece, count in value.pieces]
    return messages.Figure(
        name=cell.name,
        unit=cell.unit,
        division=cell.division,
        month=cell.month,
        numerator=value.numerator,
        denominator=value.denominator,
        missing=value.missing,
        pieces=pieces,
        suppressed=value.suppressed,
        in_days=BY_NAME[cell.name].in_days,
    )

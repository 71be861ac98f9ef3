"""The rows of figures and the tables that they are added up in."""

from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin.insight.v1 import types_pb2 as messages
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.table import BY_NAME, Figure
from huiyin_domain.figures.value import Amount, Value, for_outsiders, value_of
from huiyin_kernel.access_sql import Condition, by_county, conjunction

_UPSERT = """
INSERT INTO streams.figure_row AS kept
  (case_id, measure, number, unit, division, month, piece, days, due, piece_when_due, accused)
SELECT case_id, measure, number, unit, division, month, piece, days, due, piece_when_due,
  string_to_array(accused, ',')
FROM unnest(%b::text[], %b::text[], %s::int[], %b::text[], %b::text[], %b::text[], %b::text[], %s::int[],
  %s::timestamptz[], %b::text[], %b::text[])
  AS new (case_id, measure, number, unit, division, month, piece, days, due, piece_when_due, accused)
ON CONFLICT (case_id, measure, number) DO UPDATE SET
  unit = EXCLUDED.unit, division = EXCLUDED.division, month = EXCLUDED.month, piece = EXCLUDED.piece,
  days = EXCLUDED.days, due = EXCLUDED.due, piece_when_due = EXCLUDED.piece_when_due,
  accused = EXCLUDED.accused
WHERE (kept.*) IS DISTINCT FROM (EXCLUDED.*)
"""
"""What is there already is not written again."""

_DELETE_OTHERS = """
DELETE FROM streams.figure_row AS kept WHERE case_id = ANY(%s) AND NOT EXISTS (
  SELECT FROM unnest(%b::text[], %b::text[], %s::int[]) AS new (case_id, measure, number)
  WHERE (new.case_id, new.measure, new.number) = (kept.case_id, kept.measure, kept.number))
"""
_DELETE = """
DELETE FROM streams.figure_row AS kept
USING unnest(%b::text[], %b::text[], %s::int[]) AS gone (case_id, measure, number)
WHERE (gone.case_id, gone.measure, gone.number) = (kept.case_id, kept.measure, kept.number)
"""


class CaseRows(NamedTuple):
    """What one case adds, with its division and who is accused in it."""

    division: str
    accused: Sequence[str]
    contributions: Sequence[Contribution]


Values = tuple[Any, ...]
_KEY = 3
"""So many columns of a row are its key: case, measure and number."""


def row_values(case_id: str, rows: CaseRows) -> list[Values]:
    """The columns of a case's rows, in the order of the table."""
    accused = ",".join(rows.accused)
    return [
        (
            case_id,
            one.measure.value,
            one.number,
            one.unit,
            rows.division,
            one.month,
            one.piece.value,
            one.days,
            one.due,
            one.piece_when_due.value if one.piece_when_due else None,
            accused,
        )
        for one in rows.contributions
    ]


class FigureChange(NamedTuple):
    """What becomes of a case's rows. `gone` are keys of those that are none any more; None: of all others."""

    case_id: str
    written: Sequence[Values]
    gone: Sequence[Values] | None


def change(case_id: str, known: Set[Values] | None, rows: Sequence[Values]) -> FigureChange:
    """From the rows that the database has, where they are known; most events leave most as they are."""
    if known is None:
        return FigureChange(case_id, rows, None)
    keys = {row[:_KEY] for row in rows}
    gone = [row[:_KEY] for row in known if row[:_KEY] not in keys]
    return FigureChange(case_id, [row for row in rows if row not in known], gone)


async def write_figures(connection: AsyncConnection[Any], changes: Sequence[FigureChange]) -> None:
    """Makes what these cases add so."""
    if whole := [one for one in changes if one.gone is None]:
        kept = _columns([row[:_KEY] for one in whole for row in one.written], _KEY)
        await connection.execute(_DELETE_OTHERS, ([one.case_id for one in whole], *kept))
    if gone := [key for one in changes for key in one.gone or ()]:
        await connection.execute(_DELETE, _columns(gone, _KEY))
    if written := [row for one in changes for row in one.written]:
        await connection.execute(_UPSERT, _columns(written, len(written[0])))


def _columns(rows: Sequence[Values], count: int) -> list[list[Any]]:
    return [[row[place] for row in rows] for place in range(count)]


class CountedPiece(NamedTuple):
    """So many cases in a piece of a measure, with their days; empty texts where it was not broken down."""

    month: str
    division: str
    unit: str
    measure: str
    piece: str
    cases: int
    days: int


_COUNT = """
SELECT month, {division}, {unit}, measure,
  CASE WHEN due <= %(as_of)s THEN piece_when_due ELSE piece END AS shown,
  sum(cases), sum(days)
FROM streams.figure_cell WHERE {where} GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT %(limit)s
"""


async def count_figures(
    connection: AsyncConnection[Any],
    conditions: Sequence[Condition],
    as_of: datetime,
    limit: int,
    *,
    by_unit: bool = False,
    by_division: bool = False,
) -> list[CountedPiece]:
    """The pieces of all measures at an instant, by month and, when asked for, by unit and division."""
    where = conjunction(conditions)
    parameters = {"as_of": as_of, "limit": limit, **where.parameters}
    text = _COUNT.format(
        division=by_county("division") if by_division else "''",
        unit="unit" if by_unit else "''",
        where=where.text,
    )
    cursor = await connection.execute(sql.SQL(text), parameters)
    return [CountedPiece._make((*row[:5], int(row[5]), int(row[6]))) for row in await cursor.fetchall()]


class FigureCell(NamedTuple):
    """Where a figure counts, and which it is; division and unit are empty where it was not broken down."""

    month: str
    division: str
    unit: str
    name: str


Table = Mapping[FigureCell, Value]


def table_of(rows: Iterable[CountedPiece], figures: Sequence[Figure]) -> Table:
    """The figures that counted pieces make. A measure without any piece gives no figure."""
    amounts: dict[tuple[str, str, str, str], dict[Piece, Amount]] = {}
    for row in rows:
        amounts.setdefault(row[:4], {})[Piece(row.piece)] = Amount(row.cases, row.days)
    return {
        FigureCell(month, division, unit, figure.name): value_of(figure, pieces)
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


def _message(cell: FigureCell, value: Value) -> messages.Figure:
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

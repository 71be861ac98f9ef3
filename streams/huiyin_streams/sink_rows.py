"""Writes what the stream folds put out into the tables that are read for display; the same for every host."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, LiteralString, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.codec import instant

Values = tuple[Any, ...]

_HOT_ISSUE: LiteralString = """
INSERT INTO streams.hot_issue (issue_id, division, filing_count, last_date, issue)
SELECT * FROM unnest(%b::text[], %b::text[], %s::int[], %s::date[], %b::bytea[])
ON CONFLICT (issue_id) DO UPDATE SET division = EXCLUDED.division, filing_count = EXCLUDED.filing_count,
  last_date = EXCLUDED.last_date, issue = EXCLUDED.issue
"""
_NO_ISSUE: LiteralString = "DELETE FROM streams.hot_issue WHERE issue_id = ANY(%s)"
_NO_WARNING: LiteralString = "DELETE FROM streams.clock_warning WHERE clock_id = ANY(%s)"
_WARNING: LiteralString = """
INSERT INTO streams.clock_warning AS known (clock_id, number, case_id, unit, warn, due, provisional, warning)
SELECT * FROM unnest(%b::text[], %s::bigint[], %b::text[], %b::text[], %s::timestamptz[], %s::timestamptz[],
  %s::boolean[], %b::bytea[])
ON CONFLICT (clock_id) DO UPDATE SET number = EXCLUDED.number, case_id = EXCLUDED.case_id,
  unit = EXCLUDED.unit, warn = EXCLUDED.warn, due = EXCLUDED.due, provisional = EXCLUDED.provisional,
  warning = EXCLUDED.warning
WHERE known.number <= EXCLUDED.number
"""


class _Statement(NamedTuple):
    """One statement for many outputs, by columns, and how each becomes its values."""

    text: LiteralString
    values: Callable[[Output], Values]


async def write_outputs(
    connection: AsyncConnection[Any], outputs: Iterable[Output], *, in_order: bool = False
) -> int:
    """Writes the newest output of each key, in the caller's transaction; returns how many that were.

    Where they come from one writer, `in_order`, none can come late: a warning that is gone leaves no row.
    """
    newest = [(_statement(output, in_order), output) for output in _newest(outputs)]
    for statement in (_ISSUES, _GONE_ISSUES, _WARNINGS, _GONE_WARNINGS):
        values = [statement.values(output) for its, output in newest if its is statement]
        if values:
            await connection.execute(statement.text, [list(column) for column in zip(*values, strict=True)])
    return len(newest)


async def forget_rows(connection: AsyncConnection[Any]) -> None:
    """Empties the tables, in the caller's transaction, for a host that begins at the beginning."""
    for table in ("hot_issue", "clock_warning"):
        await connection.execute(sql.SQL("DELETE FROM streams.{}").format(sql.Identifier(table)))


def _newest(outputs: Iterable[Output]) -> Sequence[Output]:
    """Of several for one key the last; but none with a lower number than one before it."""
    found: dict[tuple[Sink, str], Output] = {}
    for output in outputs:
        known = found.get((output.sink, output.key))
        if known is None or known.number <= output.number:
            found[output.sink, output.key] = output
    return list(found.values())


def _statement(output: Output, in_order: bool = False) -> _Statement:
    match output.sink:
        case Sink.HOT_ISSUES:
            return _GONE_ISSUES if output.value is None else _ISSUES
        case Sink.WARNINGS:
            return _GONE_WARNINGS if in_order and output.value is None else _WARNINGS
        case Sink.FILINGS:
            raise ValueError("filings are for the fold of hot issues, not for display")


def values_of(output: Output) -> Values:
    """The values of the row that shows an output."""
    return _statement(output).values(output)


def _issue_values(output: Output) -> Values:
    issue = HotIssue.FromString(output.value or b"")
    last = date.fromisoformat(issue.last_date)
    return issue.issue_id, issue.division, issue.filing_count, last, output.value


def _warning_values(output: Output) -> Values:
    if output.value is None:
        return output.key, output.number, None, None, None, None, False, None
    warning = ClockWarning.FromString(output.value)
    times = instant(warning.warn_time), instant(warning.due_time)
    shown = warning.provisional, output.value
    return output.key, output.number, warning.case_id, warning.unit, *times, *shown


def _key(output: Output) -> Values:
    return (output.key,)


_ISSUES = _Statement(_HOT_ISSUE, _issue_values)
_GONE_ISSUES = _Statement(_NO_ISSUE, _key)
_WARNINGS = _Statement(_WARNING, _warning_values)
_GONE_WARNINGS = _Statement(_NO_WARNING, _key)

"""The rows that append() answers with, as the outcome of each append of the batch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from huiyin_store.port import (
    Append,
    Appended,
    CorruptLogError,
    EventIdReusedError,
    RequestReusedError,
    StoreError,
    StreamEnd,
    VersionConflictError,
)

Outcome = Appended | StoreError


class AnswerRow(NamedTuple):
    """One row of type answer (tables.sql); `request` counts from 1, what follows `first` may be NULL."""

    request: int
    verdict: str
    recorded: datetime
    first: int
    stream: str | None
    version: int
    position: int
    hash: bytes


def outcomes(appends: Sequence[Append], rows: Iterable[AnswerRow]) -> list[Outcome]:
    """What became of each append."""
    sorted_rows: list[list[AnswerRow]] = [[] for _ in appends]
    for row in rows:
        sorted_rows[row.request - 1].append(row)
    return [_outcome(append, its_rows) for append, its_rows in zip(appends, sorted_rows, strict=True)]


def _outcome(append: Append, rows: list[AnswerRow]) -> Outcome:
    if not rows:
        return CorruptLogError(f"append {append.request_id} got no answer: the log's functions do not fit")
    first = rows[0]
    match first.verdict:
        case "appended" | "repeated" | "passed":
            ends = tuple([StreamEnd._make(row[4:]) for row in rows if row.stream is not None])
            last = ends[-1].position if ends else 0
            return Appended(ends, first.first, last, first.recorded, first.verdict != "appended")
        case "conflict":
            return VersionConflictError(first.stream or "", _expected(append, first.stream), first.version)
        case "request reused":
            return RequestReusedError(append.request_id)
        case "events reused":
            return EventIdReusedError(first.stream or "")
        case _:
            return CorruptLogError(f"append {append.request_id} got the unknown verdict {first.verdict}")


def _expected(append: Append, stream: str | None) -> int:
    return next(write.expected for write in append.writes if write.stream == stream)

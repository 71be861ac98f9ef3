"""What cannot be compared, by model: a view that is closed, cases set aside, letters that wait."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection, Error, errors, sql

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_audit.checks.replay_exact import promise
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.reach import Reach
from huiyin_audit.replay import Fold, Unfolded
from huiyin_audit.verdict import Verdict, verdict
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.clocks.record import ClockFold

READ_MODELS: tuple[tuple[str, tuple[Fold[Any], ...]], ...] = (
    ("streams", (CaseFold(),)),
    ("supervision", (ClockFold(),)),
)
"""Schema and folds."""


VIEW_UNREADABLE = Rule(
    "VIEW_UNREADABLE",
    "现有视图无法读取：{error}",
    "the live view cannot be read: {error}",
)

UNREADABLE = (errors.UndefinedTable, errors.UndefinedColumn, errors.InsufficientPrivilege)
"""What the database says of it."""


def unreadable(model: str, error: Error, reach: Sequence[Reach]) -> Verdict:
    """The verdict on such a model."""
    return verdict(promise(model), [finding_of(model, error)], (), reach)


def finding_of(view: str, error: Error) -> Finding:
    """The same as a finding."""
    return VIEW_UNREADABLE.at(Place(view), error=error.diag.message_primary)


CASE_SET_ASIDE = Rule(
    "CASE_SET_ASIDE",
    "{model} 已将 {key} 搁置：其后的事件在等待，见死信",
    "{model} has set {key} aside: its later events wait, see the dead letters",
)
EVENT_NOT_FOLDED = Rule(
    "EVENT_NOT_FOLDED",
    "{model} 无法将此事件折入 {key}：{error}",
    "{model} cannot fold this event into {key}: {error}",
)

_ASIDE = "SELECT DISTINCT key FROM {}.fold_waiting WHERE model = %s ORDER BY key"


async def cases_aside(connection: AsyncConnection[Any], schema: str, model: str) -> list[Finding]:
    """The cases that a live model has set aside."""
    query = sql.SQL(_ASIDE).format(sql.Identifier(schema))
    try:
        async with connection.transaction():
            rows = await (await connection.execute(query, (model,))).fetchall()
    except UNREADABLE:
        return []  # a database of before there was such a table
    return [CASE_SET_ASIDE.at(Place(model, 0, key), model=model, key=key) for (key,) in rows]


def not_folded(model: str, unfolded: Mapping[str, Unfolded]) -> Iterator[Finding]:
    """What a fold could not take, by key."""
    for key, (place, error) in unfolded.items():
        yield EVENT_NOT_FOLDED.at(place, model=model, key=key, error=f"{type(error).__name__}: {error}")


PROMISE = "P14 nothing accepted stops anything"
KEEPERS = ("intake", "reception", "judicial", "supervision", "streams")
"""The services that set aside what they could not take themselves; agencies' messages have receipts."""

SET_ASIDE = Rule(
    "SET_ASIDE",
    "{consumer} 未能处理此处的事件，相关事项已搁置：{cause}",
    "{consumer} could not take what stands here, and set it aside: {cause}",
)
LETTERS_UNREADABLE = Rule(
    "LETTERS_UNREADABLE",
    "{keeper} 的死信无法读取：{error}",
    "the dead letters of {keeper} cannot be read: {error}",
)

_OPEN = "SELECT letter FROM {}.dead_letter WHERE state < 3 ORDER BY sequence"


async def nothing_set_aside(dsn: str, logs: Sequence[str]) -> Verdict:
    """Whether anything waits to be driven again, of whatever log; while it does, the question is open."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        found = [finding for keeper in KEEPERS for finding in await _of(connection, keeper)]
    return verdict(PROMISE, (), found)


async def _of(connection: AsyncConnection[tuple[bytes]], keeper: str) -> list[Finding]:
    query = sql.SQL(_OPEN).format(sql.Identifier(keeper))
    try:
        rows = await (await connection.execute(query)).fetchall()
    except psycopg.ProgrammingError as error:
        said = error.diag.message_primary
        return [LETTERS_UNREADABLE.at(Place(keeper), keeper=keeper, error=said)]
    return [_finding(DeadLetter.FromString(data)) for (data,) in rows]


def _finding(letter: DeadLetter) -> Finding:
    return SET_ASIDE.at(Place(letter.log, letter.position), consumer=letter.consumer, cause=letter.cause)

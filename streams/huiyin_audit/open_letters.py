"""Promise P14, nothing accepted stops anything: what folds, inboxes and clocks could not take, and waits."""

from collections.abc import Sequence

import psycopg
from psycopg import AsyncConnection, sql

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.verdict import Verdict, verdict

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

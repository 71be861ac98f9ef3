"""What a view has set aside: a case that it does not show as the logs have it, however exact the rest is."""

from collections.abc import Iterator, Mapping
from typing import Any

from psycopg import AsyncConnection, sql

from huiyin_audit.findings import Finding, Place, Rule
from huiyin_audit.replay import Unfolded
from huiyin_audit.unreadable import UNREADABLE

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

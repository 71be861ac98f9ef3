"""How far something was judged: a view is compared with the whole log, never only with itself."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin_audit.findings import Finding, Place, Rule
from huiyin_kernel.codec import context_of

CURSOR_BEYOND_LOG = Rule(
    "CURSOR_BEYOND_LOG",
    "{view} 记为已读到位置 {position}，而日志止于 {end}",
    "{view} is on record as having read up to position {position}, but the log ends at {end}",
)

_END = "SELECT coalesce(max(position), 0) FROM {}.event"


class Reach(NamedTuple):
    """A log, the position up to which it was judged, and the position at which it ends."""

    log: str
    position: int
    end: int

    @property
    def is_whole(self) -> bool:
        """True when nothing of the log was left out."""
        return self.position >= self.end


def is_whole(reach: Iterable[Reach]) -> bool:
    """True when nothing of any of the logs was left out."""
    return all(one.is_whole for one in reach)


def reached(positions: Mapping[str, int], ends: Mapping[str, int]) -> tuple[Reach, ...]:
    """How far a view has come in each log; a log of which it knows nothing counts from the beginning."""
    return tuple(Reach(log, positions.get(log, 0), end) for log, end in ends.items())


def beyond(view: str, reach: Iterable[Reach]) -> list[Finding]:
    """What a view claims to have read that is in no log."""
    return [
        CURSOR_BEYOND_LOG.at(Place(one.log, one.end), view=view, position=one.position, end=one.end)
        for one in reach
        if one.position > one.end
    ]


async def log_ends(connection: AsyncConnection[Any], logs: Iterable[str]) -> dict[str, int]:
    """The last position of each log of the database."""
    ends: dict[str, int] = {}
    for log in logs:
        query = sql.SQL(_END).format(sql.Identifier(context_of(log)))
        ends[log] = int((await (await connection.execute(query)).fetchall())[0][0])
    return ends

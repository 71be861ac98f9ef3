"""What a subscriber is sent of the timeline: what it may see, page by page, as fast as it takes them.

An agency is sent the entries that have reached it, a supervisor those of its region, auditors and services
all. A subscription may ask for less. Each entry is sent once: an entry that is sent again (catch_up) counts
only where it first reaches somebody through whom the subscriber sees it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from psycopg import AsyncConnection, OperationalError, sql
from psycopg_pool import AsyncConnectionPool

from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.access import Scope, scope
from huiyin_domain.context import Principal
from huiyin_domain.directory import Directory
from huiyin_kernel.access_sql import closed_by, conjunction, entries, in_division, reached, within
from huiyin_kernel.fold_loop import OwnConnection
from huiyin_kernel.timeline_rows import ENTRIES, case_event, timeline_end
from huiyin_store.durable_reads import Durable, set_within


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A WHERE clause over streams.timeline_entry e, with its parameters."""

    where: str
    parameters: Mapping[str, Any]


def entitlement(principal: Principal, request: SubscribeCasesRequest, directory: Directory) -> Entitlement:
    """What of the timeline this principal is sent for this request."""
    reach = scope(principal, directory)
    viewer = _viewer(reach, request, directory)
    asked = sorted({code for code in (request.centre, request.agency) if code})
    parameters = {
        "asked": asked,
        "viewed": sorted({*asked, viewer}),
        "cases": list(request.case_ids),
        "types": list(request.types),
    }
    table = entries(reach, reached("asked", asked), reached("viewed", ("the viewer",)))
    seen = conjunction(
        [within(closed_by(reach, viewer), table), *in_division(request.division, "e.division")]
    )
    where = " AND ".join([seen.text, *_filters(request)])
    return Entitlement(where, {**parameters, **seen.parameters})


def _viewer(reach: Scope, request: SubscribeCasesRequest, directory: Directory) -> str:
    """Through whose eyes an agency looks: a joint reception centre's, for those who run it and ask for it."""
    runs_it = reach.agency in directory.operators(request.centre)
    return request.centre if runs_it else reach.agency


def _filters(request: SubscribeCasesRequest) -> Iterable[str]:
    if request.case_ids:
        yield "e.case_id = ANY(%(cases)s)"
    if request.types:
        yield "e.type = ANY(%(types)s)"


WINDOW = 20_000
"""Places that one query looks at; most of them may be others'."""
PROGRESS_SECONDS = 1.0
"""Between pages that say no more than how far was looked."""
LOOK_SECONDS = 5.0
"""Between looks for entries of which nobody told."""
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)

_WANTED = sql.SQL("""
{entries} WHERE e.sequence > %(after)s AND e.sequence <= %(until)s AND {wanted}
ORDER BY e.sequence LIMIT %(size)s
""")


class EntryPage(NamedTuple):
    """Entries, and the place up to which everything was looked at."""

    entries: list[CaseEvent]
    upto: int


class EntryPages:
    """Reads the timeline for subscribers. `durable` says how far it is known to have come."""

    def __init__(self, pool: AsyncConnectionPool, durable: Durable, size: int) -> None:
        self._pool, self._durable, self._size = pool, durable, size

    async def end(self) -> int:
        """The last place."""
        async with self._pool.connection() as connection:
            return await timeline_end(connection)

    async def follow(
        self, wanted: Entitlement, after: int, end: int | None
    ) -> AsyncGenerator[EntryPage, None]:
        """History, then what comes, for ever. That the `end` is reached is said at once."""
        clock = asyncio.get_running_loop().time
        said = clock()
        while True:
            growth = self._durable.growth()
            page = await self._page(wanted, after)
            moved, after = page.upto > after, page.upto
            ended = end is not None and after >= end
            if page.entries or (moved and (ended or clock() - said >= PROGRESS_SECONDS)):
                said = clock()
                yield page
            if not moved:
                await set_within(growth, LOOK_SECONDS)

    async def _page(self, wanted: Entitlement, after: int) -> EntryPage:
        async with self._pool.connection() as connection:
            until = min(await timeline_end(connection), after + WINDOW)
            if until <= after:
                return EntryPage([], after)
            entries = await self._entries(connection, wanted, after, until)
        full = len(entries) == self._size
        return EntryPage(entries, entries[-1].sequence if full else until)

    async def _entries(
        self, connection: AsyncConnection[Any], wanted: Entitlement, after: int, until: int
    ) -> list[CaseEvent]:
        query = _WANTED.format(entries=sql.SQL(ENTRIES), wanted=sql.SQL(wanted.where))
        values = {**wanted.parameters, "after": after, "until": until, "size": self._size}
        rows = await (await connection.execute(query, values, binary=True)).fetchall()
        return [case_event(row) for row in rows]


async def listen(dsn: str, durable: Durable) -> None:
    """Hears from the database how far the timeline has come, for ever; over outages of the database."""
    listener = OwnConnection(dsn, listens="timeline")
    try:
        while True:
            try:
                durable.reached(await timeline_end(await listener.connected()))
                while True:
                    for end in await listener.told(LOOK_SECONDS):
                        durable.reached(int(end))
            except OperationalError as error:
                log.warning("subscriptions are not told of new entries, and look themselves: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
    finally:
        await listener.aclose()

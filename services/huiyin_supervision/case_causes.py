"""What lateness depends on: how far a case's streams had come when its clocks were derived (promise P7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.codec import context_of

_OWN = "supervision"
"""Lateness stands in this service's own log, whose order every reader keeps."""

_WRITE = """
INSERT INTO supervision.case_cause (case_id, log, stream, version)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
ON CONFLICT (case_id, log, stream) DO UPDATE SET version = greatest(case_cause.version, EXCLUDED.version)
"""
_READ = """
SELECT case_id, log, stream, version FROM supervision.case_cause WHERE case_id = ANY(%s) ORDER BY 1, 2, 3
"""


async def write_causes(connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
    """Notes the last version of each foreign stream of a case; again changes nothing."""
    last: dict[tuple[str, str, str], int] = {}
    for event in events:
        if context_of(event.log) != _OWN:
            for case_id in event.metadata.case_ids:
                place = (case_id, event.log, event.stream)
                last[place] = max(last.get(place, 0), event.version)
    if last:
        cases, logs, streams = zip(*last, strict=True)
        await connection.execute(_WRITE, (list(cases), list(logs), list(streams), list(last.values())))


async def read_causes(
    connection: AsyncConnection[Any], case_ids: Sequence[str]
) -> Mapping[str, tuple[Cause, ...]]:
    """The causes of lateness in these cases."""
    rows = await (await connection.execute(_READ, (list(case_ids),))).fetchall()
    found: dict[str, tuple[Cause, ...]] = {}
    for case_id, log, stream, version in rows:
        found[case_id] = (*found.get(case_id, ()), Cause(log=log, stream=stream, version=version))
    return found

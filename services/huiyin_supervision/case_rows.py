"""What the access policy and lateness need to know of a case, kept beside its clocks."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionRegistered, RegistrationCorrected
from huiyin_kernel.codec import context_of, payload_of

_REGISTERED = """
INSERT INTO supervision.case_row (case_id, division) VALUES (%s, %s) ON CONFLICT (case_id) DO NOTHING
"""
_CLASSIFIED = "UPDATE supervision.case_row SET accused = %s WHERE case_id = %s"
_MOVED = "UPDATE supervision.case_row SET division = %s WHERE case_id = %s"
_WRITTEN = (PetitionRegistered, PetitionClassified, RegistrationCorrected)
_TYPES = frozenset(message.DESCRIPTOR.full_name for message in _WRITTEN)


async def write_cases(connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
    """Takes over where cases belong and who is accused in them; again changes nothing."""
    for event in events:
        if event.type in _TYPES:
            await _write(connection, event)


async def _write(connection: AsyncConnection[Any], event: Event) -> None:
    message = payload_of(event)
    if isinstance(message, PetitionRegistered):
        await connection.execute(_REGISTERED, (message.case_id, message.division))
    elif isinstance(message, PetitionClassified):
        case_id = event.metadata.case_ids[0]
        await connection.execute(_CLASSIFIED, (sorted(set(message.accused_units)), case_id))
    elif isinstance(message, RegistrationCorrected) and "division" in message.fields:
        await connection.execute(_MOVED, (message.division, event.metadata.case_ids[0]))


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

"""What the access policy and lateness need to know of a case, kept beside its clocks."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionRegistered, RegistrationCorrected
from huiyin_kernel.codec import context_of, payload_of

_REGISTERED = """
INSERT INTO supervision.case_row (case_id, division) SELECT * FROM unnest(%b::text[], %b::text[])
ON CONFLICT (case_id) DO NOTHING
"""
_ACCUSED = "UPDATE supervision.case_row SET accused = %s WHERE case_id = ANY(%s) AND accused <> %s"
_MOVED = """
UPDATE supervision.case_row AS kept SET division = new.division
FROM unnest(%b::text[], %b::text[]) AS new (case_id, division) WHERE kept.case_id = new.case_id
"""
_WRITTEN = (PetitionRegistered, PetitionClassified, RegistrationCorrected)
_TYPES = frozenset(message.DESCRIPTOR.full_name for message in _WRITTEN)


async def write_cases(connection: AsyncConnection[Any], events: Sequence[Event]) -> None:
    """Takes over where cases belong and who is accused in them; again changes nothing."""
    told = [(event.metadata.case_ids[0], payload_of(event)) for event in events if event.type in _TYPES]
    registered = {case_id: one.division for case_id, one in told if isinstance(one, PetitionRegistered)}
    accused = {case_id: _accused(one) for case_id, one in told if isinstance(one, PetitionClassified)}
    corrected = [(case_id, one) for case_id, one in told if isinstance(one, RegistrationCorrected)]
    moved = {case_id: one.division for case_id, one in corrected if "division" in one.fields}
    if registered:
        await connection.execute(_REGISTERED, (list(registered), list(registered.values())))
    for units in set(accused.values()):  # hardly ever anybody but nobody
        cases = [case_id for case_id, theirs in accused.items() if theirs == units]
        await connection.execute(_ACCUSED, (list(units), cases, list(units)))
    if moved:
        await connection.execute(_MOVED, (list(moved), list(moved.values())))


def _accused(event: PetitionClassified) -> tuple[str, ...]:
    return tuple(sorted(set(event.accused_units)))


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

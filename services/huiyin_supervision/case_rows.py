"""What the access policy needs to know of a case, kept beside its clocks."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionRegistered, RegistrationCorrected
from huiyin_kernel.codec import payload_of

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

"""Opens the sealed fields of a petition's events."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin.intake.v1.service_pb2 import OpenedField
from huiyin_intake.doubts import doubt_of
from huiyin_kernel.codec import decode, decode_metadata
from huiyin_kernel.vault.secret_fields import sealed_in
from huiyin_kernel.vault.vault import Vault
from huiyin_store.port import RecordedEvent

Closed = AbstractSet[tuple[UUID, str]]
"""Sealed fields, by the event's id and the field's name."""


async def open_fields(
    vault: Vault, events: Sequence[RecordedEvent], purposes: frozenset[str], closed: Closed = frozenset()
) -> list[OpenedField]:
    """The sealed fields with these purposes (all, when none is named), in the order of events.

    `closed` are those that are not opened: what a case was about before it was put in other words.
    """
    found = [
        (str(event.event_id), sealed)
        for event in events
        for sealed in (*sealed_in(decode(event)), *sealed_in(decode_metadata(event).entry))
        if not purposes or sealed.purpose in purposes
        if (event.event_id, sealed.purpose) not in closed
    ]
    opened = await vault.open_many([sealed for _, sealed in found])
    return [_field(event_id, sealed, clear) for (event_id, sealed), clear in zip(found, opened, strict=True)]


def _field(event_id: str, sealed: Sealed, clear: object) -> OpenedField:
    if isinstance(clear, Clear):
        doubt = doubt_of(clear.person)
        return OpenedField(
            purpose=sealed.purpose, clear=clear, event_id=event_id, identity_number_doubt=doubt
        )
    return OpenedField(purpose=sealed.purpose, event_id=event_id, destroyed=True)

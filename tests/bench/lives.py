"""Stored lives: the events of a plain case, as many times as asked."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Actor, Sealed
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_kernel.codec import encode, timestamp
from huiyin_kernel.ids import uuid7
from huiyin_store.port import Append, NewKey, StreamWrite

OFFICE, UNIT = "11990101000000262Q", "11990101000000270K"
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
_SEALED: Mapping[str, Any] = {"nonce": bytes(12), "ciphertext": bytes(180), "purpose": "content"}

ACTS = (1, 1, 1, 2, 1, 1, 1, 1, 1, 1)
"""How many of a life's events come of each of its acts, one append after the other."""


TOGETHER = 500
"""So many lives are under way at once: their acts come in turn."""


def appends(count: int) -> Iterator[Append]:
    """An append for each act of so many lives, and a key for each life, as the services write them."""
    for first in range(0, count, TOGETHER):
        lives = [_acts() for _ in range(min(TOGETHER, count - first))]
        for acts in zip(*lives, strict=True):
            yield from acts


def _acts() -> Iterator[Append]:
    case_id, sealed = str(uuid7()), Sealed(key_id=str(uuid7()), **_SEALED)
    keys = (NewKey(UUID(sealed.key_id), f"case-{case_id}", bytes(60), "master-1"),)
    story, version = iter(life(case_id, sealed)), 0
    for number in ACTS:
        yield _append(case_id, version, list(islice(story, number)), () if version else keys)
        version += number


def _append(case_id: str, version: int, act: Sequence[Message], keys: tuple[NewKey, ...]) -> Append:
    request_id = uuid7()
    metadata = EventMetadata(
        case_ids=[case_id],
        actor=Actor(agency=OFFICE, officer="officer-01"),
        request_id=str(request_id),
        correlation_id=str(request_id),
        audience=[OFFICE, UNIT],
    )
    stored = tuple(encode(uuid7(), event, metadata, NOW) for event in act)
    return Append(request_id, bytes(32), (StreamWrite(f"petition-{case_id}", version, stored),), keys)


def life(case_id: str, sealed: Sealed) -> list[Message]:
    """Registered, sent on, accepted, answered, carried out, closed and rated."""
    stamp, opinion = timestamp(NOW), str(uuid7())
    return [
        events.PetitionRegistered(
            case_id=case_id,
            display_number="HY990101-20260302-7F3K2ABC",
            channel="web",
            received_time=stamp,
            person_id=str(uuid7()),
            petitioner=sealed,
            subject=sealed,
            content=sealed,
            division="990101",
            person_count=1,
            unit=OFFICE,
            petition_office=True,
            query_code_hash=bytes(32),
        ),
        events.PetitionClassified(
            petition_class=types.PETITION_CLASS_CLAIM,
            route=types.ROUTE_PETITION,
            track=common.TRACK_ADMINISTRATIVE,
            reasons=sealed,
        ),
        events.PetitionHandedOver(
            handover_id=str(uuid7()),
            kind=types.HANDOVER_KIND_TRANSFER,
            from_unit=OFFICE,
            to_unit=UNIT,
            note=sealed,
            handed_over_time=stamp,
        ),
        events.ResponsibilityMoved(
            from_unit=OFFICE, to_unit=UNIT, epoch=2, basis=types.MOVE_BASIS_ACCEPTANCE
        ),
        events.PetitionAccepted(unit=UNIT, accepted_time=stamp),
        events.ReceiptNotified(unit=UNIT, served_time=stamp, method=types.SERVICE_METHOD_MAIL),
        events.OpinionIssued(
            opinion_id=opinion,
            outcome=types.OPINION_OUTCOME_SUPPORTED,
            document=sealed,
            document_mark=bytes(32),
            officer="officer-01",
        ),
        events.OpinionServed(opinion_id=opinion, served_time=stamp, method=types.SERVICE_METHOD_MAIL),
        events.SupportExecuted(report=sealed),
        events.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED),
        events.PetitionRated(office_rating=types.RATING_SATISFIED, unit_rating=types.RATING_SATISFIED),
    ]

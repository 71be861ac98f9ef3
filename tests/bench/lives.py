"""Stored lives for replay: the events of a plain case, as many times as asked."""

from collections.abc import Iterator
from datetime import UTC, datetime

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Actor, Sealed
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_kernel.codec import encode, timestamp
from huiyin_kernel.ids import uuid7
from huiyin_store.port import NO_STREAM, Append, StreamWrite

OFFICE, UNIT = "11990101000000262Q", "11990101000000270K"
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
SEALED = Sealed(key_id=str(uuid7()), nonce=bytes(12), ciphertext=bytes(180), purpose="content")


def appends(count: int) -> Iterator[Append]:
    """One append for each life, with all its events."""
    for _ in range(count):
        case_id = str(uuid7())
        metadata = EventMetadata(
            case_ids=[case_id],
            actor=Actor(agency=OFFICE, officer="officer-01"),
            request_id=str(uuid7()),
            correlation_id=str(uuid7()),
            audience=[OFFICE, UNIT],
        )
        stored = tuple(encode(uuid7(), event, metadata, NOW) for event in life(case_id))
        yield Append(uuid7(), bytes(32), (StreamWrite(f"petition-{case_id}", NO_STREAM, stored),))


def life(case_id: str) -> list[Message]:
    """Registered, sent on, accepted, answered, carried out, closed and rated."""
    stamp, opinion = timestamp(NOW), str(uuid7())
    return [
        events.PetitionRegistered(
            case_id=case_id,
            display_number="HY990101-20260302-7F3K2ABC",
            channel="web",
            received_time=stamp,
            person_id=str(uuid7()),
            petitioner=SEALED,
            subject=SEALED,
            content=SEALED,
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
            reasons=SEALED,
        ),
        events.PetitionHandedOver(
            handover_id=str(uuid7()),
            kind=types.HANDOVER_KIND_TRANSFER,
            from_unit=OFFICE,
            to_unit=UNIT,
            note=SEALED,
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
            document=SEALED,
            document_mark=bytes(32),
            officer="officer-01",
        ),
        events.OpinionServed(opinion_id=opinion, served_time=stamp, method=types.SERVICE_METHOD_MAIL),
        events.SupportExecuted(report=SEALED),
        events.PetitionClosed(kind=types.CLOSING_KIND_ANSWERED),
        events.PetitionRated(office_rating=types.RATING_SATISFIED, unit_rating=types.RATING_SATISFIED),
    ]

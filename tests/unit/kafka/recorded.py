"""Recorded events for tests of the wire form, with hashes that fit."""

from datetime import UTC, datetime
from uuid import UUID

from huiyin.common.v1.types_pb2 import Actor, Cause
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_store.chain import chain_hash
from huiyin_store.port import GENESIS, RecordedEvent

LOG = "intake@990000"
TOPIC = "huiyin.intake.v1.events"
NOW = datetime(2026, 3, 2, 1, 0, 0, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def case_id(number: int) -> str:
    """A case id, the same for the same number."""
    return str(UUID(int=number))


def recorded(
    position: int = 1,
    *,
    case: int | None = 1,
    trace: str = "",
    meta: bytes | None = None,
    data: bytes | None = None,
    stream: str = "petition-1",
    occurred: datetime = NOW,
) -> RecordedEvent:
    """An event as a log holds it."""
    metadata = EventMetadata(
        case_ids=[] if case is None else [case_id(case)],
        actor=Actor(agency="990000000001", officer="officer-1"),
        causes=[Cause(stream="visit-1", version=2, log="reception@990000")],
        trace_parent=trace,
    )
    unhashed = RecordedEvent(
        position=position,
        stream=stream,
        version=position,
        event_id=UUID(int=1_000_000 + position),
        type=PetitionRegistered.DESCRIPTOR.full_name,
        recorded=NOW,
        occurred=occurred,
        meta=metadata.SerializeToString() if meta is None else meta,
        data=PetitionRegistered(case_id=case_id(case or 0)).SerializeToString() if data is None else data,
        previous_hash=GENESIS,
        hash=b"",
    )
    return unhashed._replace(hash=chain_hash(GENESIS, unhashed))

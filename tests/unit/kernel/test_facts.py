"""A fact is the same whether it was read from the store or came over the wire."""

from datetime import UTC, datetime

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import encode, fact_of, fact_of_envelope, to_envelope
from huiyin_kernel.ids import uuid7
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import NO_STREAM, Append, StreamWrite

LOG = "intake@990000"
RECORDED = datetime(2026, 3, 2, 1, 0, 0, 123_456, tzinfo=UTC)
OCCURRED = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)


async def test_an_event_gives_the_same_fact_from_the_store_and_from_the_wire() -> None:
    store = MemoryEventStore(LOG, ManualClock(RECORDED))
    metadata = EventMetadata(case_ids=["a", "b"], causes=[Cause(stream="meeting-1", version=7, log="x@1")])
    event = encode(uuid7(), PetitionRegistered(case_id="a", person_count=3), metadata, OCCURRED)
    await store.append(Append(uuid7(), b"", (StreamWrite("petition-a", NO_STREAM, (event,)),)))
    (recorded,) = await store.read(0)
    fact = fact_of(LOG, recorded)
    assert fact == fact_of_envelope(to_envelope(LOG, recorded))
    assert (fact.context, fact.recorded, fact.occurred) == ("intake", RECORDED, OCCURRED)
    assert fact.case_ids == ("a", "b")

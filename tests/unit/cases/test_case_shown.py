"""A case is shown by the numbers of its timeline; what waits for one comes last, causes first."""

from typing import Any

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1.events_pb2 import ReceiptNotified
from huiyin_kernel.codec import timestamp
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import RuntimeLimits
from huiyin_streams.cases import Cases
from tests.support.facts import CASE, START

NO_POOL: Any = None


def event(position: int, *causes: int) -> Event:
    named = [Cause(log="intake@990000", stream=f"petition-{cause}", version=1) for cause in causes]
    made = Event(
        log="intake@990000",
        position=position,
        stream=f"petition-{position}",
        version=1,
        type=ReceiptNotified.DESCRIPTOR.full_name,
        recorded_time=timestamp(START),
        occurred_time=timestamp(START),
        metadata=EventMetadata(case_ids=[CASE], causes=named),
    )
    made.payload.Pack(ReceiptNotified())
    return made


def test_numbered_events_come_first_by_number_and_others_after_them() -> None:
    shown = Cases(NO_POOL, load_policy(), RuntimeLimits(), {})
    events = [event(1), event(2), event(3), event(4, 3), event(5)]
    numbers = {("intake@990000", 2): 1, ("intake@990000", 1): 2, ("intake@990000", 77): 3}
    entries = shown._timeline(events, numbers)
    assert [(entry.event.position, entry.number) for entry in entries] == [
        *((2, 1), (1, 2)),
        *((3, 0), (4, 0), (5, 0)),
    ]

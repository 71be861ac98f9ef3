"""Fan-out: what of the timeline goes to the topic of each agency and joint reception centre."""

from collections.abc import Set as AbstractSet

from huiyin.timeline.v1.types_pb2 import CaseEvent


def receivers(record: CaseEvent, agencies: AbstractSet[str]) -> list[str]:
    """The entitled agencies, of those that have a topic. Who is entitled only the timeline says."""
    return [code for code in record.recipients if code in agencies]


def agency_copy(record: CaseEvent) -> bytes:
    """The entry as an agency gets it: who else is entitled is not its business."""
    copy = CaseEvent()
    copy.CopyFrom(record)
    copy.ClearField("recipients")
    return copy.SerializeToString(deterministic=True)

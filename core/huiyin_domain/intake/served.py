"""When and how something reached the petitioner: the same for receipts, extensions, opinions and reviews."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.intake.v1.types_pb2 import ServiceMethod
from huiyin_domain.checks import time_fault, told_time
from huiyin_domain.context import Context
from huiyin_domain.dates import instant
from huiyin_domain.intake.guards import not_given
from huiyin_domain.refusal import Refusal, wrong_state

__all__ = ["served_otherwise", "service_fault", "time_fault", "told_time"]


def served_otherwise(stamp: Timestamp, served: datetime | None) -> Refusal | None:
    """A refusal for who says another time of service than the one on record."""
    if served is None or not stamp.ByteSize() or instant(stamp) == served:
        return None
    message = f"it was served on {served.isoformat()}, as recorded: another time is not taken in its place"
    return wrong_state("ALREADY_SERVED", message, served_time=served.isoformat())


def service_fault(stamp: Timestamp, method: ServiceMethod.ValueType, context: Context) -> Refusal | None:
    """A refusal unless time and method of service are sound."""
    return not_given(ServiceMethod.DESCRIPTOR, method, "method") or time_fault(stamp, "served_time", context)

"""When and how something reached the petitioner: the same for receipts, extensions, opinions and reviews."""

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin.intake.v1.types_pb2 import ServiceMethod
from huiyin_domain.context import Context
from huiyin_domain.intake.guards import not_given
from huiyin_domain.refusal import Refusal
from huiyin_domain.told import time_fault, told_time

__all__ = ["service_fault", "time_fault", "told_time"]


def service_fault(stamp: Timestamp, method: ServiceMethod.ValueType, context: Context) -> Refusal | None:
    """A refusal unless time and method of service are sound."""
    return not_given(ServiceMethod.DESCRIPTOR, method, "method") or time_fault(stamp, "served_time", context)

"""A time that a command tells beside the one at which it occurred, such as when something was served."""

from datetime import datetime

from google.protobuf.timestamp_pb2 import Timestamp

from huiyin_domain.context import Context
from huiyin_domain.dates import instant
from huiyin_domain.refusal import Refusal, invalid


def told_time(stamp: Timestamp, context: Context) -> datetime:
    """The time given, or when the act occurred. An unset timestamp stands for none given."""
    return instant(stamp) if stamp.ByteSize() else context.occurred


def time_fault(stamp: Timestamp, field: str, context: Context) -> Refusal | None:
    """A refusal for a time in the future; what it follows is judged with the times of all acts."""
    told = told_time(stamp, context)
    if told > context.now + context.policy.limits.future_tolerance:
        message = f"{field} {told.isoformat()} lies in the future: record what has happened"
        return invalid("TIME_IN_FUTURE", message, field=field, now=context.now.isoformat())
    return None

"""Instants in intake's messages: protobuf timestamps to aware datetimes and back."""

from datetime import UTC, datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(stamp: Timestamp) -> datetime:
    """The aware instant in UTC of a timestamp, to the microsecond."""
    return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def stamp(moment: datetime) -> Timestamp:
    """The timestamp of an aware instant."""
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp

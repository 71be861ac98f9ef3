"""What a reader makes of a record of its topic: an item with its place in a log, or why there is none."""

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.wire import ReadParked, read_record
from huiyin_kernel.arrived import Arrived, ItemT, Parse, Parsed, Place, Record
from huiyin_kernel.codec import to_envelope


def parse_event(record: Record) -> Parsed[Event]:
    """An event of a log, as it goes over the wire everywhere else."""
    read = read_record(record)
    if isinstance(read, ReadParked):
        return Parsed(read.log, read.position, None)
    return Parsed(read.log, read.event.position, to_envelope(read.log, read.event))


def arrived(place: Place, record: Record, parse: Parse[ItemT]) -> Arrived[ItemT]:
    """A record with what it means."""
    try:
        return Arrived(place, record, parse(record))
    except UnreadableRecordError as error:
        return Arrived(place, record, None, str(error))

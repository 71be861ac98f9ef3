"""Entries for stream folds, from what the timeline serves and publishes."""

from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.entry import Entry
from huiyin_kernel.facts import fact_of_envelope


def entry_of(record: CaseEvent) -> Entry:
    """The entry of a record. Raises UnknownTypeError for an event that this build does not know."""
    return Entry(record, fact_of_envelope(record.event))

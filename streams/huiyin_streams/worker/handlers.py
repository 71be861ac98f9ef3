"""From a record to what becomes of it: which states it concerns, what they become, what is put out. Pure."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin_domain.streams.cells import Cells
from huiyin_domain.streams.folds import VERSION, StreamFold, Together, step
from huiyin_domain.streams.output import agency_copy, receivers
from huiyin_kafka.record import Attributes, UnreadableRecordError
from huiyin_kafka.topics.names import cases_topic
from huiyin_kafka.wire import Origin, entry_id, output_record, read_entry
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import entry_of, instant

SOURCE = f"worker@v{VERSION}"


@dataclass(frozen=True, slots=True)
class Work:
    """A record that was read: the item in it, the states it concerns, and where it comes from.

    `event` is what it is about, for traces.
    """

    item: Any
    keys: Sequence[str]
    origin: Origin
    record: Record
    event: Event


class Handler(Protocol):
    """Handles the records of one topic. Whatever it raises comes from the record, and would come again."""

    def read(self, record: Record) -> Work: ...

    def fold(self, work: Work, kept: bytes | None) -> tuple[bytes | None, list[Record]]:
        """A state's new bytes (None: as they are), and what is put out."""
        ...

    def pass_on(self, work: Work) -> list[Record]:
        """What is put out whatever the states say."""
        ...


class EntryHandler:
    """Timeline entries: folded by case, and copied to the entitled agencies that have a topic."""

    def __init__(self, fold: Together, agencies: AbstractSet[str]) -> None:
        self._fold, self._agencies = fold, agencies

    def read(self, record: Record) -> Work:
        found = read_entry(record)
        item = entry_of(found.entry)
        event = found.entry.event
        origin = Origin(entry_id(found.entry), instant(event.occurred_time), event.metadata.trace_parent)
        return Work(item, self._fold.keys(item), origin, record, event)

    def fold(self, work: Work, kept: bytes | None) -> tuple[bytes | None, list[Record]]:
        return _folded(self._fold, work, kept)

    def pass_on(self, work: Work) -> list[Record]:
        entry, record = work.item.record, work.record
        codes = receivers(entry, self._agencies)
        copy = agency_copy(entry) if codes else b""
        return [record._replace(topic=cases_topic(code), value=copy) for code in codes]


class FilingHandler:
    """Filings on their way to hot issues: folded by cell."""

    def __init__(self, fold: Cells) -> None:
        self._fold = fold

    def read(self, record: Record) -> Work:
        if record.value is None:
            raise UnreadableRecordError("the record has no value")
        item = IssueFiling.FromString(record.value)
        attributes = Attributes(record.headers)
        trace_parent = dict(record.headers).get("traceparent", b"").decode()
        origin = Origin(attributes.text("id"), instant(item.received_time), trace_parent)
        event = Event(metadata=EventMetadata(trace_parent=trace_parent))
        return Work(item, self._fold.keys(item), origin, record, event)

    def fold(self, work: Work, kept: bytes | None) -> tuple[bytes | None, list[Record]]:
        return _folded(self._fold, work, kept)

    def pass_on(self, work: Work) -> list[Record]:
        return []


def _folded(fold: StreamFold[Any, Any], work: Work, kept: bytes | None) -> tuple[bytes | None, list[Record]]:
    changed, outputs = step(fold, kept, work.item)
    return changed, [output_record(SOURCE, output, work.origin) for output in outputs]

"""What stream folds put out, packed as bytes, and for whom.

A host may crash after it kept a state and before it put out what follows from it. It is then given the same
item again, which the fold knows for a repeat. So a repeat puts out everything that is shown, and what the
last new item took away: whatever was not put out the first time is put out then.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from huiyin.timeline.v1.types_pb2 import CaseEvent

_LENGTH_BYTES = 4


def pack(parts: Iterable[bytes]) -> bytes:
    """The parts in one."""
    return b"".join(len(part).to_bytes(_LENGTH_BYTES) + part for part in parts)


def unpack(data: bytes) -> list[bytes]:
    """The parts again. Raises ValueError for what `pack` has not made."""
    parts, at = [], 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise ValueError(f"a packed part ends at {at}, beyond the {len(data)} bytes that there are")
        parts.append(data[start:at])
    return parts


class Sink(StrEnum):
    """Where an output goes."""

    WARNINGS = "warnings"
    HOT_ISSUES = "hot_issues"
    FILINGS = "filings"
    """To the fold of hot issues, not to be shown."""


class Output(NamedTuple):
    """A value for a key; None: the key has none any more.

    `number` is that of the case's event by which it is so, 0 where no order is defined: a sink may ignore an
    output with a lower number than it has seen for the key, which comes from a worker that was left behind.
    """

    sink: Sink
    key: str
    value: bytes | None
    number: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The values of one state by key, and the keys that the last new item took away."""

    values: Mapping[str, bytes] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def become(self, values: Mapping[str, bytes]) -> "Shown":
        """What is shown after another item."""
        return Shown(values, tuple(sorted(self.values.keys() - values.keys())))

    def outputs(self, sink: Sink, number: int, before: "Shown | None") -> list[Output]:
        """What is to be put out; `before` is None for a repeat."""
        known = {} if before is None else before.values
        changed = sorted(key for key, value in self.values.items() if known.get(key) != value)
        return [
            *(Output(sink, key, None, number) for key in self.gone),
            *(Output(sink, key, self.values[key], number) for key in changed),
        ]

    def dump(self) -> bytes:
        """Its byte form; the same for the same content."""
        pairs = [pack((key.encode(), self.values[key])) for key in sorted(self.values)]
        return pack((pack(pairs), pack([key.encode() for key in self.gone])))


def load_shown(data: bytes) -> Shown:
    """What gave these bytes."""
    pairs, gone = unpack(data)
    values = {key.decode(): value for key, value in map(unpack, unpack(pairs))}
    return Shown(values, tuple(key.decode() for key in unpack(gone)))


def sorted_outputs(outputs: Sequence[Output]) -> list[Output]:
    """Outputs of one step in an order that depends on nothing but them."""
    return sorted(outputs, key=lambda output: (output.sink, output.key))


def receivers(record: CaseEvent, agencies: AbstractSet[str]) -> list[str]:
    """The entitled agencies, of those that have a topic. Who is entitled only the timeline says."""
    return [code for code in record.recipients if code in agencies]


def agency_copy(record: CaseEvent) -> bytes:
    """The entry as an agency gets it: who else is entitled is not its business."""
    copy = CaseEvent()
    copy.CopyFrom(record)
    copy.ClearField("recipients")
    return copy.SerializeToString(deterministic=True)

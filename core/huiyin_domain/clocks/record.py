"""The clocks of a case with what supervision has put on the record about them; a fold by case id."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from huiyin.supervision.v1.events_pb2 import DeadlinePassed, LatenessWithdrawn
from huiyin_domain.clocks.fold import CaseClocks, evolve, initial
from huiyin_domain.clocks.stored import from_bytes, to_bytes
from huiyin_domain.fact import Fact


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """The marks that clocks hang on, and which clocks' passing is recorded, or withdrawn again."""

    clocks: CaseClocks = field(default_factory=initial)
    passed: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()


class ClockFold:
    """States by case id. A fact concerns every case that its event names."""

    name = "clocks"

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> ClockRecord:
        return ClockRecord()

    def evolve(self, state: ClockRecord, fact: Fact) -> ClockRecord:
        event = fact.event
        match event:
            case DeadlinePassed():
                state = replace(state, passed=state.passed | {event.clock_id})
            case LatenessWithdrawn():
                state = replace(state, withdrawn=state.withdrawn | {event.clock_id})
        return replace(state, clocks=evolve(state.clocks, fact))

    def dump(self, state: ClockRecord) -> bytes:
        """Two lines: the sorted clock ids, then the marks."""
        record = {"passed": sorted(state.passed), "withdrawn": sorted(state.withdrawn)}
        return json.dumps(record, separators=(",", ":")).encode() + b"\n" + to_bytes(state.clocks)

    def load(self, data: bytes) -> ClockRecord:
        first, _, marks = data.partition(b"\n")
        record = json.loads(first)
        return ClockRecord(from_bytes(marks), frozenset(record["passed"]), frozenset(record["withdrawn"]))

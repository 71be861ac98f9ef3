"""The fold behind evaluation figures, by case id: for the fold host and for replay."""

import json
from collections.abc import Sequence
from typing import Any

from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks import record
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.decider import Fact
from huiyin_domain.figures import intake
from huiyin_domain.figures.state import CasePart, FigureState


class FigureFold:
    """States by case id. A fact concerns the cases it names, and one that it calls the same matter."""

    name = "figures"

    def keys(self, fact: Fact) -> Sequence[str]:
        other = intake.named_same_matter(fact.event)
        return (*fact.case_ids, other) if other and other not in fact.case_ids else fact.case_ids

    def initial(self) -> FigureState:
        return FigureState()

    def evolve(self, state: FigureState, fact: Fact) -> FigureState:
        """The state after a fact that concerns the case; the very same where it says nothing that is counted.

        Raises UnknownEventError.
        """
        case, marks = self._parts(state, fact)
        unchanged = case is state.case and marks is state.clocks
        return state if unchanged else FigureState(case, marks)

    def _parts(self, state: FigureState, fact: Fact) -> tuple[CasePart, CaseClocks]:
        if fact.context != "intake":
            return state.case, clock_fold.evolve(state.clocks, fact)
        if not _is_own(state.case, fact):
            other = fact.stream.partition("-")[2]
            return intake.same_matter(state.case, other), state.clocks
        return intake.evolve(state.case, fact), clock_fold.evolve(state.clocks, fact)

    def dump(self, state: FigureState) -> bytes:
        """Two lines: intake's part as JSON, then the marks."""
        case = json.dumps(state.case._asdict(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return case.encode() + b"\n" + record.to_bytes(state.clocks)

    def load(self, data: bytes) -> FigureState:
        case, _, marks = data.partition(b"\n")
        fields = {name: _immutable(value) for name, value in json.loads(case).items()}
        return FigureState(CasePart(**fields), record.from_bytes(marks))


def _is_own(case: CasePart, fact: Fact) -> bool:
    """False for another petition's event that names this case; before registration all others are that."""
    if not case.case_id:
        return isinstance(fact.event, PetitionRegistered)
    return fact.stream.endswith(case.case_id)


def _immutable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

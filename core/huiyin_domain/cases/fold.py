"""A case over all logs as a fold by case id: its view and its clocks; for the fold host and for replay."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin_domain.cases import view as views
from huiyin_domain.cases.view import CaseView
from huiyin_domain.clocks import fold as clock_fold
from huiyin_domain.clocks import record
from huiyin_domain.clocks.clock import Clock, next_clock
from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.decider import Fact


@dataclass(frozen=True, slots=True)
class CaseState:
    """What a case is, and the marks that its clocks hang on."""

    view: CaseView = field(default_factory=views.initial)
    clocks: CaseClocks = field(default_factory=clock_fold.initial)


class CaseFold:
    """States by case id. A fact concerns every case that its event names."""

    name = "case"

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> CaseState:
        return CaseState()

    def evolve(self, state: CaseState, fact: Fact) -> CaseState:
        return CaseState(views.evolve(state.view, fact), clock_fold.evolve(state.clocks, fact))

    def dump(self, state: CaseState) -> bytes:
        """Two lines: the view, then the marks."""
        return views.to_bytes(state.view) + b"\n" + record.to_bytes(state.clocks)

    def load(self, data: bytes) -> CaseState:
        view, _, marks = data.partition(b"\n")
        return CaseState(views.from_bytes(view), record.from_bytes(marks))


def _is_over(clock: Clock, passed: Sequence[str]) -> bool:
    """A remedy that lapsed is no date to keep; a unit that is late still has to act."""
    return clock.nature is Nature.REMEDY and clock.clock_id in passed


def summary_of(state: CaseState, timetable: Timetable, derived: DerivedClocks | None = None) -> CaseSummary:
    """The case at a glance, with the next date somebody must keep; `derived` knows clocks from before."""
    found = (derived or DerivedClocks()).of(state.clocks, timetable)
    lapsed = state.view.supervision.passed_clocks
    running = (one for one in found if not _is_over(one, lapsed))
    due = next_clock(tuple(running))
    if due is None:
        return views.summary(state.view)
    return views.summary(state.view, due)

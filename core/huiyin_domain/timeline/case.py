"""The timeline of one case: how many entries it has, and who has had which of them."""

import json
from collections.abc import Iterable
from itertools import chain, groupby
from typing import NamedTuple

from huiyin_domain.cases import view as views
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.timeline.told import Agencies


class Run(NamedTuple):
    """Entries that follow each other and have reached the same agencies.

    `places` are their places in the whole timeline. `others` are the other cases that the same events
    concern. `closed` entries are nobody's but auditors' and services'.
    """

    places: tuple[int, ...]
    reached: Agencies = frozenset()
    others: tuple[str, ...] = ()
    closed: bool = False


class CaseTimeline(NamedTuple):
    """How far a case has come. `walled` agencies are kept from it."""

    view: CaseView = views.initial()
    runs: tuple[Run, ...] = ()
    walled: Agencies = frozenset()

    @property
    def number(self) -> int:
        """The last number given."""
        return sum(len(run.places) for run in self.runs)

    @property
    def others(self) -> frozenset[str]:
        """Other cases that some of its events concern."""
        return frozenset(case for run in self.runs for case in run.others)


def joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """The same runs with equal neighbours made one."""
    groups = groupby(runs, key=lambda run: run[1:])
    return tuple(
        Run(tuple(chain.from_iterable(run.places for run in same)), *alike) for alike, same in groups
    )


def to_bytes(state: CaseTimeline) -> bytes:
    """The state in two lines: the view, then the rest as JSON. The same state gives the same bytes."""
    rest = {
        "runs": [[run.places, sorted(run.reached), run.others, run.closed] for run in state.runs],
        "walled": sorted(state.walled),
    }
    return views.to_bytes(state.view) + b"\n" + json.dumps(rest, separators=(",", ":")).encode()


def from_bytes(data: bytes) -> CaseTimeline:
    """The state that gave these bytes."""
    view, _, rest = data.partition(b"\n")
    fields = json.loads(rest)
    runs = (
        Run(tuple(places), frozenset(reached), tuple(others), closed)
        for places, reached, others, closed in fields["runs"]
    )
    return CaseTimeline(views.from_bytes(view), tuple(runs), frozenset(fields["walled"]))

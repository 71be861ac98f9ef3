"""The timeline of one case: what it is told, how many entries it has, and who has had which of them."""

import json
from collections.abc import Callable, Iterable
from itertools import chain, groupby
from typing import NamedTuple

from huiyin_domain.access import kept_out_by
from huiyin_domain.cases import view as views
from huiyin_domain.cases.parts import CaseView
from huiyin_domain.cases.view import parties
from huiyin_domain.decider import Fact
from huiyin_domain.directory import Directory

Stream = tuple[str, str]
"""A stream by its log and name."""

REGISTRATION_VERSION = 1


class Told(NamedTuple):
    """A fact, with the cases that it concerns, each once, and the agencies that are its audience."""

    fact: Fact
    cases: tuple[str, ...]
    audience: tuple[str, ...]

    @property
    def stream(self) -> Stream:
        """The stream that it belongs to."""
        return self.fact.log, self.fact.stream

    @property
    def order(self) -> tuple[object, ...]:
        """Which of two is the earlier recorded one."""
        return self.fact.recorded, self.fact.log, self.fact.position


def told(fact: Fact, audience: Iterable[str] = ()) -> Told:
    """What the timeline is told of a fact."""
    return Told(fact, tuple(dict.fromkeys(case for case in fact.case_ids if case)), tuple(audience))


class Need(NamedTuple):
    """Something that must be in the timeline before an event: a stream up to a version."""

    log: str
    stream: str
    version: int

    @property
    def of(self) -> Stream:
        """The stream."""
        return self.log, self.stream


def named_by(fact: Fact) -> list[Need]:
    """What a fact names as its causes. An earlier version of its own stream goes without saying."""
    own = fact.log, fact.stream
    needs = dict.fromkeys(Need(cause.log, cause.stream, cause.version) for cause in fact.causes)
    return [need for need in needs if need.of != own or need.version >= fact.version]


def needs_of(told: Told, registry: str) -> list[Need]:
    """What an event must come after, each stream once, as far up as it is named.

    `registry` is the log in which cases are registered: other logs' events of a case come after that.
    """
    if not told.fact.causes and (not registry or told.fact.log == registry):
        return []
    highest: dict[Stream, Need] = {}
    for need in (*named_by(told.fact), *_registrations(told, registry)):
        known = highest.get(need.of)
        if known is None or known.version < need.version:
            highest[need.of] = need
    return list(highest.values())


def _registrations(told: Told, registry: str) -> list[Need]:
    if not registry or told.fact.log == registry:
        return []
    return [Need(registry, f"petition-{case}", REGISTRATION_VERSION) for case in told.cases]


Agencies = frozenset[str]
"""Organisation codes."""

Walls = Callable[[str, CaseView], Agencies]
"""The agencies that are kept from a case, by its id and view."""


def walls_of(directory: Directory) -> Walls:
    """The same for a case as it is seen."""
    kept_out = kept_out_by(directory)
    return lambda case_id, view: kept_out(view.accused)


def entitled_of(view: CaseView, walled: Agencies) -> Agencies:
    """Agencies that receive what happens in a case: those with a part in it that are not kept from it."""
    return frozenset(parties(view)) - walled


def recipients_of(entitled: Agencies, audience: Iterable[str], walled: Agencies) -> Agencies:
    """Agencies that receive one event of a case.

    What names no audience is nobody's but auditors' and services', such as who read personal data.
    """
    named = frozenset(audience)
    return (entitled | named) - walled if named else frozenset()


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

"""Findings and verdicts: what breaks a rule and where, and whether a promise holds as far as was judged."""

from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from psycopg import AsyncConnection, sql

from huiyin_kernel.codec import context_of

Language = Literal["zh", "en"]


class Finding(NamedTuple):
    """Something that breaks a rule, at a place in a log (position 0: the log as a whole, or no log)."""

    log: str
    position: int
    stream: str
    rule: str
    zh: str
    en: str

    def text(self, language: Language) -> str:
        """The sentence in one of the languages."""
        return self.zh if language == "zh" else self.en


class FindingPlace(NamedTuple):
    """Where a finding is: a log, a position in it, and the stream concerned."""

    log: str
    position: int = 0
    stream: str = ""


@dataclass(frozen=True, slots=True)
class AuditRule:
    """A rule that can be broken: its stable name, and the sentence that says how, with {facts} to fill in."""

    name: str
    zh: str
    en: str

    def at(self, place: FindingPlace, **facts: object) -> Finding:
        """The finding that this rule is broken there."""
        zh, en = self.zh.format(**facts), self.en.format(**facts)
        return Finding(place.log, place.position, place.stream, self.name, zh, en)


KEPT_MAX = 200
"""How many findings of one log are kept by default; all are counted."""


class Findings:
    """Counts every finding and keeps those at the lowest positions, by rule where these are equal."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._kept: list[tuple[int, str, Finding]] = []
        self.count = 0

    def add(self, finding: Finding) -> None:
        """Takes a finding in."""
        self.count += 1
        self._keep(finding)

    def take(self, others: "Findings") -> None:
        """Takes in what was found elsewhere."""
        for finding in others.kept():
            self._keep(finding)
        self.count += others.count

    def _keep(self, finding: Finding) -> None:
        insort(self._kept, (finding.position, finding.rule, finding))
        del self._kept[self._kept_max :]

    def kept(self) -> tuple[Finding, ...]:
        """The kept findings by position, rule and what they say, in whatever order they were found."""
        return tuple(finding for _, _, finding in self._kept)


CURSOR_BEYOND_LOG = AuditRule(
    "CURSOR_BEYOND_LOG",
    "{view} 记为已读到位置 {position}，而日志止于 {end}",
    "{view} is on record as having read up to position {position}, but the log ends at {end}",
)

_END = "SELECT coalesce(max(position), 0) FROM {}.event"


class Reach(NamedTuple):
    """A log, the position up to which it was judged, and the position at which it ends."""

    log: str
    position: int
    end: int

    @property
    def is_whole(self) -> bool:
        """True when nothing of the log was left out."""
        return self.position >= self.end


def is_whole(reach: Iterable[Reach]) -> bool:
    """True when nothing of any of the logs was left out."""
    return all(one.is_whole for one in reach)


def reached(positions: Mapping[str, int], ends: Mapping[str, int]) -> tuple[Reach, ...]:
    """How far a view has come in each log; a log of which it knows nothing counts from the beginning."""
    return tuple(Reach(log, positions.get(log, 0), end) for log, end in ends.items())


def beyond(view: str, reach: Iterable[Reach]) -> list[Finding]:
    """What a view claims to have read that is in no log."""
    return [
        CURSOR_BEYOND_LOG.at(FindingPlace(one.log, one.end), view=view, position=one.position, end=one.end)
        for one in reach
        if one.position > one.end
    ]


async def log_ends(connection: AsyncConnection[Any], logs: Iterable[str]) -> dict[str, int]:
    """The last position of each log of the database."""
    ends: dict[str, int] = {}
    for log in logs:
        query = sql.SQL(_END).format(sql.Identifier(context_of(log)))
        ends[log] = int((await (await connection.execute(query)).fetchall())[0][0])
    return ends


class PromiseOutcome(StrEnum):
    """How a promise fares over a history."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    BEHIND = "behind"
    """Nothing is wrong as far as it was judged, but that is not the whole of the logs."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a checker says of a promise. `open_questions` are what the history leaves undecided.

    `reach` says up to which position of which log it was judged.
    """

    promise: str
    outcome: PromiseOutcome
    violations: tuple[Finding, ...] = ()
    open_questions: tuple[Finding, ...] = ()
    reach: tuple[Reach, ...] = ()


def verdict(
    promise: str,
    violations: Sequence[Finding],
    open_questions: Sequence[Finding] = (),
    reach: Sequence[Reach] = (),
) -> Verdict:
    """Broken by any violation; without one, unknown by any open question; held only over the whole logs."""
    if violations:
        outcome = PromiseOutcome.BROKEN
    elif open_questions:
        outcome = PromiseOutcome.UNKNOWN
    else:
        outcome = PromiseOutcome.HOLDS if is_whole(reach) else PromiseOutcome.BEHIND
    return Verdict(promise, outcome, tuple(violations), tuple(open_questions), tuple(reach))

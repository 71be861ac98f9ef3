"""What an audit finds, as values: where, which rule, a sentence in two languages; and how many are kept."""

from bisect import insort
from dataclasses import dataclass
from typing import Literal, NamedTuple

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


class Place(NamedTuple):
    """Where a finding is: a log, a position in it, and the stream concerned."""

    log: str
    position: int = 0
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be broken: its stable name, and the sentence that says how, with {facts} to fill in."""

    name: str
    zh: str
    en: str

    def at(self, place: Place, **facts: object) -> Finding:
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

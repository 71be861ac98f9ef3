"""What an audit finds, as values: where, which rule, and a sentence in Chinese and in English."""

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

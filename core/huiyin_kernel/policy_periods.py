"""Reads the lengths of the platform's own periods, as an installation sets them."""

from hashlib import sha256
from pathlib import Path

from pydantic import Field

from huiyin_domain.calendar.due import COUNT_MAX, Span, SpanUnit
from huiyin_domain.clocks.periods import Periods, rules_with
from huiyin_domain.clocks.rule import Rule
from huiyin_domain.clocks.rules import RULES
from huiyin_domain.refusal import Refusal
from huiyin_kernel.policy_files import Entry, PolicyError, parse, read_text

DIGEST_LENGTH = 12


class _Period(Entry):
    rule: str
    count: int
    unit: str


class _Periods(Entry):
    version: str
    period: list[_Period] = Field(default_factory=list)


def read_rules(path: Path) -> tuple[Rule, ...]:
    """The table of periods; without the file, as it is shipped. Raises PolicyError."""
    if not path.exists():
        return RULES
    text = read_text(path)
    entry = parse(path, text, _Periods)
    version = f"{entry.version} {sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]}"
    rules = rules_with(Periods(version, _spans(path, entry)))
    if isinstance(rules, Refusal):
        raise PolicyError(f"{path}: {rules.message}")
    return rules


def _spans(path: Path, entry: _Periods) -> dict[str, Span]:
    spans: dict[str, Span] = {}
    for one in entry.period:
        if one.rule in spans:
            raise PolicyError(f"{path}: {one.rule} stands there twice; leave one entry")
        if one.unit not in set(SpanUnit):
            raise PolicyError(f"{path}: {one.rule}: unit {one.unit!r}; write one of {', '.join(SpanUnit)}")
        if not 1 <= one.count <= COUNT_MAX:
            raise PolicyError(f"{path}: {one.rule}: count {one.count}; give a number from 1 to {COUNT_MAX}")
        spans[one.rule] = Span(one.count, SpanUnit(one.unit))
    return spans

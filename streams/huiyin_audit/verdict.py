"""Verdicts: whether a promise holds over a history, is broken, or cannot be told from what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from huiyin_audit.findings import Finding


class Outcome(StrEnum):
    """How a promise fares over a history."""

    HOLDS = "holds"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a checker says of a promise. `open_questions` are what the history leaves undecided."""

    promise: str
    outcome: Outcome
    violations: tuple[Finding, ...] = ()
    open_questions: tuple[Finding, ...] = ()


def verdict(promise: str, violations: Sequence[Finding], open_questions: Sequence[Finding] = ()) -> Verdict:
    """Broken by any violation; without one, unknown by any open question."""
    if violations:
        outcome = Outcome.BROKEN
    elif open_questions:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.HOLDS
    return Verdict(promise, outcome, tuple(violations), tuple(open_questions))

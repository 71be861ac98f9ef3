"""Verdicts: whether a promise holds over a history, is broken, or cannot be told from what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from huiyin_audit.findings import Finding
from huiyin_audit.reach import Reach, is_whole


class Outcome(StrEnum):
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
    outcome: Outcome
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
        outcome = Outcome.BROKEN
    elif open_questions:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.HOLDS if is_whole(reach) else Outcome.BEHIND
    return Verdict(promise, outcome, tuple(violations), tuple(open_questions), tuple(reach))

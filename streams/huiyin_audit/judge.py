"""Judges a recorded history: every promise that can be told from events and calls."""

from datetime import datetime

from huiyin_audit.checks import (
    bound_is_bound,
    clocks_follow_events,
    kept,
    nothing_late,
    one_holder,
    one_track,
    registered,
)
from huiyin_audit.history import History
from huiyin_audit.verdict import Outcome, Verdict
from huiyin_domain.context import Policy


def judge(history: History, policy: Policy, as_of: datetime | None = None) -> list[Verdict]:
    """A verdict on each promise; on lateness (P5) only as of an instant up to which clocks were watched."""
    verdicts = [
        registered.check(history),
        one_holder.check(history, policy.directory),
        one_track.check(history),
        clocks_follow_events.check(history, policy.calendar),
        bound_is_bound.check(history),
        kept.check(history),
    ]
    if as_of is not None:
        verdicts.append(nothing_late.check(history, policy.calendar, as_of))
    return verdicts


def broken(verdicts: list[Verdict]) -> list[Verdict]:
    """Those that something speaks against."""
    return [verdict for verdict in verdicts if verdict.outcome is Outcome.BROKEN]

"""Every checker of a recorded history, in the order of the promises."""

from dataclasses import replace
from datetime import datetime

from huiyin_audit.checks import (
    acts_in_time,
    authority,
    bound_is_bound,
    clocks_follow_events,
    kept,
    nothing_late,
    one_holder,
    one_holder_across,
    one_track,
    registered,
    walls,
)
from huiyin_audit.findings import Reach, Verdict
from huiyin_audit.history import History
from huiyin_domain.context import Policy


def check_all(history: History, policy: Policy, as_of: datetime | None = None) -> list[Verdict]:
    """The verdicts on P1 to P6, P8, P11, P13 and P15, and how far in each log the history reaches.

    P5 is judged by the instant up to which lateness should have been said; without one, as of the log's end,
    with the lag that supervision may take. P8 can only be told of recorded calls (or of receipts).
    Replay (P10) is judged by `compare_models`, against the live views.
    """
    verdicts = [
        registered.check(history),
        one_holder.check_responsibility(history, policy.directory),
        one_track.check(history),
        clocks_follow_events.check(history, policy.timetable),
        acts_in_time.check(history, policy),
    ]
    if as_of is not None:
        verdicts.append(nothing_late.check(history, policy.timetable, as_of))
    else:
        verdicts.append(nothing_late.check_by_end(history, policy.timetable))
    verdicts.append(bound_is_bound.check(history))
    if history.calls:
        verdicts.append(kept.check_log(history))
    verdicts.append(walls.check(history, policy.directory))
    verdicts.append(authority.check(history, policy.directory))
    verdicts.append(one_holder_across.check_referrals(history))
    reach = tuple(Reach(log, end, end) for log, end in history.ends.items())
    return [replace(one, reach=reach) for one in verdicts]

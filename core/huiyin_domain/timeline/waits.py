"""How long events have waited for their causes, and when that is an alarm."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from huiyin_domain.timeline.told import Need


class Wait(NamedTuple):
    """An event that waits. `unread` is what no log has brought yet; empty when it stands behind another."""

    log: str
    position: int
    stream: str
    since: datetime
    unread: tuple[Need, ...]


def overdue(waits: Iterable[Wait], now: datetime, patience: timedelta) -> list[Wait]:
    """Those that have waited longer than that for something unread, the longest first."""
    late = [wait for wait in waits if wait.unread and now - wait.since > patience]
    return sorted(late, key=lambda wait: wait.since)

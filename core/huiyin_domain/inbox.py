"""From when a hand-over stands in its unit's inbox: the one begin of every period of the receiving unit."""

from datetime import datetime


def received(told: datetime, recorded: datetime, earlier_version: bool, proved: datetime | None) -> datetime:
    """When the unit received what was handed over to it (Art. 23(3)).

    Its inbox is served from the log, so what is recorded stands in it: not from when the sender says that
    it sent it, and not from when the unit looked. Evidence stated by somebody else (HandoverReceiptProved)
    moves it later, never earlier. Version 0.1 counted from what the sender told; its events stand as told.
    """
    since = told if earlier_version else recorded
    return max(since, proved) if proved else since

"""What the metrics say of the timeline."""

from collections.abc import Sequence
from datetime import datetime

from huiyin_domain.timeline.ledger import Wait
from huiyin_kernel.telemetry import metrics
from huiyin_streams.timeline_book import Batch, TimelineBook


class TimelineFigures:
    """Counts entries, and shows what waits."""

    def __init__(self) -> None:
        self._new = metrics.TIMELINE_ENTRIES.labels("new")
        self._again = metrics.TIMELINE_ENTRIES.labels("again")

    def applied(self, batch: Batch, book: TimelineBook) -> None:
        """A batch is on disk."""
        for one in batch.aside.letters:
            metrics.DEAD_LETTERS.labels(one.consumer, "").inc()
        metrics.TIMELINE_ASIDE.set(len(book.aside))
        self._new.inc(len(batch.placed))
        self._again.inc(len(batch.again))
        metrics.TIMELINE_MISSING_CAUSES.inc(sum(len(release.missing) for release in batch.releases))
        metrics.TIMELINE_SEQUENCE.set(book.ledger.sequence)

    def waiting(self, waits: Sequence[Wait], late: Sequence[Wait], now: datetime) -> None:
        """So much waits now; of that, what has waited longer than the alarm allows."""
        oldest = min((wait.since for wait in waits), default=now)
        metrics.TIMELINE_HELD.set(len(waits))
        metrics.TIMELINE_HELD_SECONDS.set(max(0.0, (now - oldest).total_seconds()))
        metrics.TIMELINE_ALARM.set(bool(late))

"""The named maxima of the event store: every queue, batch, retry and wait has one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """How much, how often and how long. The defaults suit one service on two cores."""

    queue_appends: int = 4096
    """Appends that may wait; one more is refused as overload."""

    batch_appends: int = 256
    """Appends that share one transaction and one flush."""

    share_appends: int = 16
    """Fewer waiting appends than this gather while a batch is under way, and up to this many are not divided
    among the lanes: a batch of one costs half as much as one of this many."""

    batch_bytes: int = 1_000_000
    """Stored bytes in one batch; a single larger append goes alone."""

    import_appends: int = 512
    """Appends of one append_many that wait at the same time."""

    lanes: int = 2
    """Connections that append: while one flushes, the next batch is appended."""

    readers: int = 4
    """Connections that read at the same time."""

    attempts: int = 9
    """How often a call is sent to a database that is away, before giving up."""

    retry_minimum_seconds: float = 0.05
    retry_maximum_seconds: float = 1.0

    poll_minimum_seconds: float = 0.005
    """A follower at the end of the log looks again after this time, then ever more rarely."""

    poll_maximum_seconds: float = 1.0

    connect_seconds: int = 5
    silence_seconds: int = 10
    """A server that vanished without a word is given up after this time."""

    def retry_delay(self, attempt: int) -> float:
        """How long to wait after the attempt with this number, counted from 1."""
        return float(min(self.retry_minimum_seconds * 2 ** (attempt - 1), self.retry_maximum_seconds))

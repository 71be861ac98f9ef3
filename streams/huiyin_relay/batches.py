"""How much goes into one batch, and what happens to that when something fails: no clock, no wire."""

from collections.abc import Sequence

from huiyin_kernel.kafka.publishing import PublishError
from huiyin_relay.limits import RelayLimits
from huiyin_relay.sources import Row


def cut(rows: Sequence[Row], records_max: int, bytes_max: int) -> Sequence[Row]:
    """The first rows that fit into one batch; at least one."""
    total = 0
    for number, row in enumerate(rows[:records_max]):
        total += len(row.record.value or b"")
        if total > bytes_max and number:
            return rows[:number]
    return rows[:records_max]


class Narrowing:
    """Finds the record that the brokers reject: after a rejection each record goes alone.

    A producer that was told of one bad record blames all that it holds, so only of a record that was sent
    alone is it known. It is sent some times more before it is given up.
    """

    def __init__(self, limits: RelayLimits) -> None:
        self._limits = limits
        self._alone, self._rejections = False, 0

    @property
    def records_max(self) -> int:
        """How many records may go together."""
        return 1 if self._alone else self._limits.batch_records

    def failed(self, error: PublishError, sent: int) -> bool:
        """Notes a failure of a batch; True when its one record is to be parked."""
        if error.rejected and sent == 1:
            self._rejections += 1
        self._alone = self._alone or error.rejected
        return self._rejections >= self._limits.attempts

    def passed(self) -> None:
        """The record in question is published, or parked."""
        self._rejections = 0

    def finished(self) -> None:
        """The page is done: the next goes in full batches again."""
        self._alone, self._rejections = False, 0


class Backoff:
    """Waits that double up to a maximum."""

    def __init__(self, first: float, most: float) -> None:
        self._first, self._most = first, most
        self._next = first

    def next(self) -> float:
        """Seconds to wait now."""
        wait = self._next
        self._next = min(2 * wait, self._most)
        return wait

    def reset(self) -> None:
        """It went well."""
        self._next = self._first

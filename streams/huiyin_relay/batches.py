"""How much goes into one batch, and what happens to that when something fails: no clock, no wire."""

from collections.abc import Sequence

from huiyin_kafka.publish import PublishError
from huiyin_kafka.record import wire_bytes
from huiyin_relay.limits import RelayLimits
from huiyin_relay.sources import Row

NARROWER = 8
"""Into how many parts a rejected batch is divided: each rejection costs a producer."""


def rows_to_read(rows: Sequence[Row], limits: RelayLimits) -> int:
    """How many rows to read next, judged by these: no more than a few batches' bytes."""
    total = sum(wire_bytes(row.record) for row in rows)
    return max(1, min(limits.batch_records, limits.page_bytes * len(rows) // max(total, 1)))


def cut(rows: Sequence[Row], records_max: int, bytes_max: int) -> Sequence[Row]:
    """The first rows that fit into one batch; at least one."""
    total = 0
    for number, row in enumerate(rows[:records_max]):
        total += wire_bytes(row.record)
        if total > bytes_max and number:
            return rows[:number]
    return rows[:records_max]


class Narrowing:
    """Finds the record that the brokers reject: after a rejection fewer go together, in the end one alone.

    A producer that was told of one bad record blames all that it holds, so only of a record that was sent
    alone is it known. It is sent some times more before it is given up.
    """

    def __init__(self, limits: RelayLimits) -> None:
        self._limits = limits
        self.records_max = limits.batch_records
        """How many records may go together."""
        self._rejections = 0

    def failed(self, error: PublishError, sent: int) -> bool:
        """Notes a failure of a batch; True when its one record is to be parked."""
        if error.rejected:
            self._rejections += sent == 1
            self.records_max = max(1, min(sent, self.records_max) // NARROWER)
        return self._rejections >= self._limits.attempts

    def passed(self) -> None:
        """What was sent is published."""
        self._rejections = 0

    def found(self) -> None:
        """The record is found and parked, or its page is done: full batches again."""
        self.records_max, self._rejections = self._limits.batch_records, 0


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

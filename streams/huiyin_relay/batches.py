"""How much is published at once and when: bounds, batches, and what wakes a source."""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from grpc import aio

from huiyin.feed.v1 import service_pb2 as feed
from huiyin.feed.v1.service_pb2_grpc import FeedServiceStub
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.judicial.v1.events_pb2 import LitigationReferred
from huiyin_kafka.publish import PublishError
from huiyin_kafka.record import wire_bytes
from huiyin_kernel.rpc.client import follow_feed
from huiyin_relay.sources import SourceRow


@dataclass(frozen=True, slots=True)
class RelayLimits:
    """How much, how often and how long. The defaults suit one relay on two cores."""

    batch_records: int = 4_000
    """Records that are sent before all of them must be acknowledged."""

    batch_bytes: int = 4_000_000
    """Bytes in one batch; a single larger record goes alone. Less than what the publisher writes at once."""

    page_bytes: int = 16_000_000
    """Bytes in one reading, judged by the one before."""

    pages_ahead: int = 2
    """Batches read while another is published."""

    attempts: int = 3
    """How often a record that the brokers reject is sent, alone, before it is parked."""

    retry_seconds_first: float = 0.2
    retry_seconds_max: float = 5.0
    """Wait after a failure; doubled each time."""

    lively_seconds: float = 2.0
    """How long something goes on after the last that was heard or read."""

    poll_seconds_min: float = 0.005
    """A source at its end is looked at again after this time; doubled each time up to what suits it."""

    end_seconds: float = 1.0
    """How long an end waits for the last cursor to be saved."""


NARROWER = 8
"""Into how many parts a rejected batch is divided: each rejection costs a producer."""


def rows_to_read(rows: Sequence[SourceRow], limits: RelayLimits) -> int:
    """How many rows to read next, judged by these: no more than a few batches' bytes."""
    total = sum(wire_bytes(row.record) for row in rows)
    return max(1, min(limits.batch_records, limits.page_bytes * len(rows) // max(total, 1)))


def cut(rows: Sequence[SourceRow], records_max: int, bytes_max: int) -> Sequence[SourceRow]:
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


class Polling:
    """When a source at its end is looked at again: soon while something goes on, else seldom."""

    def __init__(self, limits: RelayLimits, lively: float, quiet: float) -> None:
        self._lively = Backoff(limits.poll_seconds_min, lively)
        self._quiet, self._lasts, self._until = quiet, limits.lively_seconds, 0.0

    def stirred(self) -> None:
        """Something was heard or read."""
        self._until = time.monotonic() + self._lasts
        self._lively.reset()

    def next(self) -> float:
        """Seconds to wait now."""
        return self._lively.next() if time.monotonic() < self._until else self._quiet


log = logging.getLogger(__name__)

RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 5.0
_OF_INTAKE, _OF_JUDICIAL = PetitionRegistered.DESCRIPTOR.full_name, LitigationReferred.DESCRIPTOR.full_name


async def wake_on_growth(channel: aio.Channel, log_name: str, wakes: Sequence[asyncio.Event]) -> None:
    """Sets the events whenever the log has grown, for ever; while the service is away nothing can grow.

    It asks for events of a type that the log never holds: so it is sent positions, and no events.
    """
    never = _OF_JUDICIAL if log_name.startswith("intake") else _OF_INTAKE
    async with aclosing(follow_feed(channel, log_name, await _end(channel, log_name), (never,))) as growth:
        async for _ in growth:
            for wake in wakes:
                wake.set()


async def _end(channel: aio.Channel, log_name: str) -> int:
    """Where the log ends now."""
    backoff = Backoff(RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX)
    while True:
        try:
            described = await FeedServiceStub(channel).DescribeLog(feed.DescribeLogRequest())
            return int(described.position)
        except aio.AioRpcError as error:
            log.info("relay: the feed of %s is away: %s", log_name, error.details())
        await asyncio.sleep(backoff.next())

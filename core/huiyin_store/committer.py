"""Group commit: appends that wait at the same time share one transaction and one flush.

There is no timer: the batch under way is the time in which the next one fills. When much has gathered, the
next lane appends it while the one before waits for the disk.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Generic, TypeVar

import psycopg
from psycopg import errors

from huiyin_store.batch import AppendOutcome, EncodedAppend, outcomes
from huiyin_store.limits import StoreLimits
from huiyin_store.port import (
    AppendCounts,
    Appended,
    EventIdReusedError,
    StoreError,
    StoreOverloadedError,
    StoreUnavailableError,
)
from huiyin_store.session import PASSING, LogLink, Session

log = logging.getLogger(__name__)

CallerT = TypeVar("CallerT")


class AppendQueue(Generic[CallerT]):
    """A bounded queue of appends and who waits for them.

    It keeps the order of what touches the same stream, cursor or request.

    Of such appends only one is under way at a time: the next may depend on its outcome.
    """

    def __init__(self, limits: StoreLimits) -> None:
        self._limits = limits
        self._waiting: deque[tuple[EncodedAppend, CallerT]] = deque()
        self._under_way: set[object] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def is_full(self) -> bool:
        """Whether one more is too many."""
        return len(self._waiting) >= self._limits.queue_appends

    def put(self, encoded: EncodedAppend, caller: CallerT) -> None:
        """Adds an append at the end."""
        self._waiting.append((encoded, caller))

    def take(self, sharing: int) -> list[tuple[EncodedAppend, CallerT]]:
        """The next appends for one transaction, under way from now on; the lanes that share leave some.

        If one lane took all, all callers would wait for it together, and the other lanes and the processor
        would have nothing to do until they are answered together.
        """
        most = min(max(-(-len(self) // sharing), self._limits.share_appends), self._limits.batch_appends)
        batch: list[tuple[EncodedAppend, CallerT]] = []
        stay: list[tuple[EncodedAppend, CallerT]] = []
        touched, size = set(self._under_way), 0
        while self._waiting and len(batch) < most and len(stay) < self._limits.batch_appends:
            encoded, _ = self._waiting[0]
            if batch and size + encoded.size > self._limits.batch_bytes:
                break
            fits = touched.isdisjoint(encoded.touches)
            touched.update(encoded.touches)
            size += encoded.size if fits else 0
            (batch if fits else stay).append(self._waiting.popleft())
        self._waiting.extendleft(reversed(stay))
        for encoded, _ in batch:
            self._under_way.update(encoded.touches)
        return batch

    def done(self, batch: Iterable[tuple[EncodedAppend, CallerT]]) -> None:
        """These are no longer under way."""
        for encoded, _ in batch:
            self._under_way.difference_update(encoded.touches)


Waiter = asyncio.Future[AppendOutcome]


class Committer:
    """Takes appends into a bounded queue and answers each when it is durable."""

    def __init__(
        self,
        links: Sequence[LogLink],
        limits: StoreLimits,
        durable: Callable[[int], None],
        counts: AppendCounts | None = None,
    ) -> None:
        self._links, self._limits, self._durable = links, limits, durable
        self._queue: AppendQueue[Waiter] = AppendQueue(limits)
        self._counts = counts
        if counts:
            counts.waiting(self._queue.__len__)
        self._free = len(links)
        self._idle: list[asyncio.Future[None]] = []
        self._taken = asyncio.Event()
        self._closing = False
        self._lanes = [asyncio.create_task(self._run(link)) for link in links]

    def submit(self, encoded: EncodedAppend) -> Waiter:
        """Queues an append. Raises StoreOverloadedError when the queue is full."""
        if self._closing:
            raise StoreUnavailableError("the store is closing: nothing was written")
        if self._queue.is_full():
            if self._counts:
                self._counts.overloaded()
            waiting = f"{len(self._queue)} appends are waiting already"
            raise StoreOverloadedError(f"{waiting}: nothing was written, try again later")
        caller: Waiter = asyncio.get_running_loop().create_future()
        self._queue.put(encoded, caller)
        if self._is_worth_a_batch():
            self._wake_a_lane()
        return caller

    async def room(self) -> None:
        """Returns when the queue has room; for those who would rather wait than be refused."""
        while self._queue.is_full():
            self._taken.clear()
            await self._taken.wait()

    async def aclose(self) -> None:
        """Refuses new appends, answers those that wait, then ends."""
        self._closing = True
        while self._idle:
            self._wake_a_lane()
        await asyncio.gather(*self._lanes)
        for link in self._links:
            await link.aclose()

    async def _run(self, link: LogLink) -> None:
        while (batch := await self._next_batch()) is not None:
            begun = time.perf_counter()
            outcomes = await self._written(link, [encoded for encoded, _ in batch])
            self._queue.done(batch)
            self._free += 1
            last = max((o.last_position for o in outcomes if isinstance(o, Appended)), default=0)
            self._durable(last)
            seconds = time.perf_counter() - begun
            for (_, caller), outcome in zip(batch, outcomes, strict=True):
                if not caller.done():  # who was cancelled no longer waits
                    caller.set_result(outcome)
            if self._counts:
                self._counts.written(outcomes, seconds, last)

    async def _next_batch(self) -> list[tuple[EncodedAppend, Waiter]] | None:
        """What to append next; None when the store closes and nothing is left."""
        while not (self._is_worth_a_batch() and (batch := self._queue.take(sharing=self._free))):
            if self._closing and not self._queue:
                self._wake_a_lane()  # it may have waited for this one
                return None
            idle = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle
        self._free -= 1
        self._taken.set()
        return batch

    def _is_worth_a_batch(self) -> bool:
        """Whether what waits is to go now; a little gathers until the batch under way is done."""
        none_under_way = self._free == len(self._links)
        return none_under_way or len(self._queue) >= self._limits.share_appends

    async def _written(self, link: LogLink, batch: Sequence[EncodedAppend]) -> Sequence[AppendOutcome]:
        try:
            return await link.run(partial(append_each, batch=batch))
        except StoreError as error:
            return [error] * len(batch)
        except Exception as error:
            log.exception("a batch failed: this is a defect")
            unknown = StoreUnavailableError(f"the store failed, what was written is not known: {error!r}")
            return [unknown] * len(batch)

    def _wake_a_lane(self) -> None:
        if self._idle:
            self._idle.pop().set_result(None)


async def append_each(session: Session, batch: Sequence[EncodedAppend]) -> list[AppendOutcome]:
    """What became of each append, durably. Raises what passes (see session.PASSING)."""
    try:
        return outcomes([encoded.append for encoded in batch], await session.append(batch))
    except PASSING:
        raise
    except psycopg.Error as error:
        if len(batch) == 1:
            return [_refusal(batch[0], error)]
    return [(await append_each(session, [encoded]))[0] for encoded in batch]


def _refusal(encoded: EncodedAppend, error: psycopg.Error) -> StoreError:
    """Why the database would not take an append that it had no objection to in itself."""
    if isinstance(error, errors.UniqueViolation) and error.diag.constraint_name == "event_id_once":
        return EventIdReusedError(encoded.append.writes[0].stream)
    refused = f"append {encoded.append.request_id} was refused by the database, nothing was written"
    return StoreError(f"{refused}: {error}")

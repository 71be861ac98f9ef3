"""Group commit: appends that wait at the same time share one transaction and one flush.

Lanes append in turn with each other: while one waits for the disk, the next appends what has arrived
meanwhile. There is no timer; the batches under way are the time in which the next one fills.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from huiyin_store.answers import Outcome
from huiyin_store.batch import EncodedAppend
from huiyin_store.counting import AppendCounts
from huiyin_store.limits import StoreLimits
from huiyin_store.port import Appended, StoreError, StoreOverloadedError, StoreUnavailableError
from huiyin_store.queue import AppendQueue
from huiyin_store.session import Link
from huiyin_store.writing import append_each

log = logging.getLogger(__name__)

Caller = asyncio.Future[Outcome]


class Committer:
    """Takes appends into a bounded queue and answers each when it is durable."""

    def __init__(
        self, log_name: str, links: Sequence[Link], limits: StoreLimits, durable: Callable[[int], None]
    ) -> None:
        self._links, self._limits, self._durable = links, limits, durable
        self._queue: AppendQueue[Caller] = AppendQueue(limits)
        self.counts = AppendCounts(log_name, self._queue.__len__)
        self._free = len(links)
        self._idle: list[asyncio.Future[None]] = []
        self._taken = asyncio.Event()
        self._closing = False
        self._lanes = [asyncio.create_task(self._run(link)) for link in links]

    def submit(self, encoded: EncodedAppend) -> Caller:
        """Queues an append. Raises StoreOverloadedError when the queue is full."""
        if self._closing:
            raise StoreUnavailableError("the store is closing: nothing was written")
        if self._queue.is_full():
            self.counts.overloaded()
            waiting = f"{len(self._queue)} appends are waiting already"
            raise StoreOverloadedError(f"{waiting}: nothing was written, try again later")
        caller: Caller = asyncio.get_running_loop().create_future()
        self._queue.put(encoded, caller)
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

    async def _run(self, link: Link) -> None:
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
            self.counts.written(outcomes, seconds, last)

    async def _next_batch(self) -> list[tuple[EncodedAppend, Caller]] | None:
        """What to append next; None when the store closes and nothing is left."""
        while not (batch := self._queue.take(sharing=self._free)):
            if self._closing and not self._queue:
                return None
            idle = asyncio.get_running_loop().create_future()
            self._idle.append(idle)
            await idle
        self._free -= 1
        self._taken.set()
        return batch

    async def _written(self, link: Link, batch: Sequence[EncodedAppend]) -> Sequence[Outcome]:
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

"""Group commit: appends that wait at the same time share one transaction and one flush.

The lanes take turns: while one waits for the disk, the next one appends what has arrived meanwhile. There
is no timer; the batch under way is the time in which the next one fills.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence

from huiyin_kernel.store.answers import Outcome
from huiyin_kernel.store.batch import EncodedAppend
from huiyin_kernel.store.limits import StoreLimits
from huiyin_kernel.store.port import Appended, StoreError, StoreOverloadedError, StoreUnavailableError
from huiyin_kernel.store.session import PASSING, Link, Session
from huiyin_kernel.store.writing import append_each

log = logging.getLogger(__name__)

Waiting = tuple[EncodedAppend, "asyncio.Future[Outcome]"]


class Committer:
    """Takes appends from a bounded queue and answers each when it is durable."""

    def __init__(self, links: Sequence[Link], limits: StoreLimits, durable: Callable[[int], None]) -> None:
        self._links, self._limits, self._durable = links, limits, durable
        self._queue: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._taken = asyncio.Event()
        self._turn = asyncio.Lock()
        self._closing = False
        self._lanes = [asyncio.create_task(self._run(link)) for link in links]

    def submit(self, encoded: EncodedAppend) -> "asyncio.Future[Outcome]":
        """Queues an append. Raises StoreOverloadedError when the queue is full."""
        if self._closing:
            raise StoreUnavailableError("the store is closing: nothing was written")
        if len(self._queue) >= self._limits.queue_appends:
            waiting = f"{len(self._queue)} appends are waiting already"
            raise StoreOverloadedError(f"{waiting}: nothing was written, try again later")
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._queue.append((encoded, future))
        self._arrived.set()
        return future

    async def room(self) -> None:
        """Returns when the queue has room; for those who would rather wait than be refused."""
        while len(self._queue) >= self._limits.queue_appends:
            self._taken.clear()
            await self._taken.wait()

    async def aclose(self) -> None:
        """Refuses new appends, answers those that wait, then ends."""
        self._closing = True
        self._arrived.set()
        await asyncio.gather(*self._lanes)
        for link in self._links:
            await link.aclose()

    async def _run(self, link: Link) -> None:
        while (work := await self._append_next(link)) is not None:
            await work.make_durable(link)
            self._durable(work.last_position)
            work.answer()

    async def _append_next(self, link: Link) -> "_Work | None":
        """Appends the next batch; None when the store closes and nothing is left."""
        async with self._turn:
            while not self._queue:
                if self._closing:
                    return None
                self._arrived.clear()
                await self._arrived.wait()
            work = _Work(take_batch(self._queue, self._limits))
            self._taken.set()
            await work.append(link)
            return work


def take_batch(queue: deque[Waiting], limits: StoreLimits) -> list[Waiting]:
    """The next appends that may share a transaction, in order; what touches the same things stays behind."""
    batch: list[Waiting] = []
    stays: list[Waiting] = []
    touched: set[object] = set()
    size = 0
    while queue and len(batch) < limits.batch_appends and len(stays) < limits.batch_appends:
        encoded, _ = queue[0]
        if batch and size + encoded.size > limits.batch_bytes:
            break
        fits = touched.isdisjoint(encoded.touches)
        (batch if fits else stays).append(queue.popleft())
        touched.update(encoded.touches)
        size += encoded.size if fits else 0
    queue.extendleft(reversed(stays))
    return batch


class _Work:
    """A batch on its way."""

    def __init__(self, batch: list[Waiting]) -> None:
        self._appends = [encoded for encoded, _ in batch]
        self._futures = [future for _, future in batch]
        self._session: Session | None = None
        self._answers: Sequence[Outcome] = ()

    async def append(self, link: Link) -> None:
        """Appends; on a failure the answers say so."""
        try:
            await link.run(self._append_on)
        except Exception as error:
            self._fail(error)

    async def make_durable(self, link: Link) -> None:
        """Flushes; if the server was lost before, appends again: the request ids keep that from doubling."""
        if self._session is None:
            return
        try:
            await self._session.flush()
        except PASSING:
            try:
                await link.run(self._append_durably_on)
            except Exception as error:
                self._fail(error)

    def answer(self) -> None:
        """Tells those who still wait."""
        for future, answer in zip(self._futures, self._answers, strict=True):
            if not future.done():  # a caller who was cancelled no longer waits
                future.set_result(answer)

    @property
    def last_position(self) -> int:
        """The last position written; 0 if none."""
        return max(
            (answer.last_position for answer in self._answers if isinstance(answer, Appended)), default=0
        )

    async def _append_on(self, session: Session) -> None:
        self._answers = await append_each(session, self._appends)
        self._session = session

    async def _append_durably_on(self, session: Session) -> None:
        await self._append_on(session)
        await session.flush()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, StoreError):
            log.error("a batch failed: this is a defect", exc_info=error)
            error = StoreUnavailableError(f"the store failed, what was written is not known: {error!r}")
        self._answers = [error] * len(self._futures)

"""Work side by side: this process and one more for each further core, or this one alone."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")

Job = Callable[..., ResultT]
"""A function of a module; its arguments and its result are sent from process to process."""

_AHEAD = 2
"""So many pieces for each process are begun before the first one's result is taken: results take memory."""

_Piece = tuple[Callable[[], Any], "asyncio.Future[Any]"]


class Workers:
    """Does pieces of work, each as soon as a process is free: in a thread of this one, or in the pool."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._waiting: asyncio.Queue[_Piece] = asyncio.Queue()

    def begin(self, job: Job[ResultT], *given: object) -> Awaitable[ResultT]:
        """Begins a piece of work; what is returned gives the result, once it is there, or its error."""
        done: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((partial(job, *given), done))
        return done

    async def in_order(self, job: Job[ResultT], each: Iterable[tuple[object, ...]]) -> AsyncIterator[ResultT]:
        """The results of the same work on several arguments, in their order."""
        begun: deque[Awaitable[ResultT]] = deque()
        for given in each:
            begun.append(self.begin(job, *given))
            if len(begun) > _AHEAD * self._count:
                yield await begun.popleft()
        while begun:
            yield await begun.popleft()

    async def run(self, pool: ProcessPoolExecutor | None) -> None:
        """Does one piece after the other, in a process of the pool, or in this one."""
        loop = asyncio.get_running_loop()
        while True:
            work, done = await self._waiting.get()
            try:
                result = await loop.run_in_executor(pool, work)
            except Exception as error:
                if not done.cancelled():
                    done.set_exception(error)
            else:
                if not done.cancelled():
                    done.set_result(result)


def core_count() -> int:
    """How many of the processor's cores may be used."""
    return len(os.sched_getaffinity(0))


@asynccontextmanager
async def workers(count: int) -> AsyncIterator[Workers]:
    """So many processes, this one among them; new ones, so that what this one holds open stays its own."""
    pool = ProcessPoolExecutor(count - 1, mp_context=get_context("spawn")) if count > 1 else None
    side_by_side = Workers(count)
    running = [asyncio.create_task(side_by_side.run(each)) for each in (None, *[pool] * (count - 1))]
    try:
        yield side_by_side
    finally:
        for task in running:
            task.cancel()
        if pool is not None:
            pool.shutdown(cancel_futures=True)

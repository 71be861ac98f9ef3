"""Work side by side: a process for each core where there is much to do, none where there is little."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")

Job = Callable[..., Coroutine[Any, Any, ResultT]]
"""A function of a module; its arguments and its result are sent from process to process."""

_AHEAD = 2
"""So many pieces for each process are begun before the first one's result is taken: results take memory."""


class Workers:
    """Does pieces of work in a pool of processes; without one here, one after the other."""

    def __init__(self, count: int, pool: ProcessPoolExecutor | None) -> None:
        self._count, self._pool = count, pool

    def begin(self, job: Job[ResultT], *given: object) -> Callable[[], Awaitable[ResultT]]:
        """Begins a piece of work; what is returned gives the result, once it is there, or its error."""
        if self._pool is None:
            return partial(job, *given)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, _done, job, given)
        return lambda: future

    async def in_order(self, job: Job[ResultT], each: Iterable[tuple[object, ...]]) -> AsyncIterator[ResultT]:
        """The results of the same work on several arguments, in their order."""
        begun: deque[Callable[[], Awaitable[ResultT]]] = deque()
        for given in each:
            begun.append(self.begin(job, *given))
            if len(begun) > _AHEAD * self._count:
                yield await begun.popleft()()
        while begun:
            yield await begun.popleft()()


def core_count() -> int:
    """How many of the processor's cores may be used."""
    return len(os.sched_getaffinity(0))


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """So many processes, or none at all for one; new ones, so that what this one holds open stays its own."""
    if count < 2:
        yield Workers(1, None)
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield Workers(count, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _done(job: Job[ResultT], given: tuple[object, ...]) -> ResultT:
    return asyncio.run(job(*given))

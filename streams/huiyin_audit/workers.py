"""Work on one snapshot of a database, side by side: a process for each core where there is much to do."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from typing import Any, NamedTuple, TypeVar

from huiyin_audit.postgres_source import snapshot

ResultT = TypeVar("ResultT")

Job = Callable[..., Coroutine[Any, Any, ResultT]]
"""A function of a module, given a connection of its own that sees what all others see, and arguments."""

_AHEAD = 2
"""So many pieces for each process are begun before the first one's result is taken: results take memory."""


class View(NamedTuple):
    """How a worker comes to see what others see: where the database is, and which snapshot of it."""

    dsn: str
    shared: str


class Workers:
    """Does pieces of work in a pool of processes; without one here, one after the other."""

    def __init__(self, view: View, count: int, pool: ProcessPoolExecutor | None) -> None:
        self._view, self._count, self._pool = view, count, pool

    def begin(self, job: Job[ResultT], *given: object) -> Callable[[], Awaitable[ResultT]]:
        """Begins a piece of work; what is returned gives the result, once it is there, or its error."""
        if self._pool is None:
            return partial(_done, self._view, job, given)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._pool, _done_in_process, self._view, job, given)
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
def workers(view: View, count: int) -> Iterator[Workers]:
    """So many processes, or none at all for one; new ones, so that what this one holds open stays its own."""
    if count < 2:
        yield Workers(view, 1, None)
        return
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield Workers(view, count, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _done_in_process(view: View, job: Job[ResultT], given: tuple[object, ...]) -> ResultT:
    return asyncio.run(_done(view, job, given))


async def _done(view: View, job: Job[ResultT], given: tuple[object, ...]) -> ResultT:
    async with snapshot(view.dsn, view.shared) as connection:
        return await job(connection, *given)

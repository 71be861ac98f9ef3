"""Batches of several logs for one fold: a bounded queue for each log, emptied in recorded order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.shared_log import Item, SharedLog
from huiyin_kernel.telemetry.counts import FoldCounts

QUEUE_MAX = 2_000
"""Items of one log that wait; its reader waits when there are so many."""
BATCH_MAX = 500
BEHIND_MAX = 2_000
"""Items that a fold takes at once where nobody waits for its process: what a batch changes of a case is
written once, however many of its events are in it, so that a fold that is behind catches up the faster.
"""
GATHER_SECONDS = 0.005
"""How long a batch gathers what comes with its first item."""
REST_SECONDS = 0.045
"""Rest after each batch but a full one: what comes meanwhile shares the next transaction, which costs more
than an event."""

Positions = Mapping[str, int]
"""How far each log is read."""


class LogBatch(NamedTuple):
    """Items in recorded order, and how far their logs are read with them."""

    items: Sequence[Item]
    positions: Positions

    @property
    def events(self) -> list[Event]:
        """The events among them."""
        return [item.event for item in self.items if item.event is not None]


class LogQueues:
    """Queues of items by log. `news` is set when something was put in."""

    def __init__(self, logs: Collection[str], most: int = QUEUE_MAX) -> None:
        self._queues: dict[str, deque[Item]] = {log: deque() for log in logs}
        self._room = {log: asyncio.Event() for log in logs}
        self._most = most
        self.news = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    async def put(self, log: str, item: Item) -> None:
        """Adds an item of a log, when there is room for it."""
        queue, room = self._queues[log], self._room[log]
        while len(queue) >= self._most:
            room.clear()
            await room.wait()
        queue.append(item)
        self.news.set()

    def has(self, wanted: str | None = None) -> bool:
        """Whether there is an item of the wanted log; None: of any."""
        return bool(self._queues[wanted] if wanted else len(self))

    def take(self, most: int, wanted: str | None = None) -> LogBatch:
        """Takes up to so many, the earliest recorded first; of the wanted log alone, if one is named.

        Logs are read at speeds of their own: in this order hardly an event comes before its causes.
        """
        logs = [wanted] if wanted else self._queues
        heads = [(queue[0].recorded, log) for log in logs if (queue := self._queues[log])]
        heapify(heads)
        taken: list[Item] = []
        positions: dict[str, int] = {}
        while heads and len(taken) < most:
            log = heads[0][1]
            queue = self._queues[log]
            taken.append(queue.popleft())
            positions[log] = taken[-1].position
            if queue:
                heapreplace(heads, (queue[0].recorded, log))
            else:
                heappop(heads)
        self._make_room(positions)
        return LogBatch(taken, positions)

    def _make_room(self, logs: Collection[str]) -> None:
        for log in logs:
            self._room[log].set()
        if not len(self):
            self.news.clear()


class LogBatches:
    """Follows logs for a fold.

    `wanted` names the one log to read on, if not all; while `is_due` says so a batch comes though it may be
    empty, once `stir` woke whoever waits.
    """

    def __init__(
        self,
        logs: Mapping[str, SharedLog],
        counts: FoldCounts,
        wanted: Callable[[], str | None] = lambda: None,
        is_due: Callable[[], bool] = lambda: False,
        rest_seconds: float = REST_SECONDS,
        most: Callable[[], int] = lambda: BATCH_MAX,
    ) -> None:
        self._logs, self._counts = logs, counts
        self._wanted, self._is_due, self._rest, self._most = wanted, is_due, rest_seconds, most
        self._queues = LogQueues(logs)

    def stir(self) -> None:
        """Something is due."""
        self._queues.news.set()

    async def batches(self, place: Positions) -> AsyncGenerator[LogBatch, None]:
        """Batches from these positions on, for ever."""
        self._queues = queues = LogQueues(self._logs)
        positions = {log: place.get(log, 0) for log in self._logs}
        self._counts.begin(positions, queues.__len__)
        readers = [asyncio.ensure_future(self._read(queues, log, at)) for log, at in positions.items()]
        for reader in readers:
            reader.add_done_callback(lambda _: queues.news.set())
        try:
            while True:
                await self._until_news(queues, readers)
                await asyncio.sleep(GATHER_SECONDS)
                batch = queues.take(most := self._most(), self._wanted())
                yield batch
                await asyncio.sleep(0 if len(batch.items) == most else self._rest)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    async def _until_news(self, queues: LogQueues, readers: Sequence["asyncio.Future[None]"]) -> None:
        while not (queues.has(self._wanted()) or self._is_due()):
            for reader in readers:
                if reader.done():
                    reader.result()
            queues.news.clear()
            await queues.news.wait()

    async def _read(self, queues: LogQueues, log: str, after: int) -> None:
        following = self._counts.following[log]
        async with aclosing(self._logs[log].follow(after)) as items:
            async for item in items:
                following.heard(item.position, item.recorded[0])
                if item.event is not None or item.position > after:
                    after = item.position
                    await queues.put(log, item)

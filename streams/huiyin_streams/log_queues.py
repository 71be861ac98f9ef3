"""What was read of several logs and is not taken in yet: a bounded queue each, emptied in recorded order."""

import asyncio
from collections import deque
from collections.abc import Collection
from heapq import heapify, heappop, heapreplace

from huiyin.event.v1.event_pb2 import Event

QUEUE_MAX = 2_000
"""Events of one log that wait; its reader waits when there are so many."""


class LogQueues:
    """Queues of events by log. `news` is set when something was put in."""

    def __init__(self, logs: Collection[str], most: int = QUEUE_MAX) -> None:
        self._queues: dict[str, deque[Event]] = {log: deque() for log in logs}
        self._room = {log: asyncio.Event() for log in logs}
        self._most = most
        self.news = asyncio.Event()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._queues.values())

    async def put(self, event: Event) -> None:
        """Adds an event of a log, when there is room for it."""
        queue, room = self._queues[event.log], self._room[event.log]
        while len(queue) >= self._most:
            room.clear()
            await room.wait()
        queue.append(event)
        self.news.set()

    def has(self, wanted: str | None) -> bool:
        """Whether there is an event of the wanted log; None: of any."""
        return bool(self._queues[wanted] if wanted else len(self))

    def take(self, most: int, wanted: str | None) -> list[Event]:
        """Takes up to so many, the earliest recorded first; of the wanted log alone, if one is named.

        Logs are read at speeds of their own: in this order hardly an event comes before its causes.
        """
        queues = [self._queues[wanted]] if wanted else self._queues.values()
        heads = [(_recorded(queue[0]), queue[0].log) for queue in queues if queue]
        heapify(heads)
        taken: list[Event] = []
        while heads and len(taken) < most:
            queue = self._queues[heads[0][1]]
            taken.append(queue.popleft())
            if queue:
                heapreplace(heads, (_recorded(queue[0]), queue[0].log))
            else:
                heappop(heads)
        self._make_room(taken)
        return taken

    def _make_room(self, taken: Collection[Event]) -> None:
        for log in {event.log for event in taken}:
            self._room[log].set()
        if not len(self):
            self.news.clear()


def _recorded(event: Event) -> tuple[int, int]:
    return event.recorded_time.seconds, event.recorded_time.nanos

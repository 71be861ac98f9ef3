"""Follows a log on Kafka exactly as its feed is followed: every event once, in order, from one position on.

What the topic does not have, because the brokers would not take it or because it was made anew, is asked of
the log's origin: the feed of the service that it belongs to.
"""

from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Generic, TypeVar

from huiyin_kafka.merging import Merging, Origin, ReaderLimits, Unreadable
from huiyin_kafka.partitions import Reading
from huiyin_kernel.arrived import Parse, Place

ItemT = TypeVar("ItemT")


class KafkaLog(Generic[ItemT]):
    """A log on Kafka. Calling it follows the log after a position, like following a feed."""

    def __init__(
        self,
        options: Mapping[str, Any],
        topic: str,
        log_name: str,
        group: str,
        parse: Parse[ItemT],
        origin: Origin[ItemT] | None = None,
        limits: ReaderLimits | None = None,
    ) -> None:
        """`options` are what every client takes; `group` keeps hints where to begin, and nothing else."""
        self._options, self._topic, self._group = options, topic, group
        self.log, self._parse, self._origin = log_name, parse, origin
        self._limits = limits or ReaderLimits()
        self.unreadable: Unreadable | None = None
        """Told of records that are none of the log's, before anything after them is given out."""
        self._places: dict[int, Place] = {}
        self._remembered: deque[int] = deque()

    async def __call__(self, after: int) -> AsyncGenerator[tuple[ItemT | None, int], None]:
        """Items after a position, for ever, over outages; (None, position) is a heartbeat."""
        reading = Reading(self._options, self._topic, self._group, self._parse, after)
        merging = Merging(self.log, reading, self._origin, self.unreadable, self._remember, self._limits)
        merging.start()
        try:
            async with aclosing(merging.items()) as items:
                async for item in items:
                    yield item
        finally:
            await merging.stop()

    def place(self, position: int) -> Place | None:
        """Where the event at a position stood, if it came lately and from Kafka."""
        return self._places.get(position)

    def _remember(self, position: int, place: Place) -> None:
        self._places[position] = place
        self._remembered.append(position)
        if len(self._remembered) > self._limits.places:
            self._places.pop(self._remembered.popleft(), None)

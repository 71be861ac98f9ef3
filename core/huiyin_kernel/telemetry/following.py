"""How far a reader of a log has come: kept as plain numbers, worked out only when somebody looks.

Every reader of a log keeps one of these. `heard` and `done` cost a tenth of a microsecond, so they may stand
beside every event.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.telemetry import metrics


class Following:
    """One consumer's way through one log. A heartbeat is heard without a recorded time."""

    __slots__ = ("_doing", "_heard_at", "done_position", "heard_position")

    def __init__(self, consumer: str, log: str, position: int = 0) -> None:
        self.done_position = self.heard_position = position
        self._doing: float = 0.0
        self._heard_at = time.monotonic()
        metrics.CONSUMER_POSITION.labels(consumer, log).set_function(lambda: self.done_position)
        metrics.CONSUMER_HEARD.labels(consumer, log).set_function(lambda: self.heard_position)
        metrics.CONSUMER_LAG_SECONDS.labels(consumer, log).set_function(self.lag_seconds)
        metrics.CONSUMER_SILENCE_SECONDS.labels(consumer, log).set_function(self.silence_seconds)

    def heard(self, position: int, recorded: float = 0.0) -> None:
        """The source gave everything up to here; `recorded` is when an event was (Unix seconds)."""
        self._heard_at = time.monotonic()
        self.heard_position = position
        if recorded and not self._doing:
            self._doing = recorded

    def done(self, position: int, recorded: float = 0.0) -> None:
        """Everything up to here has taken effect; `recorded` is when its last event was, if it is known.

        While more is in hand, that instant stands for the next one's, which was hardly later.
        """
        self.done_position = position
        if position >= self.heard_position:
            self._doing = 0.0
        elif recorded:
            self._doing = recorded

    def lag_seconds(self) -> float:
        """Age of the oldest event in hand; 0 when there is none."""
        doing = self._doing
        return max(0.0, time.time() - doing) if doing else 0.0

    def silence_seconds(self) -> float:
        """Time since the source gave a sign of life."""
        return time.monotonic() - self._heard_at


async def followed(
    following: Following, source: AsyncGenerator[tuple[Event | None, int], None]
) -> AsyncGenerator[tuple[Event | None, int], None]:
    """The same items, each noted as heard. Closed, it closes its source."""
    async with aclosing(source) as items:
        async for envelope, position in items:
            following.heard(position, envelope.recorded_time.seconds if envelope is not None else 0.0)
            yield envelope, position

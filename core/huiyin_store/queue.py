"""The appends that wait, and which of them may be written next in one transaction."""

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

from huiyin_store.batch import EncodedAppend
from huiyin_store.limits import StoreLimits

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

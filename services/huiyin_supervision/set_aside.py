"""Clocks that cannot be put on the record: kept as dead letters, seen by all, in nobody's way."""

import logging
from collections.abc import AsyncIterator, Iterable

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.supervision.v1.events_pb2 import LatenessWithdrawn
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin_kernel.dead_letters import cause_of, letter_of_item
from huiyin_kernel.telemetry import metrics
from huiyin_store.letters import Letters, LetterState, StoredLetter
from huiyin_store.port import WorldClock

Due = StatutoryClock | LatenessWithdrawn
"""What is to be put on the record: that a clock passed, or that this is taken back."""

CONSUMER = "clocks"
_PAGE = 500
_AGAIN_MAX = 100

log = logging.getLogger(__name__)


class ClocksAside:
    """Which clocks are set aside, by the name that the ticker gives them.

    Such a name is passed:<clock>@<due time> or withdrawn:<clock>@<due time>.
    """

    def __init__(self, letters: Letters, log_name: str, clock: WorldClock) -> None:
        self._letters, self._log, self._clock = letters, log_name, clock
        self._aside: set[str] | None = None

    @property
    def is_known(self) -> bool:
        """Whether it was looked at once, and so is known from here on."""
        return self._aside is not None

    async def look(self) -> dict[str, StoredLetter]:
        """Those that somebody wants tried again; they are no longer aside, until they fail again."""
        if self._aside is None:
            self._aside = {_name(stored) async for stored in self._kept()}
        again = {_name(one): one for one in await self._letters.redriving([CONSUMER], _AGAIN_MAX)}
        self._aside -= again.keys()
        metrics.CLOCK_ASIDE.set(len(self._aside))
        return again

    def ids(self, kind: str) -> list[str]:
        """The clocks of a kind that are aside."""
        return [
            name.partition(":")[2].partition("@")[0]
            for name in self._aside or ()
            if name.startswith(f"{kind}:")
        ]

    async def put(self, name: str, clock: Due, error: Exception) -> None:
        """Sets a clock aside, and says why."""
        payload = clock.SerializeToString(deterministic=True)
        type_name, now = clock.DESCRIPTOR.full_name, self._clock.now()
        letter = letter_of_item(CONSUMER, self._log, name, type_name, payload, error, now)
        log.error("clock %s is set aside: %s; see `huiyin dead-letters`", name, cause_of(error))
        if not await self._letters.bury(letter, None):
            for before in (LetterState.REDRIVING, LetterState.HANDLED):
                await self._letters.mark(letter.letter_id, before, LetterState.BURIED, cause_of(error))
        metrics.DEAD_LETTERS.labels(CONSUMER, self._log).inc()
        if self._aside is not None:
            self._aside.add(name)

    async def done(self, again: Iterable[StoredLetter]) -> None:
        """These were tried again, and nothing stood in their way."""
        for stored in again:
            await self._letters.mark(stored.letter_id, LetterState.REDRIVING, LetterState.HANDLED)
            metrics.DEAD_LETTERS_REDRIVEN.labels(CONSUMER, self._log).inc()

    async def _kept(self) -> AsyncIterator[StoredLetter]:
        after = 0
        while page := await self._letters.page(after, _PAGE, with_handled=False):
            for stored in page:
                if stored.consumer == CONSUMER:
                    yield stored
            after = page[-1].sequence


def _name(stored: StoredLetter) -> str:
    return DeadLetter.FromString(stored.letter).record.key.decode()

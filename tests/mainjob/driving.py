"""Drives cases through their lives, many at once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import cycle

from huiyin_kernel.codec import instant
from tests.mainjob.desk import Desks
from tests.mainjob.life import Life
from tests.mainjob.lives import LIVES
from tests.mainjob.meetings import together

AT_ONCE = 12
MEETING_PAIRS = 8

Said = Callable[[str], None]
Receipt = Mapping[str, str]
"""A line of the file that an import writes for --receipts."""


async def drive(desks: Desks, receipts: Sequence[Receipt], say: Said) -> int:
    """Takes imported filings, by their receipts, through full lives; returns how many cases lived."""
    lives = await asyncio.gather(*(_life(desks, receipt) for receipt in receipts))
    met, single = lives[: MEETING_PAIRS * 2], lives[MEETING_PAIRS * 2 :]
    crowd = _Crowd(say)
    pairs = zip(met[::2], met[1::2], strict=True)
    courses = zip(single, cycle(LIVES), strict=False)
    await asyncio.gather(
        *(crowd.live(together(first, second), 2) for first, second in pairs),
        *(crowd.live(course(life), 1) for life, course in courses),
    )
    return crowd.done


class _Crowd:
    """Lives going on at the same time, a bounded number of them."""

    def __init__(self, say: Said) -> None:
        self._places, self._say = asyncio.Semaphore(AT_ONCE), say
        self.done = 0

    async def live(self, life: Awaitable[None], cases: int) -> None:
        """Lets one life (of one or two cases) go its course when there is room."""
        async with self._places:
            await life
        self.done += cases
        if self.done % 50 < cases:
            self._say(f"  {self.done} 件走完全程 · cases have lived")


async def _life(desks: Desks, receipt: Receipt) -> Life:
    life = Life(desks, receipt["case_id"], receipt["query_code"], "", datetime.now(UTC), datetime.now(UTC))
    petition = await life.petition()
    life.unit, life.epoch = petition.responsible_unit, petition.epoch
    life.clock = instant(petition.received_time)
    return life

"""Places for what is under way at once: bounded in all and per caller, with places of their own for services.

A caller is an agency, whichever of its officers and systems call: an agency that asks too much finds its own
share taken, and nobody else notices (promise P14). The platform's services never compete with agencies.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError

TURNS_OF_AN_AGENCY = 8
"""Calls of one agency that are carried out at once. Whoever else calls waits behind as many and no more."""
GIVING_WAY_SECONDS = 0.05
"""How long who asks for much waits for others' calls to end, for each part of it: it goes on, but slowly."""
ROUNDS_OF_AN_ARRIVAL = 3
"""Of the event loop, from a call that waits to be taken in until the next one is."""
REFUSED_SECONDS, REFUSED_APART_SECONDS, REFUSED_WAITING_MAX = 0.5, 0.01, 256
"""How long who asks too much waits to hear so at least, how long after one another they hear, and how many
wait at once. They come again as they were sent away: together they would stand before all others."""


@dataclass(frozen=True, slots=True)
class ShareLimits:
    """How much may be under way at once: of all agencies, of one agency, of the platform's services."""

    callers_max: int
    caller_max: int
    services_max: int


Release = Callable[[], None]
"""Gives a place back; called again it does nothing."""


class Shares:
    """The places of one kind in one process, such as its subscriptions; `noun` names them in refusals."""

    def __init__(self, noun: str, limits: ShareLimits) -> None:
        self._noun, self._limits = noun, limits
        self._taken: Counter[str] = Counter()
        self._services = 0

    def take(self, principal: Principal) -> Release:
        """A place until it is released. Raises RefusedError when the caller's share or all are taken."""
        if refusal := self._fault(principal):
            raise RefusedError(refusal)
        service, agency, held = principal.has(Role.SERVICE), principal.agency, [True]
        self._count(agency, 1, service=service)

        def release() -> None:
            if held.pop() if held else False:
                self._count(agency, -1, service=service)

        return release

    def _fault(self, principal: Principal) -> Refusal | None:
        if principal.has(Role.SERVICE):
            return self._full(self._services, self._limits.services_max, "the platform's services")
        own, all_callers = self._taken[principal.agency], self._taken.total()
        return self._full(own, self._limits.caller_max, principal.agency) or self._full(
            all_callers, self._limits.callers_max, "all callers together"
        )

    def _full(self, taken: int, most: int, whose: str) -> Refusal | None:
        if taken < most:
            return None
        message = f"{whose} have {most} {self._noun}s under way here already: end one, or try again later"
        reason = f"TOO_MANY_{self._noun.upper()}S"
        return Refusal(Kind.BUSY, reason, message, {"limit": str(most), "share": whose})

    def _count(self, agency: str, change: int, *, service: bool) -> None:
        if service:
            self._services += change
            return
        self._taken[agency] += change
        if not self._taken[agency]:
            del self._taken[agency]


class Turn:
    """One call's turn, as its handler sees it."""

    def __init__(self, turns: "Turns", agency: str) -> None:
        self._turns, self._agency, self._stands_aside = turns, agency, False

    async def give_way(self) -> None:
        """For work of many parts, before each: lets the calls that others wait for go first, for a while.

        From then on nobody gives way to this call.
        """
        if not self._stands_aside:
            self._stands_aside = True
            self._turns.count(self._agency, -1)
        await self._turns.until(self._turns.none_under_way)

    def over(self) -> None:
        """The call has its answer."""
        if not self._stands_aside:
            self._turns.count(self._agency, -1)


async def give_way() -> None:
    """For work without a turn: lets what is ready go first."""
    await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class _Gate:
    """What the calls of one agency pass: as many as may be under way, and the one that begins next."""

    places: asyncio.Semaphore
    next: asyncio.Lock


class Turns:
    """Carries out a few calls of each agency at once; its others wait, in the order in which they came.

    A process does one thing at a time: without turns, what an agency asks at once stands before all others.
    So an agency that has a call under way begins the next when no other has any, or after a while.
    """

    def __init__(self, most: int = TURNS_OF_AN_AGENCY, seconds: float = GIVING_WAY_SECONDS) -> None:
        self._most, self._seconds = most, seconds
        self._gates: WeakValueDictionary[str, _Gate] = WeakValueDictionary()
        self._under_way: Counter[str] = Counter()
        self._ended, self._arrived = asyncio.Event(), 0

    @asynccontextmanager
    async def turn(self, principal: Principal) -> AsyncIterator[Turn]:
        """The caller's turn, as soon as it comes; the platform's services need not wait for one."""
        agency = principal.agency
        self._arrived += 1
        if principal.has(Role.SERVICE):
            async with self._begun(agency) as turn:
                yield turn
            return
        gate = self._gates.get(agency) or _Gate(asyncio.Semaphore(self._most), asyncio.Lock())
        self._gates[agency] = gate
        async with gate.places:
            async with gate.next:
                if self._under_way[agency]:
                    await self.until(lambda: self._is_next(agency))
            async with self._begun(agency) as turn:
                yield turn

    @asynccontextmanager
    async def _begun(self, agency: str) -> AsyncIterator[Turn]:
        turn = Turn(self, agency)
        self.count(agency, 1)
        try:
            yield turn
        finally:
            turn.over()

    def _is_next(self, agency: str) -> bool:
        own = self._under_way[agency]
        return not own or own == self._under_way.total()

    def none_under_way(self) -> bool:
        """Whether nobody waits for an answer, but those who gave way."""
        return not self._under_way

    async def until(self, comes: Callable[[], bool]) -> None:
        """Waits for it, and until no more calls come in, for a bounded time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._all_in()
                while not comes():
                    self._ended.clear()
                    await self._ended.wait()

    async def _all_in(self) -> None:
        """Returns when no call has come for some rounds of the loop: gRPC takes one in at a time, in turn."""
        seen = -1
        while seen != self._arrived:
            seen = self._arrived
            for _ in range(ROUNDS_OF_AN_ARRIVAL):
                await asyncio.sleep(0)

    def count(self, agency: str, change: int) -> None:
        """One call more under way, or one less."""
        self._under_way[agency] += change
        if not self._under_way[agency]:
            del self._under_way[agency]
        self._ended.set()


class Refusals:
    """Makes who is refused for asking too much wait for the answer a little: one that asks again and again
    would else spend on refusals what others need. A bounded number wait; the others are answered at once.
    """

    def __init__(
        self,
        most: int = REFUSED_WAITING_MAX,
        seconds: float = REFUSED_SECONDS,
        apart: float = REFUSED_APART_SECONDS,
    ) -> None:
        self._most, self._seconds, self._apart, self._waiting, self._last = most, seconds, apart, 0, 0.0

    async def wait(self) -> None:
        """Before the answer is given."""
        if self._waiting >= self._most:
            return
        self._waiting += 1
        now = asyncio.get_running_loop().time()
        self._last = max(now + self._seconds, self._last + self._apart)
        try:
            await asyncio.sleep(self._last - now)
        finally:
            self._waiting -= 1

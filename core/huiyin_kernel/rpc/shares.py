"""Places for what is under way at once: bounded in all and per caller, with places of their own for services.

A caller is an agency, whichever of its officers and systems call: an agency that asks too much finds its own
share taken, and nobody else notices (promise P14). The platform's services never compete with agencies.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError

TURNS_OF_AN_AGENCY = 8
"""Calls of one agency that are carried out at once. Whoever else calls waits behind as many and no more."""
MUCH = 32
"""Calls of one agency here, waiting or under way, from which on it asks for much, and gives way to others."""
GIVING_WAY_SECONDS = 0.05
"""How long who asks for much waits for others' calls to end, for each part of it: it goes on, but slowly."""
REST_SECONDS, REST_AFTER_WORK = 0.02, 2.0
"""How long it rests, while others call, before each call; and after a part of long work, in measure to it."""
PATIENCE_SECONDS = 8.0
"""How long a call with long work rests between its parts, all in all: it has a deadline as others have."""
CROWDED_SECONDS = 0.5
"""How long others count as calling after their last answer."""
REFUSED_SECONDS, REFUSED_APART_SECONDS, REFUSED_WAITING_MAX = 0.5, 0.02, 256
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


async def give_way() -> None:
    """For long work without a turn: lets what is ready go first."""
    await asyncio.sleep(0)


@dataclass(slots=True, weakref_slot=True)
class _Gate:
    """What the calls of one agency pass: how many are here, and of those under way how many that others give
    way to; and the one that begins next.
    """

    places: asyncio.Semaphore
    next: asyncio.Lock = field(default_factory=asyncio.Lock)
    here: int = 0
    little: int = 0


class Turns:
    """Carries out a few calls of each agency at once; its others wait, in the order in which they came.

    A process does one thing at a time: without turns, what an agency asks at once stands before all others.
    So what an agency asks beyond that begins one after another as long as others call who ask for less: it
    goes on slowly, and at full speed when it is alone with its like.
    """

    def __init__(
        self,
        most: int = TURNS_OF_AN_AGENCY,
        much: int = MUCH,
        seconds: float = GIVING_WAY_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._most, self._much, self._seconds, self.patience = most, much, seconds, patience
        self._gates: WeakValueDictionary[str, _Gate] = WeakValueDictionary()
        self._calling: dict[str, float] = {}  # who asks for little, and until when that counts
        self._ended = asyncio.Event()

    @asynccontextmanager
    async def turn(self, principal: Principal) -> AsyncIterator["Turn"]:
        """The caller's turn, as soon as it comes; the platform's services need not wait for one.

        To what services ask others give way, but not in between: they ask for others, and may do so for ever.
        """
        agency = principal.agency
        gate = self._gates.get(agency) or _Gate(asyncio.Semaphore(self._most))
        self._gates[agency] = gate
        if principal.has(Role.SERVICE):
            with self._begun(agency, gate, counts_seconds=0.0) as turn:
                yield turn
            return
        gate.here += 1
        try:
            async with gate.places:
                if much := gate.here > self._much:
                    async with gate.next:
                        await self.rest(REST_SECONDS, agency)
                with self._begun(agency, gate, much=much) as turn:
                    yield turn
        finally:
            gate.here -= 1

    @contextmanager
    def _begun(
        self, agency: str, gate: _Gate, *, much: bool = False, counts_seconds: float = CROWDED_SECONDS
    ) -> Iterator["Turn"]:
        turn = Turn(self, agency, gate, little=not much)
        try:
            yield turn
        finally:
            turn.ends(counts_seconds)

    def calls(self, agency: str, seconds: float) -> None:
        """For so long from now on this agency counts as one that calls and asks for little."""
        self._calling[agency] = asyncio.get_running_loop().time() + seconds
        self._ended.set()

    async def rest(self, seconds: float, agency: str = "") -> None:
        """While others than this agency call who ask for little: rests for so long, and until none of them
        waits, but for a bounded time. Else until what is ready has been done.
        """
        now = asyncio.get_running_loop().time()
        self._calling = {who: until for who, until in self._calling.items() if until > now}
        if not self._calling.keys() - {agency}:
            await asyncio.sleep(0)
            return
        await asyncio.sleep(min(seconds, self._seconds))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                while any(until == math.inf for who, until in self._calling.items() if who != agency):
                    self._ended.clear()
                    await self._ended.wait()


class Turn:
    """One call's turn, as its handler sees it."""

    def __init__(self, turns: Turns, agency: str, gate: _Gate, *, little: bool) -> None:
        self._turns, self._agency, self._gate, self._little = turns, agency, gate, little
        self._began = self._went_on = asyncio.get_running_loop().time()
        if little:
            gate.little += 1
            turns.calls(agency, math.inf)

    def ends(self, counts_seconds: float = 0.0) -> None:
        """Nobody gives way to it any more; but for so long to who asked."""
        if self._little:
            self._little = False
            self._gate.little -= 1
            self._turns.calls(self._agency, math.inf if self._gate.little else counts_seconds)

    async def give_way(self) -> None:
        """For long work, before each part: lets others' calls go first, and leaves them most of the time.

        From then on nobody gives way to this call.
        """
        self.ends()
        clock = asyncio.get_running_loop()
        if (now := clock.time()) - self._began < self._turns.patience:
            await self._turns.rest(REST_AFTER_WORK * (now - self._went_on))
        else:
            await give_way()
        self._went_on = clock.time()


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

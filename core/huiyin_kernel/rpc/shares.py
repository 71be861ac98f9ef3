"""Places for what is under way at once: bounded in all and per caller, with places of their own for services.

A caller is an agency, whichever of its officers and systems call: an agency that asks too much finds its own
share taken, and nobody else notices (promise P14). The platform's services never compete with agencies.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from weakref import WeakValueDictionary

from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError

TURNS_OF_AN_AGENCY = 8
"""Calls of one agency that are carried out at once. Whoever else calls waits behind as many and no more."""
REFUSED_SECONDS, REFUSED_WAITING_MAX = 0.5, 256
"""How long who asks too much waits to hear so, and how many of them at once."""


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


class Turns:
    """Carries out a few calls of each agency at once; its others wait, in the order in which they came.

    A process does one thing at a time: without turns, what an agency asks at once stands before all others.
    """

    def __init__(self, most: int = TURNS_OF_AN_AGENCY) -> None:
        self._most = most
        self._gates: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, principal: Principal) -> AsyncIterator[None]:
        """The caller's turn, as soon as it comes; the platform's services need not wait for one."""
        if principal.has(Role.SERVICE):
            yield
            return
        gate = self._gates.get(principal.agency) or asyncio.Semaphore(self._most)
        self._gates[principal.agency] = gate
        async with gate:
            yield


class Refusals:
    """Makes who is refused for asking too much wait for the answer a little: one that asks again and again
    would else spend on refusals what others need. A bounded number wait; the others are answered at once.
    """

    def __init__(self, most: int = REFUSED_WAITING_MAX, seconds: float = REFUSED_SECONDS) -> None:
        self._most, self._seconds, self._waiting = most, seconds, 0

    async def wait(self) -> None:
        """Before the answer is given."""
        if self._waiting >= self._most:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(self._seconds)
        finally:
            self._waiting -= 1

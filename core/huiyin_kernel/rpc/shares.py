"""Places for what is under way at once: bounded in all and per caller, with places of their own for services.

A caller is an agency, whichever of its officers and systems call: an agency that asks too much finds its own
share taken, and nobody else notices (promise P14). The platform's services never compete with agencies.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError


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

"""Erasure as an administrator does it."""

from huiyin_domain.context import Principal, Role
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.vault.erase import Erased, erase
from huiyin_store.port import EventStore
from tests.support.small_policy import OFFICE, POLICY

ADMINISTRATOR = Principal(OFFICE, "administrator-01", frozenset({Role.ADMINISTRATOR}))


async def erased(store: EventStore, subject: str, ground: str = "request") -> Erased:
    """Destroys the keys of a subject, on the record."""
    return await erase(store, POLICY, SystemClock(), ADMINISTRATOR, subject, ground)

"""Leases: what one process at a time may do, fenced by epochs.

A lease is a row of the table `lease` in a schema: its name, who has it, under which epoch, until when. The
epoch rises with every change of hands. Whoever writes under a lease asks for its epoch in the same
transaction (`fence`, or a function of the schema): so what a process does that wakes up late fails there.

A process holds a session lock of the database besides, which ends with it, however that ends: then what it
had is free at once. A process that stands still keeps its lock, but not its time. Times are the database's
own; until a renewal is answered the process trusts its own clock, counted from before it asked.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection, sql

from huiyin_store.limits import StoreLimits
from huiyin_store.session import PASSING, Session

log = logging.getLogger(__name__)

_LIVING = 1_213_548_913
"""The first key of the lock that a process holds while it lives; the second is its owner's name, hashed."""

_LIVE = b"SELECT pg_advisory_lock(%b, hashtext(%b))"
_ENTER = (
    b"INSERT INTO lease (name, owner, epoch, until)"
    b" SELECT name, '', 0, '-infinity' FROM unnest(%b::text[]) AS name"
    b" ON CONFLICT (name) DO NOTHING RETURNING name"
)
# What nobody took meanwhile is renewed even when its time has passed.
_RENEW = (
    b"UPDATE lease SET until = clock_timestamp() + make_interval(secs => %b)"
    b" FROM unnest(%b::text[], %b::bigint[]) AS held (name, epoch)"
    b" WHERE lease.name = held.name AND lease.epoch = held.epoch RETURNING lease.name"
)
# FOR UPDATE waits for those who were fenced under the last epoch.
_TAKE = (
    b"WITH free AS MATERIALIZED (SELECT name FROM lease WHERE name = ANY(%b::text[])"
    b" AND (until < clock_timestamp() OR pg_try_advisory_xact_lock(%b, hashtext(owner)))"
    b" ORDER BY name FOR UPDATE)"
    b" UPDATE lease SET owner = %b, epoch = lease.epoch + 1,"
    b" until = clock_timestamp() + make_interval(secs => %b)"
    b" FROM free WHERE lease.name = free.name RETURNING lease.name, lease.epoch"
)
_RELEASE = (
    b"UPDATE lease SET until = '-infinity' FROM unnest(%b::text[], %b::bigint[]) AS held (name, epoch)"
    b" WHERE lease.name = held.name AND lease.epoch = held.epoch RETURNING lease.name"
)
_FENCE = sql.SQL("SELECT FROM {}.lease WHERE name = %s AND epoch = %s FOR KEY SHARE")


@dataclass(frozen=True, slots=True)
class LeaseLimits:
    """How long, in seconds."""

    lease_seconds: float = 4.0
    """How long a process that stands still keeps what it has."""
    renew_seconds: float = 1.0
    """How often leases are renewed, and those of others asked for."""
    retry_seconds: float = 0.2
    """How soon the database is asked again that did not answer."""
    end_seconds: float = 1.0
    """How long an end waits for what it gives back."""


class LeaseLostError(Exception):
    """Another process has taken over: this one may not write any more."""

    def __init__(self, name: str, epoch: int) -> None:
        super().__init__(f"another process has taken {name} over from epoch {epoch}: stepping down")


class Leases:
    """Those of some leases of a schema that one process has. `owner` names it, and no other process ever."""

    def __init__(
        self, dsn: str, schema: str, owner: str, names: Sequence[str], limits: LeaseLimits | None = None
    ) -> None:
        self._dsn, self._schema, self._owner, self._names = dsn, schema, owner, tuple(names)
        self._limits = limits or LeaseLimits()
        self._session: Session | None = None
        self._epochs: dict[str, int] = {}
        self._until: dict[str, float] = {}

    @property
    def held(self) -> Mapping[str, int]:
        """Epochs of what this process may do now, by name; nothing that may be another's by now."""
        return {name: epoch for name, epoch in self._epochs.items() if self.seconds_left(name) > 0}

    def epoch(self, name: str) -> int:
        """The epoch under which this process had a lease last; 0 when another is known to have it since."""
        return self._epochs.get(name, 0)

    def seconds_left(self, name: str) -> float:
        """How long this process may still act without asking again; not positive when it may not."""
        return self._until.get(name, 0.0) - time.monotonic()

    async def keep(self, changed: Callable[[Mapping[str, int]], None]) -> None:
        """Takes what is free and renews it, for ever; `changed` is told what is held whenever that is new."""
        known: Mapping[str, int] = {}
        while True:
            pause = self._limits.renew_seconds
            try:
                async with asyncio.timeout(self._limits.lease_seconds):
                    await self._round()
            except (*PASSING, TimeoutError) as error:
                log.warning("leases of %s cannot be renewed: %s", self._schema, error)
                await self._close()
                pause = self._limits.retry_seconds
            if self.held != known:
                known = self.held
                changed(known)
            await asyncio.sleep(pause)

    def lost(self, name: str) -> None:
        """A lease was found to be another's."""
        self._epochs.pop(name, None)

    async def release(self) -> None:
        """Gives back what is held, if the database answers in time."""
        epochs, self._epochs = self._epochs, {}
        try:
            async with asyncio.timeout(self._limits.end_seconds):
                await self._rows(_RELEASE, list(epochs), list(epochs.values()))
        except (*PASSING, TimeoutError) as error:
            log.warning("leases of %s run out by themselves: %s", self._schema, error)
        await self._close()

    async def _round(self) -> None:
        asked, seconds = time.monotonic(), self._limits.lease_seconds
        if self._epochs:
            rows = await self._rows(_RENEW, seconds, list(self._epochs), list(self._epochs.values()))
            self._epochs = {name: self._epochs[name] for (name,) in rows}
        if free := [name for name in self._names if name not in self._epochs]:
            self._epochs |= dict(await self._rows(_TAKE, free, _LIVING, self._owner, seconds))
        self._until = dict.fromkeys(self._epochs, asked + seconds)

    async def _rows(self, query: bytes, *values: object) -> list[tuple[Any, ...]]:
        if self._session is None:
            self._session = await Session.open(self._dsn, self._schema, StoreLimits())
            await self._session.rows(_LIVE, (_LIVING, self._owner))
            await self._session.rows(_ENTER, (list(self._names),))
        return await self._session.rows(query, values)

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.aclose()


class Lease:
    """The one lease of a process that ends when it has lost it."""

    def __init__(
        self, dsn: str, schema: str, owner: str, name: str, limits: LeaseLimits | None = None
    ) -> None:
        self._schema, self._name = schema, name
        self._leases = Leases(dsn, schema, owner, [name], limits)
        self._held = asyncio.Event()
        self.epoch = 0

    @property
    def seconds_left(self) -> float:
        """How long this process may still act without asking again; not positive when it may not."""
        return self._leases.seconds_left(self._name)

    @property
    def is_held(self) -> bool:
        """Whether this process is at work, as far as it knows."""
        return self._held.is_set()

    async def until_held(self) -> None:
        """Waits for its turn."""
        await self._held.wait()

    async def run(self) -> None:
        """Takes the lease when it can be had and keeps it. Raises LeaseLostError when it was taken over."""
        try:
            await self._leases.keep(self._follow)
        finally:
            self._held.clear()
            await self._leases.release()

    async def fence(self, connection: AsyncConnection[Any]) -> None:
        """Nobody takes the lease over before the caller's transaction has ended. Raises LeaseLostError."""
        query = _FENCE.format(sql.Identifier(self._schema))
        if await (await connection.execute(query, (self._name, self.epoch))).fetchone() is None:
            raise LeaseLostError(self._name, self.epoch)

    def _follow(self, held: Mapping[str, int]) -> None:
        """While the database is away the lease may run out, and be renewed if nobody took it meanwhile."""
        epoch = self._leases.epoch(self._name)
        if self.epoch and epoch != self.epoch:
            raise LeaseLostError(self._name, self.epoch)
        self.epoch = epoch
        if self._name in held and not self.is_held:
            log.info("%s: at work here now, epoch %d", self._name, epoch)
            self._held.set()

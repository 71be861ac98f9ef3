"""A service's inbox: reacts to events of foreign logs with events on its own streams, each exactly once.

Cursor and effect move in one append, under a request id derived from the foreign event, so a restart
repeats the reading and never the effect. What fails whenever it is tried goes to the dead letters, in one
transaction with the cursor, and can be handled again later, once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY, Cause, Entry
from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.context import Principal, Role
from huiyin_kernel.arrived import Arrived, Follow, Parse, Place, PlacedLog
from huiyin_kernel.codec import instant, payload_of
from huiyin_kernel.dead_letters import Redriving, letter_of_event, letter_of_record
from huiyin_kernel.ids import derived
from huiyin_kernel.patience import Patience, settled
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.streams import Change, Streams
from huiyin_kernel.telemetry.counts import Following, InboxCounts, followed
from huiyin_kernel.telemetry.traces import about
from huiyin_store.letters import Letters
from huiyin_store.port import BOOKKEEPING, Append, Cursor, StoreUnavailableError, WorldClock

log = logging.getLogger(__name__)

SAVE_EVERY = 500
"""Irrelevant events read before the cursor is saved without an effect."""
RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign event with the identity under which this service reacts to it."""

    call: Call
    envelope: Event
    message: Message


Reaction = Callable[[Foreign], Awaitable[Sequence[Change]]]
"""Decides what a foreign event changes here; nothing is an empty sequence."""


class Inbox:
    """One foreign log's events, in order."""

    def __init__(
        self,
        name: str,
        log_name: str,
        streams: Streams,
        letters: Letters,
        clock: WorldClock,
        reactions: Mapping[str, Reaction],
        read: Parse[Event],
    ) -> None:
        """`read` makes sense of a record of the log's topic that was kept."""
        self._consumer, self._log = name, log_name
        self._streams, self._store, self._letters = streams, streams.store, letters
        self._clock, self._reactions = clock, reactions
        self._parse = read
        self._principal = Principal(name, "", frozenset({Role.SERVICE}))
        self._saved = 0
        self._counts = InboxCounts(name, log_name)
        self._patience = Patience()
        self._place: Callable[[int], Place | None] = lambda position: None

    async def run(self, follow: Follow) -> None:
        """Reads on from the cursor for ever, and handles letters again that are to be."""
        if isinstance(follow, PlacedLog):
            self._place, follow.unreadable = follow.place, self._put_aside
        redriving = asyncio.ensure_future(Redriving(self, self._letters, self._counts, self._parse).run())
        try:
            await self._read(follow)
        finally:
            redriving.cancel()
            await asyncio.gather(redriving, return_exceptions=True)

    async def _read(self, follow: Follow) -> None:
        self._saved = await self._store.cursor(self._consumer, self._log)
        following = Following(self._consumer, self._log, self._saved)
        async with aclosing(followed(following, follow(self._saved))) as items:
            async for envelope, position in items:
                if envelope is not None and envelope.type in self._reactions:
                    with self._counts.reaction(envelope):
                        await self._react_until_done(envelope)
                elif position - self._saved >= SAVE_EVERY:
                    await self._save(position)
                following.done(position)

    async def _react_until_done(self, envelope: Event) -> None:
        """Tries until it works, loudly; what fails by itself is given up after a number of tries."""
        self._patience.begin()
        while True:
            try:
                await self.react(envelope, Cursor(self._consumer, self._log, envelope.position))
                self._patience.succeeded()
                return
            except Exception as error:  # every failure is logged, and tried again or buried
                log.exception("inbox %s cannot apply an event", self._consumer, extra=about(envelope))
                self._counts.retries.inc()
                if self._patience.is_over(error) and await self._bury(envelope, error):
                    return
            await asyncio.sleep(self._patience.next())

    async def _bury(self, envelope: Event, error: Exception) -> bool:
        """Puts an event aside and moves on; False when the database is away."""
        place, tries = self._place(envelope.position), self._patience.tries
        letter = letter_of_event(self._consumer, envelope, place, error, tries, self._clock.now())
        try:
            await self._letters.bury(letter, Cursor(self._consumer, self._log, envelope.position))
        except StoreUnavailableError as away:
            log.warning("inbox %s cannot bury an event: %s", self._consumer, away, extra=about(envelope))
            return False
        log.error("inbox %s gave an event up: `huiyin dead-letters`", self._consumer, extra=about(envelope))
        self._saved = envelope.position
        self._counts.dead.inc()
        self._patience.buried()
        return True

    async def _put_aside(self, arrived: Arrived[Any]) -> None:
        """Keeps a record of the topic that is no event; no cursor moves."""
        letter = letter_of_record(self._consumer, self._log, arrived, self._clock.now())
        while True:
            try:
                self._counts.dead.inc(await self._letters.bury(letter, None))
                return
            except StoreUnavailableError as error:
                log.warning("inbox %s cannot put %s aside: %s", self._consumer, arrived.place, error)
            await asyncio.sleep(RETRY_SECONDS)

    @property
    def consumer(self) -> str:
        """Its name."""
        return self._consumer

    @property
    def types(self) -> Sequence[str]:
        """The events that it reacts to."""
        return tuple(self._reactions)

    @property
    def log_name(self) -> str:
        """The log that it reads."""
        return self._log

    @property
    def reached(self) -> int:
        """Everything up to here has had its effect, or is among the dead letters."""
        return self._saved

    async def react(self, envelope: Event, cursor: Cursor | None) -> None:
        """Decides and appends, with the cursor's move. Without one the effect still happens once."""
        foreign = Foreign(self._call(envelope), envelope, payload_of(envelope))

        async def attempt() -> None:
            changes = await self._reactions[envelope.type](foreign)
            if changes or cursor is not None:
                await self._streams.append(foreign.call, changes, cursor=cursor)

        await settled(attempt, self._counts.conflicts)
        self._saved = max(self._saved, cursor.position if cursor is not None else 0)

    async def _save(self, position: int) -> None:
        request_id = derived("cursor", self._consumer, self._log, str(position))
        cursor = Cursor(self._consumer, self._log, position)
        await self._store.append(Append(request_id, b"", (), cursor=cursor))
        self._saved = position

    def _call(self, envelope: Event) -> Call:
        request_id: UUID = derived("reaction", self._consumer, envelope.event_id)
        return Call(
            principal=self._principal,
            method=f"inbox/{envelope.type}",
            scope=BOOKKEEPING,
            request_id=request_id,
            occurred=instant(envelope.occurred_time),
            now=self._clock.now(),
            correlation_id=envelope.metadata.correlation_id,
            causation_id=envelope.event_id,
            causes=(Cause(stream=envelope.stream, version=envelope.version, log=envelope.log),),
            fingerprint=envelope.hash,
            entry=_entry(envelope),
        )


def _entry(envelope: Event) -> Entry:
    """What follows from an act in another log came into the record as that act did, and when it did."""
    behind = envelope.metadata.entry
    known = behind.known_time if behind.HasField("known_time") else envelope.recorded_time
    kind = behind.kind or ENTRY_KIND_TIMELY
    return Entry(kind=kind, approved_by=behind.approved_by, officer=behind.officer, known_time=known)

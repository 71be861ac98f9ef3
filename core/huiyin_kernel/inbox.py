"""A service's inbox: reacts to events of foreign logs with events on its own streams, each exactly once.

Cursor and effect move in one append, under a request id derived from the foreign event, so a restart
repeats the reading and never the effect.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin_domain.principal import Principal, Role
from huiyin_kernel.clock import Clock
from huiyin_kernel.codec import instant, payload_of
from huiyin_kernel.ids import derived
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.store.port import Append, Cursor, EventStore, VersionConflictError
from huiyin_kernel.telemetry.about import about
from huiyin_kernel.telemetry.following import Following, followed
from huiyin_kernel.telemetry.inboxes import InboxCounts
from huiyin_kernel.writer import Change, to_append

log = logging.getLogger(__name__)

SAVE_EVERY = 500
"""Irrelevant events read before the cursor is saved without an effect."""
CONFLICT_ATTEMPTS = 20
"""How often a reaction is decided again when commands changed the stream meanwhile."""
RETRY_SECONDS_MAX = 30.0


@dataclass(frozen=True, slots=True)
class Foreign:
    """A foreign event with the identity under which this service reacts to it."""

    call: Call
    envelope: Event
    message: Message


Reaction = Callable[[Foreign], Awaitable[Sequence[Change]]]
"""Decides what a foreign event changes here; nothing is an empty sequence."""

Follow = Callable[[int], AsyncIterator[tuple[Event | None, int]]]
"""Follows the foreign log after a position."""


class Inbox:
    """One foreign log's events, in order."""

    def __init__(
        self, name: str, log_name: str, store: EventStore, clock: Clock, reactions: Mapping[str, Reaction]
    ) -> None:
        self._consumer, self._log = name, log_name
        self._store, self._clock, self._reactions = store, clock, reactions
        self._principal = Principal(name, "", frozenset({Role.SERVICE}))
        self._saved = 0
        self._counts = InboxCounts(name, log_name)

    async def run(self, follow: Follow) -> None:
        """Reads on from the cursor for ever."""
        self._saved = await self._store.cursor(self._consumer, self._log)
        following = Following(self._consumer, self._log, self._saved)
        async for envelope, position in followed(following, follow(self._saved)):
            if envelope is not None and envelope.type in self._reactions:
                with self._counts.reaction(envelope):
                    await self._react_until_done(envelope)
            elif position - self._saved >= SAVE_EVERY:
                await self._save(position)
            following.done(position)

    async def _react_until_done(self, envelope: Event) -> None:
        """A failing reaction holds this inbox back, loudly, until it works: nothing is skipped."""
        wait = 0.1
        while True:
            try:
                await self._react(envelope)
                return
            except Exception:  # every failure is logged and tried again
                log.exception("inbox %s cannot apply an event", self._consumer, extra=about(envelope))
                self._counts.retries.inc()
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)

    async def _react(self, envelope: Event) -> None:
        foreign = Foreign(self._call(envelope), envelope, payload_of(envelope))
        cursor = Cursor(self._consumer, self._log, envelope.position)
        for attempt in range(CONFLICT_ATTEMPTS):
            changes = await self._reactions[envelope.type](foreign)
            try:
                await self._store.append(to_append(foreign.call, changes, cursor=cursor))
                break
            except VersionConflictError:
                self._counts.conflicts.inc()
                if attempt == CONFLICT_ATTEMPTS - 1:
                    raise
        self._saved = envelope.position

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
            request_id=request_id,
            occurred=instant(envelope.occurred_time),
            now=self._clock.now(),
            correlation_id=envelope.metadata.correlation_id,
            causation_id=envelope.event_id,
            causes=(Cause(stream=envelope.stream, version=envelope.version, log=envelope.log),),
            fingerprint=envelope.hash,
        )

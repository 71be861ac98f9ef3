"""Policy that the log lays down, followed and kept by each fold with the place where it took it over."""

import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.context import Policy
from huiyin_domain.policy import applied, in_force
from huiyin_kernel.codec import payload_of
from huiyin_kernel.commands import Commands
from huiyin_store.durable_reads import LOOK

POLICY_TYPE = PolicyApplied.DESCRIPTOR.full_name

_ADD = (
    "INSERT INTO {}.policy_applied (consumer, log, position, event, reached) VALUES (%s, %s, %s, %b, %s)"
    " ON CONFLICT DO NOTHING"
)
_TELL = "SELECT pg_notify(%s, '')"
"""For folds that take over what another one took."""
_ALL = "SELECT reached, event FROM {}.policy_applied WHERE consumer = %s ORDER BY log, position"
_COUNTED_BY = "SELECT version FROM {}.policy_counted WHERE consumer = %s"
_COUNTED = (
    "INSERT INTO {}.policy_counted (consumer, version) VALUES (%s, %s)"
    " ON CONFLICT (consumer) DO UPDATE SET version = EXCLUDED.version"
)


def policies_in(events: Iterable[Event]) -> list[Event]:
    """Those of the events that apply policy."""
    return [event for event in events if event.type == POLICY_TYPE]


def policy_in(event: Event) -> PolicyApplied:
    """What such an event says."""
    message = payload_of(event)
    assert isinstance(message, PolicyApplied), "events are chosen by their type"
    return message


class PolicyKept:
    """Of one consumer; every method in the caller's transaction."""

    def __init__(self, schema: str, consumer: str) -> None:
        self._schema, self._consumer = schema, consumer

    async def timetable(self, connection: AsyncConnection[Any], shipped: Timetable) -> Timetable:
        """The timetable that holds for the consumer."""
        return in_force(shipped, map(policy_in, await self.events(connection)))

    async def events(self, connection: AsyncConnection[Any]) -> list[Event]:
        """Everything that it took over, in order."""
        return [event for _, event in await self.places(connection)]

    async def places(self, connection: AsyncConnection[Any]) -> list[tuple[int, Event]]:
        """The same, each with how far the consumer had come."""
        cursor = await connection.execute(self._sql(_ALL), (self._consumer,), binary=True)
        return [(reached, Event.FromString(event)) for reached, event in await cursor.fetchall()]

    async def add(self, connection: AsyncConnection[Any], event: Event, reached: int | None = None) -> None:
        """Takes one over, once. `reached` is where it stands unless the consumer says otherwise."""
        encoded = event.SerializeToString(deterministic=True)
        place = event.position if reached is None else reached
        await connection.execute(self._sql(_ADD), (self._consumer, event.log, event.position, encoded, place))
        await connection.execute(_TELL, (LOOK,))

    async def counted_by(self, connection: AsyncConnection[Any]) -> str:
        """The version of the timetable by which the consumer's rows were counted; empty: none is known."""
        cursor = await connection.execute(self._sql(_COUNTED_BY), (self._consumer,))
        row = await cursor.fetchone()
        return row[0] if row else ""

    async def counted(self, connection: AsyncConnection[Any], version: str) -> None:
        """Notes that all of its rows are counted by that version."""
        await connection.execute(self._sql(_COUNTED), (self._consumer, version))

    def _sql(self, text: LiteralString) -> sql.Composed:
        return sql.SQL(text).format(sql.Identifier(self._schema))


CONSUMER = "commands"

log = logging.getLogger(__name__)

Follow = Callable[[int], AsyncGenerator[tuple[Event | None, int], None]]


class PolicyFollower:
    """Keeps the policy that a service's commands are decided by up to date.

    What it has taken over is kept in the service's own schema, so that the service starts with it whether or
    not supervision answers.
    """

    def __init__(self, dsn: str, schema: str, commands: Commands) -> None:
        self._dsn, self._commands = dsn, commands
        self._kept = PolicyKept(schema, CONSUMER)
        self._after = 0

    async def open(self) -> None:
        """Goes on with what is kept; to be done before the first command."""
        async with await AsyncConnection.connect(self._dsn) as connection:
            places = await self._kept.places(connection)
        for _, event in places:
            self._take(policy_from(self._commands.policy, policy_in(event)), event.position)

    async def run(self, follow: Follow) -> None:
        """Takes over what is applied, for ever."""
        async with aclosing(follow(self._after)) as items:
            async for event, _ in items:
                for one in policies_in([event] if event else []):
                    await self._keep(one)

    async def _keep(self, event: Event) -> None:
        async with await AsyncConnection.connect(self._dsn) as connection:
            await self._kept.add(connection, event)
        policy = policy_in(event)
        self._take(policy_from(self._commands.policy, policy), event.position)
        log.info("policy %s of %s holds from here on", policy.version, policy.source_document)

    def _take(self, policy: Policy, position: int) -> None:
        self._commands.policy, self._after = policy, position


def policy_from(policy: Policy, event: PolicyApplied) -> Policy:
    """The policy with an application taken over."""
    return replace(policy, timetable=applied(policy.timetable, event))

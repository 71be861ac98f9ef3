"""The policy of the log that a consumer has taken over, kept in its own schema: what it goes on with."""

from collections.abc import Iterable
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql

from huiyin.event.v1.event_pb2 import Event
from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.policy.years import in_force
from huiyin_kernel.codec import payload_of

POLICY_TYPE = PolicyApplied.DESCRIPTOR.full_name

_ADD = (
    "INSERT INTO {}.policy_applied (consumer, log, position, event, reached) VALUES (%s, %s, %s, %b, %s)"
    " ON CONFLICT DO NOTHING"
)
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

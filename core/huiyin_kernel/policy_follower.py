"""A service's deciders count days by the policy of the log: taken over from supervision, and kept."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from psycopg import AsyncConnection

from huiyin.event.v1.event_pb2 import Event
from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_domain.context import Policy
from huiyin_domain.policy.years import applied
from huiyin_kernel.commands import Commands
from huiyin_kernel.policy_kept import PolicyKept, policies_in, policy_in

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

"""Traffic of a round: an import, lives, subscribers and questions, all at the same time."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random

from huiyin_audit.history import SentCommand
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.policy import load_policy
from tests.fault.driving.following import GrpcFollower, KafkaFollower
from tests.fault.driving.importing import Imports
from tests.fault.driving.keeper import Keeper
from tests.fault.driving.lives import ForgetfulDesk, Lives
from tests.fault.driving.publishing import Publishing
from tests.fault.driving.watching import Watching
from tests.mainjob.desk import Desks
from tests.mainjob.lives import CITY


class Traffic:
    """What goes on while faults happen; every call is kept."""

    def __init__(self, keeper: Keeper, folder: Path, seed: int) -> None:
        directory = load_policy().directory
        make = partial(ForgetfulDesk, chance=Random(f"traffic {seed}"))
        self.desks = Desks(keeper.settings, directory, make)
        self.lives = Lives(self.desks, seed)
        self.imports = Imports(folder, keeper.environment, directory)
        self.watching = Watching()
        self._settings, self._is_cluster = keeper.settings, keeper.is_cluster
        self.publishing = Publishing(self.desks, keeper.settings, seed, on_kafka=keeper.is_cluster)
        self.centre = self.desks.agency(OrganisationKind.CENTRE, CITY)
        self.followers: list[GrpcFollower | KafkaFollower] = []

    def finish(self) -> None:
        """Begins nothing more."""
        self.lives.finish()
        self.publishing.finish()

    async def run(self) -> None:
        """Returns when all that was begun has ended."""
        await asyncio.gather(self.lives.run(), self.imports.run(), self.publishing.run())

    async def watch(self) -> None:
        """Subscribes and asks for ever; cancel it to end."""
        auditor = await self.desks.named("auditor")
        centre = await self.desks.at(self.centre, "system")
        self.followers += [GrpcFollower("auditor", auditor.client), GrpcFollower("centre", centre.client)]
        if self._is_cluster:
            self.followers.append(KafkaFollower("centre on Kafka", self._settings, self.centre))
        async with asyncio.TaskGroup() as group:
            group.create_task(self.watching.run(auditor.client))
            for follower in self.followers:
                group.create_task(follower.run())

    def calls(self) -> Sequence[SentCommand]:
        """Every command that was sent."""
        return self.desks.calls()

"""Traffic of a round: an import, lives, subscribers and questions, all at the same time."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from random import Random

from huiyin_audit.history import Call
from huiyin_kernel.policy import load_policy
from tests.fault.driving.importing import Imports
from tests.fault.driving.keeper import Keeper
from tests.fault.driving.lives import ForgetfulDesk, Lives
from tests.fault.driving.watching import Watching
from tests.mainjob.desk import Desks


class Traffic:
    """What goes on while faults happen; every call is kept."""

    def __init__(self, keeper: Keeper, folder: Path, seed: int) -> None:
        directory = load_policy().directory
        make = partial(ForgetfulDesk, chance=Random(f"traffic {seed}"))
        self.desks = Desks(keeper.settings, directory, make)
        self.lives = Lives(self.desks, seed)
        self.imports = Imports(folder, keeper.environment, directory)
        self.watching = Watching()

    async def run(self) -> None:
        """Returns when all that was begun has ended."""
        auditor = await self.desks.named("auditor")
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self.watching.run(auditor.client))
            await asyncio.gather(self.lives.run(), self.imports.run())
            watching.cancel()

    def calls(self) -> Sequence[Call]:
        """Every command that was sent."""
        return self.desks.calls()

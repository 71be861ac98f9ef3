"""One round: a platform of its own, faults and traffic at the same time, rest, and the record of it all."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fault.driving.faults import Faults, Injected
from tests.fault.driving.keeper import Keeper
from tests.fault.driving.plan import plan
from tests.fault.driving.record import Record, record
from tests.fault.driving.rest import until_at_rest
from tests.fault.driving.subscribers import until_told
from tests.fault.driving.traffic import Traffic

ROUND_SECONDS_MAX = 420.0
CLUSTER_ROUND_SECONDS_MAX = 900.0


@dataclass(frozen=True, slots=True)
class Round:
    """What a round left behind. `crashes` counts the services that ended without being killed."""

    injected: Sequence[Injected]
    starts: int
    crashes: int
    lives: int
    record: Record


async def run_round(seed: int, folder: Path, fault_count: int, *, cluster: bool = False) -> Round:
    """Drives a platform in `folder` through the faults of this seed. Raises TimeoutError."""
    keeper = Keeper(folder / "home", cluster=cluster)
    seconds = CLUSTER_ROUND_SECONDS_MAX if cluster else ROUND_SECONDS_MAX
    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            looking = group.create_task(keeper.watch())
            done = await _driven(keeper, seed, folder, fault_count)
            looking.cancel()
        return done
    finally:
        keeper.end()


async def _driven(keeper: Keeper, seed: int, folder: Path, fault_count: int) -> Round:
    await keeper.until_ready()
    traffic = Traffic(keeper, folder, seed)
    faults = Faults(keeper, traffic.imports.kill, folder / "faults.txt")
    async with traffic.desks, asyncio.TaskGroup() as watching:
        seen = watching.create_task(traffic.watch())
        async with asyncio.TaskGroup() as group:
            group.create_task(traffic.run())
            await faults.carry_out(plan(seed, fault_count, cluster=keeper.is_cluster))
            traffic.finish()
        await keeper.until_ready()
        quiet_since = await until_at_rest(keeper.settings)
        await until_told(keeper.settings, traffic)
        seen.cancel()
        taken = await record(keeper, traffic, quiet_since)
    crashes = keeper.platform.text().count("ended (exit status")
    return Round(faults.injected, keeper.starts, crashes, traffic.lives.ended, taken)

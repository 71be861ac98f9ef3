"""Who asks much of a platform while others work, as a process of its own: an import, or a flood of calls.

`python -m tests.bench.intruder import` says `begun` once its first answer is there, goes on until it is told
to end, and then says how many filings were registered and how many were refused.
"""

import asyncio
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from grpc import aio

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest, RegisterPetitionsRequest
from huiyin_cli.client import Client, open_client
from huiyin_cli.importing.limits import ImportLimits
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.account import ending_with_us
from tests.bench.driver import DIVISIONS, letter
from tests.mainjob.process import environment
from tests.support.calling import agency, filing, person, text

DIVISION = DIVISIONS[0]
FLOOD = 192
"""Calls at once of the agency that floods: half as many again as one may have under way."""
REFUSED_PAUSE_SECONDS = 0.05

_BATCH, _BATCHES = ImportLimits().batch_rows, ImportLimits().in_flight
_BEGUN = b"begun"


@dataclass(slots=True)
class Done:
    """What an intruder has done, once it has ended."""

    registered: int = 0
    refused: int = 0


@asynccontextmanager
async def intruder(kind: str, settings: Settings, nice: int = 0) -> AsyncIterator[Done]:
    """An intruder at work on a platform; it ends with this process; `nice` is what it yields."""
    process = await asyncio.create_subprocess_exec(
        *ending_with_us([sys.executable, "-m", "tests.bench.intruder", kind], signal.SIGKILL, nice=nice),
        stdout=subprocess.PIPE,
        env=environment(settings.paths.root),
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).strip()
    done = Done()
    try:
        if said != _BEGUN:
            raise RuntimeError(f"the {kind} does not begin: it says {said!r}")
        yield done
    finally:
        if process.returncode is None:
            process.terminate()
        counts = (await process.stdout.read()).split()
        await process.wait()
    done.registered, done.refused = (int(count) for count in counts)


async def main(kind: str) -> None:
    """Goes on until it is told to end."""
    counts, ended = Counter[str](), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    office = agency(OrganisationKind.PETITION_OFFICE, DIVISION)
    work, callers = {"import": (_import, _BATCHES), "flood": (_flood, FLOOD)}[kind]
    async with open_client(f"officer@{office}", Settings()) as client:
        asks = [asyncio.ensure_future(_again_and_again(work, client, counts)) for _ in range(callers)]
        await asyncio.wait(
            [*asks, ending := asyncio.ensure_future(ended.wait())], return_when="FIRST_COMPLETED"
        )
        for ask in (*asks, ending):
            ask.cancel()
        failures = await asyncio.gather(*asks, return_exceptions=True)
    print(counts["registered"], counts["refused"], flush=True)
    for failure in failures:
        if isinstance(failure, Exception):
            raise failure


Work = Callable[[Client, random.Random, Counter[str]], Awaitable[None]]


async def _again_and_again(work: Work, client: Client, counts: Counter[str]) -> None:
    chance = random.Random()
    while True:
        silent = not counts
        await work(client, chance, counts)
        if silent and counts.total() and not counts["said"]:
            counts["said"] = 1
            print(_BEGUN.decode(), flush=True)


async def _import(client: Client, chance: random.Random, counts: Counter[str]) -> None:
    request = RegisterPetitionsRequest(petitions=[_filing(chance) for _ in range(_BATCH)])
    for outcome in (await client.intake.RegisterPetitions(request)).outcomes:
        counts["refused" if outcome.refusal_reason else "registered"] += 1


async def _flood(client: Client, chance: random.Random, counts: Counter[str]) -> None:
    try:
        await client.intake.RegisterPetition(_filing(chance))
        counts["registered"] += 1
    except aio.AioRpcError:
        counts["refused"] += 1
        await asyncio.sleep(REFUSED_PAUSE_SECONDS)


def _filing(chance: random.Random) -> RegisterPetitionRequest:
    return filing(
        division=DIVISION,
        petitioner=person(name="示例", phone="13900000000"),
        subject=text(letter(chance, 1)),
        content=text(letter(chance)),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

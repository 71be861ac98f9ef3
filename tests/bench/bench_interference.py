"""What others notice of an agency that asks much: p99 of their commands during an import, and during a flood.

Officers of other places register, classify and hand over at an even pace, whether the platform keeps up or
not. Each round is measured quiet first and then with the intruder, which is a process of its own: once as if
it ran elsewhere, yielding the processor to the platform, and once beside it on the same cores.
"""

import asyncio
import time
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from huiyin_launcher.processes import read_table
from tests.bench.driver import DIVISIONS, Driver, Times, driver
from tests.bench.harness import QUICK, Record, compared, measured, percentile, quiet
from tests.bench.intruder import DIVISION, intruder
from tests.bench.platform import Platform, audited, bench_folder, platform
from tests.bench.rest import until_at_rest

COURSES, APART_SECONDS = (40, 0.15) if QUICK else (120, 0.1)
"""Of a round: how many cases are handed over, and how long after one another they begin."""
ROUNDS, WARM = 1 if QUICK else 3, 40
YIELDING, CROWDING = 19, 0
"""Niceness of an intruder that might as well run elsewhere, and of one on the same cores."""

_BASELINE = "the same commands, quiet"


class Waits(NamedTuple):
    """Of each command: how long it took, and what the service did meanwhile, for whomever, in CPU seconds."""

    wall: Times
    service: Times


@dataclass
class Watching(Driver):
    """Notes what the process of intake spends while each call is under way: a crowded service, apart from a
    crowded processor.
    """

    intake: int = 0
    service: Times = field(default_factory=Times)

    async def _timed(self, name: str, call: Awaitable[Any]) -> Any:
        before = _seconds_of_loop(self.intake)
        answer = await super()._timed(name, call)
        self.service.append(_seconds_of_loop(self.intake) - before)
        return answer


def measure() -> Iterator[Record]:
    """Both intruders, on one platform; the auditor looks at it afterwards."""
    with bench_folder() as folder, platform(folder / "home") as place:
        until_at_rest(place)
        yield from asyncio.run(_measure(place))
        until_at_rest(place)  # the auditor judges what the timeline has read
        audited(place)


async def _measure(place: Platform) -> list[Record]:
    rows = read_table(place.settings.paths.processes)
    (intake,) = (row.pid for row in rows if row.name == "intake")
    assert intake is not None
    async with driver(place.settings) as driving:
        places = [one for one in driving.places if one.division != DIVISION]
        assert {one.division for one in places} == set(DIVISIONS) - {DIVISION}
        watching = Watching(places, driving.chance, intake=intake)
        await _at_an_even_pace(watching, WARM)
        return [record for kind in ("import", "flood") for record in await _disturbed(place, watching, kind)]


async def _disturbed(place: Platform, driving: Watching, kind: str) -> list[Record]:
    rounds, rates = list[tuple[Waits, Waits, Waits]](), list[float]()
    for _ in range(ROUNDS):
        await asyncio.to_thread(until_at_rest, place, 0.1)
        quiet()
        alone = await _at_an_even_pace(driving, COURSES)
        began = time.perf_counter()
        async with intruder(kind, place.settings, YIELDING) as done:
            beside = await _at_an_even_pace(driving, COURSES)
        rates.append(done.registered / (time.perf_counter() - began))
        async with intruder(kind, place.settings, CROWDING):
            crowded = await _at_an_even_pace(driving, COURSES)
        rounds.append((alone, beside, crowded))

    def of(name: str, share: float, what: str = "wall", which: int = 1) -> Record:
        pairs = [
            (percentile(getattr(one[which], what), share), percentile(getattr(one[0], what), share))
            for one in rounds
        ]
        return compared(f"others_during_{kind}_{name}", "ms", _BASELINE, pairs)

    return [
        of("p50", 0.5),
        of("p99", 0.99),
        of("on_the_same_cores_p99", 0.99, which=2),
        of("work_of_intake_p50", 0.5, "service"),
        of("work_of_intake_p99", 0.99, "service"),
        measured(f"{kind}_beside_others", "filings/s", rates),
    ]


async def _at_an_even_pace(driving: Watching, count: int) -> Waits:
    """Of each command of so many cases, begun when they are due."""
    driving.times.clear()
    driving.service.clear()
    courses = []
    for number in range(count):
        place = driving.places[number % len(driving.places)]
        courses.append(asyncio.ensure_future(driving.handed_over(place)))
        await asyncio.sleep(APART_SECONDS)
    await asyncio.gather(*courses)
    return Waits([one for times in driving.times.values() for one in times], [*driving.service])


def _seconds_of_loop(process: int) -> float:
    """What the first thread of a process, in which its loop runs, has spent until now; to the nanosecond."""
    return int(Path(f"/proc/{process}/task/{process}/schedstat").read_text().split()[0]) / 1e9

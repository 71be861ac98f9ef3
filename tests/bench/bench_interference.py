"""What others notice of an agency that asks much: p99 of their commands during an import, and during a flood.

Officers of other places register, classify and hand over at an even pace, whether the platform keeps up or
not. Each round is measured quiet first and then with the intruder, which is a process of its own.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence

from tests.bench.driver import DIVISIONS, Driver, driver
from tests.bench.harness import QUICK, Record, compared, measured, percentile, quiet
from tests.bench.intruder import DIVISION, intruder
from tests.bench.platform import Platform, audited, bench_folder, platform
from tests.bench.rest import until_at_rest

COURSES, APART_SECONDS = (40, 0.15) if QUICK else (120, 0.1)
"""Of a round: how many cases are handed over, and how long after one another they begin."""
ROUNDS, WARM = 1 if QUICK else 3, 40

Pair = tuple[float, float]


def measure() -> Iterator[Record]:
    """Both intruders, on one platform; the auditor looks at it afterwards."""
    with bench_folder() as folder, platform(folder / "home") as place:
        until_at_rest(place)
        yield from asyncio.run(_measure(place))
        until_at_rest(place)  # the auditor judges what the timeline has read
        audited(place)


async def _measure(place: Platform) -> list[Record]:
    async with driver(place.settings) as driving:
        driving.places = [one for one in driving.places if one.division != DIVISION]
        assert {one.division for one in driving.places} == set(DIVISIONS) - {DIVISION}
        await _at_an_even_pace(driving, WARM)
        return [record for kind in ("import", "flood") for record in await _disturbed(place, driving, kind)]


async def _disturbed(place: Platform, driving: Driver, kind: str) -> list[Record]:
    middles, tails, rates = list[Pair](), list[Pair](), list[float]()
    for _ in range(ROUNDS):
        await asyncio.to_thread(until_at_rest, place, 0.1)
        quiet()
        alone = await _at_an_even_pace(driving, COURSES)
        began = time.perf_counter()
        async with intruder(kind, place.settings) as done:
            beside = await _at_an_even_pace(driving, COURSES)
        rates.append(done.registered / (time.perf_counter() - began))
        middles.append((percentile(beside, 0.5), percentile(alone, 0.5)))
        tails.append((percentile(beside, 0.99), percentile(alone, 0.99)))
    return [
        compared(f"others_during_{kind}_p50", "ms", "the same commands, quiet", middles),
        compared(f"others_during_{kind}_p99", "ms", "the same commands, quiet", tails),
        measured(f"{kind}_beside_others", "filings/s", rates),
    ]


async def _at_an_even_pace(driving: Driver, count: int) -> Sequence[float]:
    """Seconds of each command of so many cases, begun when they are due."""
    driving.times.clear()
    courses = []
    for number in range(count):
        place = driving.places[number % len(driving.places)]
        courses.append(asyncio.ensure_future(driving.handed_over(place)))
        await asyncio.sleep(APART_SECONDS)
    await asyncio.gather(*courses)
    return [one for times in driving.times.values() for one in times]

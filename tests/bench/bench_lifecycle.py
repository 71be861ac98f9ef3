"""Whole courses of cases on a platform as `huiyin up` starts it: how many, and what one of them takes.

CPU time is counted from the first call until all folds are at rest again, by process, that of the callers
apart; disk and write-ahead log likewise.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping

from tests.bench.driver import Driver, driver
from tests.bench.footprint import table_bytes, written_bytes
from tests.bench.harness import QUICK, Record, measured, measured_each, percentile, quiet
from tests.bench.platform import Platform, audited, bench_folder, platform
from tests.bench.processes import difference
from tests.bench.rest import idle_share, until_at_rest

CROWDS = ((1, 20), (8, 60), (64, 150)) if QUICK else ((1, 60), (8, 300), (64, 600))
"""Courses in flight at once, and how many courses."""
WARM, IDLE_SECONDS = 12, 3.0


def measure() -> Iterator[Record]:
    """In flight 1, 8 and 64, on one platform; the auditor looks at it afterwards."""
    with bench_folder() as folder, platform(folder / "home") as place:
        until_at_rest(place)
        idle = idle_share(place, IDLE_SECONDS)
        yield from asyncio.run(_measure(place, idle))
        audited(place)


async def _measure(place: Platform, idle: float) -> list[Record]:
    found: list[Record] = []
    async with driver(place.settings) as driving:
        await driving.crowd(4, WARM)
        await asyncio.to_thread(until_at_rest, place, idle)
        tables, written = table_bytes(place), written_bytes(place)
        for in_flight, count in CROWDS:
            quiet()
            found += await _crowd(place, driving, in_flight, count, idle)
    courses = sum(count for _, count in CROWDS)
    wal = (written_bytes(place) - written) / courses / 1e3
    grown = {name: (size - tables.get(name, 0)) / courses / 1e3 for name, size in table_bytes(place).items()}
    found += measured_each("disk_per_lifecycle", "kB", grown)
    return [*found, measured("wal_per_lifecycle", "kB", [wal])]


async def _crowd(place: Platform, driving: Driver, in_flight: int, count: int, idle: float) -> list[Record]:
    driving.times.clear()
    before, own = place.processes.spent(), time.process_time()
    seconds = await driving.crowd(in_flight, count)
    own = time.process_time() - own
    await asyncio.to_thread(until_at_rest, place, idle)
    spent = difference(before, place.processes.spent())
    return list(_records(driving, in_flight, count, seconds, own, spent))


def _records(
    driving: Driver, in_flight: int, count: int, seconds: float, own: float, spent: Mapping[str, float]
) -> Iterator[Record]:
    yield measured(f"lifecycle_{in_flight}", "lifecycles/s", [count / seconds])
    each = {name: one / count * 1e3 for name, one in spent.items()}
    yield from measured_each(f"lifecycle_{in_flight}_cpu", "ms", each)
    yield measured(f"lifecycle_{in_flight}_cpu_of_callers", "ms", [own / count * 1e3])
    for name, times in driving.times.items():
        yield measured(f"lifecycle_{in_flight}_p50: {name}", "ms", [percentile(times, 0.5)])
        yield measured(f"lifecycle_{in_flight}_p99: {name}", "ms", [percentile(times, 0.99)])

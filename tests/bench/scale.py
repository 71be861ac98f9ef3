"""`make bench-scale CASES=100000`: grows a store by made cases, and measures the platform at each size."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

from google.protobuf.message import Message

from huiyin.cases.v1.service_pb2 import GetProgressRequest, ListCasesRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin.insight.v1 import service_pb2 as insight
from huiyin.supervision.v1.service_pb2 import ListClocksRequest
from huiyin_cli.client import Client, open_client
from huiyin_store.port import StoreError
from huiyin_store.postgres import PostgresEventStore
from tests.bench.driver import Driver, driver
from tests.bench.harness import Record, measured, measured_each, percentile
from tests.bench.made_cases import CaseMaker
from tests.bench.platform import Platform, audited, bench_folder, platform, remove_leftovers
from tests.bench.processes import difference
from tests.bench.rest import until_at_rest
from tests.bench.results import save, show
from tests.bench.run import ending_in_good_order
from tests.support.calling import OFFICE

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
CASES_TOGETHER = 200
ASKED, IN_FLIGHT, COURSES = 15, 64, 300
CATCH_UP_SECONDS_MAX = 6 * 3600.0
PROFILE, STEP_SECONDS = (1, 15, 1, 25, 2, 35, 10), 3.0
"""Requests a second, step by step: how an office's day rises and falls (the load profile of DIGIT)."""
TIMES = (1, 10)
"""The profile as it is, and so many times as much."""


def measure(place: Platform, cases: int) -> Iterator[Record]:
    """The curve: every size up to this many cases, and that many."""
    made = 0
    maker = CaseMaker(place.settings)
    for size in sorted({one for one in SIZES if one < cases} | {cases}):
        yield from asyncio.run(_grown(place, maker, size - made, size))
        made = size
        yield from asyncio.run(_measured(place, size))


async def _grown(place: Platform, maker: CaseMaker, cases: int, size: int) -> list[Record]:
    before, began = place.processes.spent(), time.monotonic()
    events = await _append(place, maker, cases)
    appended = time.monotonic() - began
    async with open_client("auditor", place.settings) as auditor:
        await _until_caught_up(auditor)
    await asyncio.to_thread(until_at_rest, place, 0.0, CATCH_UP_SECONDS_MAX)
    seconds = time.monotonic() - began
    spent = difference(before, place.processes.spent())
    return [
        measured(f"scale_{size}_made", "events/s", [events / appended]),
        measured(f"scale_{size}_caught_up", "events/s", [events / seconds]),
        *measured_each(
            f"scale_{size}_cpu_of_an_event", "ms", {name: one / events * 1e3 for name, one in spent.items()}
        ),
    ]


async def _append(place: Platform, maker: CaseMaker, cases: int) -> int:
    """Events appended to the log of intake."""
    access = json.loads(place.settings.paths.databases.read_text())["intake"]
    store = await PostgresEventStore.open(access, "intake", place.settings.log_name("intake"))
    try:
        before = (await store.head()).position
        for first in range(0, cases, CASES_TOGETHER):
            count = min(CASES_TOGETHER, cases - first)
            outcomes = await store.append_many([one for _ in range(count) for one in maker.case()])
            failed = next((one for one in outcomes if isinstance(one, StoreError)), None)
            if failed is not None:
                raise failed
        return (await store.head()).position - before
    finally:
        await store.aclose()


async def _until_caught_up(auditor: Client) -> None:
    """Waits until the case lists have come to the end of the log of intake."""
    end = await auditor.feed("intake").DescribeLog(DescribeLogRequest())
    until = time.monotonic() + CATCH_UP_SECONDS_MAX
    while time.monotonic() < until:
        progress = await auditor.cases.GetProgress(GetProgressRequest())
        if any(one.log == end.log and one.position >= end.position for one in progress.logs):
            return
        await asyncio.sleep(1.0)
    raise TimeoutError(f"the case lists do not come to {end.position} of {end.log}")


async def _measured(place: Platform, size: int) -> list[Record]:
    found = [record async for record in _asked(place, size)]
    async with driver(place.settings, seed=size) as driving:
        await driving.crowd(8, 16)
        driving.times.clear()
        before = place.processes.spent()
        seconds = await driving.crowd(IN_FLIGHT, COURSES)
        await asyncio.to_thread(until_at_rest, place)
        spent = difference(before, place.processes.spent())
        busy = percentile(driving.times["list"], 0.5)
        found += [await _profile(driving, size, times) for times in TIMES]
    each = {name: one / COURSES * 1e3 for name, one in spent.items()}
    found.append(measured(f"scale_{size}_lifecycle", "lifecycles/s", [COURSES / seconds]))
    found.append(measured(f"scale_{size}_list_in_flight_p50", "ms", [busy]))
    return [*found, *measured_each(f"scale_{size}_lifecycle_cpu", "ms", each)]


async def _profile(driving: Driver, size: int, times: int) -> Record:
    """p99 of each step's registrations, which begin when they are due, kept up with or not."""
    tails = []
    for rate in PROFILE:
        driving.times.clear()
        calls = []
        for number in range(round(rate * times * STEP_SECONDS)):
            at = driving.places[number % len(driving.places)]
            calls.append(asyncio.ensure_future(driving.registered(at)))
            await asyncio.sleep(1 / (rate * times))
        await asyncio.gather(*calls)
        tails.append(percentile(driving.times["register"], 0.99))
    return measured(f"scale_{size}_profile_times_{times}_p99", "ms", tails)


async def _asked(place: Platform, size: int) -> AsyncIterator[Record]:
    """Median times of what officers and supervisors ask."""
    async with (
        open_client(f"officer@{OFFICE}", place.settings) as office,
        open_client("supervisor", place.settings) as supervisor,
    ):
        for name, ask in _questions(office, supervisor).items():
            times = []
            for _ in range(ASKED):
                began = time.perf_counter()
                await ask()
                times.append((time.perf_counter() - began) * 1e3)
            yield measured(f"scale_{size}_{name}", "ms", times)


def _questions(office: Client, supervisor: Client) -> Mapping[str, Callable[[], Awaitable[Message]]]:
    return {
        "list": lambda: office.cases.ListCases(ListCasesRequest()),
        "list_of_a_unit": lambda: office.cases.ListCases(ListCasesRequest(unit=OFFICE)),
        "list_of_a_rare_status": lambda: office.cases.ListCases(ListCasesRequest(status="HANDED_OVER")),
        "figures": lambda: supervisor.insight.ListFigures(insight.ListFiguresRequest()),
        "counters": lambda: supervisor.insight.ListCounters(insight.ListCountersRequest()),
        "warnings": lambda: supervisor.insight.ListWarnings(insight.ListWarningsRequest()),
        "clocks": lambda: supervisor.supervision.ListClocks(ListClocksRequest()),
    }


def main() -> int:
    """Prints and keeps the curve; the auditor looks at the store at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000, help="how many cases the store grows to")
    cases = parser.parse_args().cases
    remove_leftovers()
    with ending_in_good_order(), bench_folder() as folder, platform(folder / "home") as place:
        until_at_rest(place)
        for record in measure(place, cases):
            show(record)
            save(record)
        began = time.monotonic()
        audited(place)
        proved = measured(f"scale_{cases}_audited", "s", [time.monotonic() - began])
        show(proved)
        save(proved)
    return 0


if __name__ == "__main__":
    sys.exit(main())

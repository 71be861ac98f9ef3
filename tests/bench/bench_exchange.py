"""An agency's message until its receipt, over gRPC, beside the same command called directly by an officer.

Over Kafka it is measured by bench_cluster.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import count

from huiyin.exchange.v1.service_pb2 import PublishMessagesRequest
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest
from huiyin_cli.client import Client, open_client
from huiyin_kernel.settings import Settings
from tests.bench.harness import Record, compared, percentile, quiet
from tests.bench.platform import bench_folder
from tests.mainjob.process import running_platform
from tests.support.agency_messages import accepting
from tests.support.calling import HOUSING, OFFICE, handed_over, info

MESSAGES, ROUNDS, TOGETHER = 100, 5, 10

Times = list[float]


def measure() -> Iterator[Record]:
    """On a platform of its own, as `huiyin up` starts it."""
    with bench_folder() as folder, running_platform(folder / "home") as settings:
        yield from asyncio.run(_measure(settings))


async def _measure(settings: Settings) -> list[Record]:
    async with (
        open_client(f"officer@{OFFICE}", settings) as office,
        open_client(f"officer@{HOUSING}", settings) as officer,
        open_client(f"system@{HOUSING}", settings) as system,
    ):
        warm_and_rounds = [await _round(office, officer, system) for _ in range(ROUNDS + 1)]
    return list(_records(warm_and_rounds[1:]))


def _records(rounds: Sequence[tuple[Times, Times]]) -> Iterator[Record]:
    for share in (0.5, 0.99):
        pairs = [(percentile(own, share), percentile(direct, share)) for own, direct in rounds]
        yield compared(f"message_to_receipt_grpc_p{share * 100:g}", "ms", "the same command, called", pairs)


async def _round(office: Client, officer: Client, system: Client) -> tuple[Times, Times]:
    published, called = await _cases(office), await _cases(office)
    quiet()
    return await _publish(system, published), await _call(officer, called)


async def _cases(office: Client) -> list[str]:
    """Cases that wait to be accepted."""
    found: list[str] = []
    for _ in range(0, MESSAGES, TOGETHER):
        found += await asyncio.gather(*(handed_over(office, HOUSING) for _ in range(TOGETHER)))
    return found


async def _publish(system: Client, cases: Sequence[str]) -> Times:
    """One stream, as a system keeps it open: the next message when the last one has its receipt."""
    times, numbers, answered = Times(), count(), asyncio.Event()

    async def requests() -> AsyncIterator[PublishMessagesRequest]:
        for case_id in cases:
            answered.clear()
            times.append(time.perf_counter())
            yield PublishMessagesRequest(message=accepting(case_id))
            await answered.wait()

    async for answer in system.exchange.PublishMessages(requests()):
        assert answer.receipt.receipt.event_count, answer.receipt
        number = next(numbers)
        times[number] = time.perf_counter() - times[number]
        answered.set()
    return times


async def _call(officer: Client, cases: Sequence[str]) -> Times:
    times = Times()
    for case_id in cases:
        begun = time.perf_counter()
        await officer.intake.AcceptPetition(AcceptPetitionRequest(info=info(), case_id=case_id, epoch=1))
        times.append(time.perf_counter() - begun)
    return times

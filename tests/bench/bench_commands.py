"""A real RegisterPetition over gRPC beside an empty echo over the same transport, 1 and 64 in flight."""

import asyncio
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from grpc import aio

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.client import Client, open_client
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.ids import uuid7
from huiyin_kernel.policy import load_policy
from huiyin_kernel.rpc.client import ClientIdentity, open_channel
from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.account import ending_with_us
from huiyin_launcher.embedded.claim import free_port
from tests.bench.echo import NAME
from tests.bench.harness import ROUNDS, Record, compared
from tests.bench.platform import bench_folder
from tests.mainjob.process import running_platform

ALONE, CROWD, TOGETHER = 150, 1_000, 64
MESSAGE_BYTES_MAX = 1_048_576

Call = Callable[[], Awaitable[object]]
Times = list[float]


def measure() -> Iterator[Record]:
    """On a platform of its own, as `huiyin up` starts it: all services are there and fold what is written."""
    with (
        bench_folder() as folder,
        running_platform(folder / "home") as settings,
        _echo_server(settings) as address,
    ):
        yield from asyncio.run(_measure(settings, address))


async def _measure(settings: Settings, address: str) -> list[Record]:
    office = load_policy().directory.of_kind(OrganisationKind.PETITION_OFFICE, "990101")[0].code
    parts = (settings.paths.identity / name for name in ("ca.crt", "services/cli.crt", "services/cli.key"))
    identity = ClientIdentity(*[part.read_bytes() for part in parts])
    async with (
        open_client(f"officer@{office}", settings) as client,
        open_channel(address, identity, MESSAGE_BYTES_MAX) as channel,
    ):
        await channel.channel_ready()
        register, echo = _register(client), _echo(channel)
        await asyncio.gather(_one_by_one(register), _one_by_one(echo))
        alone = [(await _one_by_one(register), await _one_by_one(echo)) for _ in range(ROUNDS)]
        crowd = [(await _together(register), await _together(echo)) for _ in range(ROUNDS)]
    return [*_alone(alone), *_crowd(crowd)]


def _alone(rounds: Sequence[tuple[Times, Times]]) -> Iterator[Record]:
    name, base = "command_round_trip", "empty gRPC echo"
    rates = [(1 / statistics.median(own), 1 / statistics.median(raw)) for own, raw in rounds]
    yield compared(f"{name}_1", "calls/s", base, rates)
    slow = [(_slowest(own), _slowest(raw)) for own, raw in rounds]
    yield compared(f"{name}_1_p99", "ms", base, slow)


def _crowd(rounds: Sequence[tuple[tuple[float, Times], tuple[float, Times]]]) -> Iterator[Record]:
    name, base = "command_round_trip", "empty gRPC echo, 64 in flight"
    yield compared(f"{name}_64", "calls/s", base, [(own[0], raw[0]) for own, raw in rounds])
    slow = [(_slowest(own[1]), _slowest(raw[1])) for own, raw in rounds]
    yield compared(f"{name}_64_p99", "ms", base, slow)


def _slowest(times: Times) -> float:
    """The 99th percentile, in milliseconds."""
    return sorted(times)[int(len(times) * 0.99)] * 1e3


async def _one_by_one(call: Call) -> Times:
    return [await _timed(call) for _ in range(ALONE)]


async def _together(call: Call) -> tuple[float, Times]:
    left = iter(range(CROWD))
    begun = time.perf_counter()
    taken = await asyncio.gather(*(_caller(call, left) for _ in range(TOGETHER)))
    return CROWD / (time.perf_counter() - begun), [one for times in taken for one in times]


async def _caller(call: Call, left: Iterator[int]) -> Times:
    return [await _timed(call) for _ in left]


async def _timed(call: Call) -> float:
    begun = time.perf_counter()
    await call()
    return time.perf_counter() - begun


def _echo(channel: aio.Channel) -> Call:
    raw, method = _request().SerializeToString(), channel.unary_unary(f"/{NAME}/Call", None, None)

    async def call() -> object:
        return await method(raw)

    return call


def _register(client: Client) -> Call:
    async def call() -> object:
        return await client.intake.RegisterPetition(_request())

    return call


def _request() -> RegisterPetitionRequest:
    return RegisterPetitionRequest(
        info=CommandInfo(request_id=str(uuid7())),
        channel="web",
        division="990101",
        petitioner=Secret(clear=Clear(person=Person(name="示例", phone="000"))),
        subject=Secret(clear=Clear(text="路灯不亮")),
        content=Secret(clear=Clear(text="和平路北段路灯坏了两个月，晚上行走不便，请求维修。" * 4)),
    )


@contextmanager
def _echo_server(settings: Settings) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    arguments = [sys.executable, "-m", "tests.bench.echo", address, str(settings.paths.identity)]
    process = subprocess.Popen(ending_with_us(arguments, signal.SIGKILL))
    try:
        yield address
    finally:
        process.terminate()
        process.wait(10)

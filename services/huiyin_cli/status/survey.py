"""Asks everything that can be asked, each for a bounded time; who does not answer is a finding, no error.

So it is with what waits for somebody: dead letters, by service.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from grpc import StatusCode, aio

from huiyin.dead.v1.service_pb2 import ListDeadLettersRequest
from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, KeptLetter
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin_cli.client import Client, current_addresses, is_serving, open_client
from huiyin_cli.status import readings
from huiyin_cli.status.readings import Samples, read_samples
from huiyin_cli.status.report import DeadLetterState, KafkaState, LogState, ProcessState, Status
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import instant
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import SERVICE_NAMES, ServiceName, Settings
from huiyin_launcher.processes import ProcessRow, read_table

CALL_SECONDS = 3.0
PAGE_SIZE = 500
PAGES_MAX = 20
"""More are not counted: so many are wrong enough."""


async def buried(client: Client, service: ServiceName) -> DeadLetterState | None:
    """The letters that a service keeps and nobody had handled; None of one that keeps none."""
    try:
        count = 0
        async for letter in _letters(client, service):
            count += letter.state == LETTER_STATE_BURIED
    except aio.AioRpcError as error:
        return None if error.code() is StatusCode.UNIMPLEMENTED else DeadLetterState(service, None)
    return DeadLetterState(service, count)


async def _letters(client: Client, service: ServiceName) -> AsyncIterator[KeptLetter]:
    after = 0
    for _ in range(PAGES_MAX):
        request = ListDeadLettersRequest(after_sequence=after, page_size=PAGE_SIZE)
        page = await client.letters(service).ListDeadLetters(request, timeout=CALL_SECONDS)
        for letter in page.letters:
            yield letter
        after = page.next_after_sequence
        if not after:
            return


BROKER_PREFIX = "kafka-"
LOGS: tuple[ServiceName, ...] = ("intake", "reception", "judicial", "supervision")


async def gather(settings: Settings, profile: str) -> Status:
    """The whole status. Raises UnknownProfileError or KeyFileError."""
    endpoints = _endpoints(settings)
    ports: Mapping[str, int] = endpoints.get("metrics", {})
    table = read_table(settings.paths.processes)
    samples, serving, kafka = await asyncio.gather(
        asyncio.to_thread(read_samples, ports),
        _serving(settings, profile),
        asyncio.to_thread(_kafka, settings, endpoints.get("kafka") or settings.kafka.bootstrap, table),
    )
    async with open_client(profile, settings) as client:
        logs = await asyncio.gather(*(_log(client, settings, name) for name in LOGS))
        letters = await asyncio.gather(*(buried(client, name) for name in SERVICE_NAMES))
    timeline = readings.timeline(samples)
    ends = {log.log: log.position for log in logs if log.position is not None}
    if timeline is not None:
        ends[f"timeline@{settings.region}"] = timeline.sequence
    return Status(
        asked_time=SystemClock().now(),
        cluster=kafka is not None,
        processes=_processes(table, serving, samples, ports),
        logs=logs,
        readers=readings.readers(samples, ends),
        relays=readings.relays(samples),
        timeline=timeline,
        exchange=readings.exchange(samples),
        workers=readings.workers(samples),
        kafka=kafka,
        clocks=readings.clocks(samples),
        dead_letters=[found for found in letters if found is not None],
    )


def _endpoints(settings: Settings) -> dict[str, Any]:
    try:
        written: dict[str, Any] = json.loads(settings.paths.endpoints.read_text())
    except FileNotFoundError:
        return {}
    return written


def _kafka(settings: Settings, bootstrap: str, table: list[ProcessRow]) -> KafkaState | None:
    """The brokers, where there are some: those that we started, or else those that the setting names."""
    if not bootstrap:
        return None
    # Imported here: the embedded default runs without what it imports.
    from huiyin_cli.status.brokers import look

    started = sum(row.name.startswith(BROKER_PREFIX) for row in table)
    return look(settings, bootstrap, started or len(bootstrap.split(",")))


async def _serving(settings: Settings, profile: str) -> dict[str, bool]:
    """Which services answer."""
    found, addresses = find_profile(settings.paths.identity, profile), current_addresses(settings)
    identity = ClientIdentity.of(found)
    answers = await asyncio.gather(
        *(asyncio.to_thread(is_serving, addresses.of(name), identity) for name in SERVICE_NAMES)
    )
    return dict(zip(SERVICE_NAMES, answers, strict=True))


async def _log(client: Client, settings: Settings, name: ServiceName) -> LogState:
    try:
        end = await client.feed(name).DescribeLog(DescribeLogRequest(), timeout=CALL_SECONDS)
    except aio.AioRpcError:
        return LogState(settings.log_name(name), None)
    recorded = instant(end.recorded_time) if end.position else None
    return LogState(end.log, end.position, recorded)


def _processes(
    table: list[ProcessRow], serving: Mapping[str, bool], samples: Samples, ports: Mapping[str, int]
) -> list[ProcessState]:
    """Every process that ought to run: those of the table, and the services in any case."""
    rows = {row.name: row for row in table}
    missing = [name for name in serving if name not in rows]
    now = SystemClock().now()
    found = [_process(row, serving, samples, ports, now) for row in table]
    return found + [ProcessState(name, serving[name], serving=serving[name]) for name in missing]


def _process(
    row: ProcessRow, serving: Mapping[str, bool], samples: Samples, ports: Mapping[str, int], now: datetime
) -> ProcessState:
    return ProcessState(
        name=row.name,
        running=row.is_running,
        pid=row.pid,
        started_time=row.started_time,
        restart_count=row.restart_count,
        serving=serving.get(row.name),
        measured=row.name in samples.answered if row.name in ports else None,
        up_seconds=(now - row.started_time).total_seconds() if row.started_time else None,
    )

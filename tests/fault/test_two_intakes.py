"""Intake as two processes on one log, one killed in the middle: together they are one service.

Each keeps streams of its own and commits in groups of its own; every call goes to one of them, as it happens.
"""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from grpc import aio

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_audit.checks.all import check_all
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import History, SentCommand, load_from_database
from huiyin_audit.report import verdict_lines
from huiyin_audit.verify_log import verify_logs
from huiyin_cli.client import Client, open_client
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import LOG_NAMES
from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.port import RecordedEvent
from tests.fault.driving.lives import ForgetfulDesk, Lives
from tests.mainjob.desk import Desk, Desks
from tests.support.calling import (
    DIRECTORY,
    HOUSING,
    LABOUR,
    OFFICE,
    as_refused,
    claim,
    handover,
    info,
    refusal,
    registered,
    text,
)
from tests.support.platform import Platform, running
from tests.support.service_process import ServiceProcess

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.timeout(300)]

SEED, LIVES_SECONDS, KILLS, PAIRS = 9, 8.0, 3, 6


class EitherStub:
    """Methods of a service that runs as several processes: each call goes to one of them by chance."""

    def __init__(self, stubs: Sequence[Any], chance: random.Random) -> None:
        self._stubs, self._chance = stubs, chance

    def __getattr__(self, method: str) -> Callable[..., Any]:
        return lambda request, **named: getattr(self._chance.choice(self._stubs), method)(request, **named)


class EitherDesks(Desks):
    """Desks whose calls to intake go to either process."""

    def __init__(self, first: Platform, second: Platform, make: Callable[[Client, str], Desk]) -> None:
        super().__init__(first.settings, DIRECTORY, make)
        self._second, self._chance = second, random.Random(SEED)

    async def named(self, profile: str, agency: str = "") -> Desk:
        known = profile in self._desks
        desk = await super().named(profile, agency)
        if not known:
            other = await self._stack.enter_async_context(open_client(profile, self._second.settings))
            stubs = (desk.client.intake, other.intake)
            desk.client.__dict__["intake"] = EitherStub(stubs, self._chance)
        return desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(
    postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """A platform whose intake runs as processes of their own."""
    home = tmp_path_factory.mktemp("home")
    async with running(postgres_server.admin_dsn, home, but={"intake"}) as started:
        yield started


@pytest.fixture(scope="module")
def second(platform: Platform) -> Platform:
    """The platform with the other intake's address."""
    addresses = platform.settings.addresses.model_copy(update={"intake": f"127.0.0.1:{free_port()}"})
    settings = platform.settings.model_copy(update={"addresses": addresses})
    return Platform(settings, platform.dsns, platform.admin_dsn)


@pytest.fixture(scope="module")
def processes(
    platform: Platform, second: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ServiceProcess, ServiceProcess]]:
    """The two."""
    logs = tmp_path_factory.mktemp("logs")
    one = ServiceProcess(platform, "intake", logs / "one.log")
    two = ServiceProcess(second, "intake", logs / "two.log")
    for process in (one, two):
        process.start()
    yield one, two
    for process in (one, two):
        process.end()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offices(
    platform: Platform, second: Platform, processes: object
) -> AsyncIterator[tuple[Client, Client]]:
    """The office's officer at the one intake and at the other."""
    profile = f"officer@{OFFICE}"
    async with open_client(profile, platform.settings) as one, open_client(profile, second.settings) as two:
        for client in (one, two):
            async with asyncio.timeout(30):
                await client.channels["intake"].channel_ready()
        yield one, two


async def test_each_refuses_by_what_the_other_wrote(offices: tuple[Client, Client]) -> None:
    """Nothing that is kept of a stream is taken for the log: not for a refusal, and not where all is done."""
    one, two = offices
    case_id = await registered(one)
    for client in offices:
        await client.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))
    classified = await one.intake.ClassifyPetition(claim(case_id))
    again = await two.intake.ClassifyPetition(claim(case_id))
    assert (again.receipt.position, again.receipt.event_count) == (classified.receipt.position, 0)
    sent = await two.intake.HandOverPetition(handover(case_id, HOUSING))
    refused = await refusal(one.intake.HandOverPetition(handover(case_id, LABOUR)))
    assert refused.reason == "HANDOVER_OPEN"
    recall = {"case_id": case_id, "epoch": 1, "handover_id": sent.handover_id, "reasons": text("逾期未答复")}
    await one.intake.RecallHandover(intake.RecallHandoverRequest(info=info(), **recall))
    await two.intake.HandOverPetition(handover(case_id, LABOUR))
    found = (await one.intake.GetPetition(intake.GetPetitionRequest(case_id=case_id))).petition
    assert found.pending_unit == LABOUR


async def test_a_command_sent_to_both_at_once_happens_once(offices: tuple[Client, Client]) -> None:
    cases = [await registered(offices[number % 2]) for number in range(PAIRS)]
    for case_id in cases:
        request = claim(case_id)
        answers = await asyncio.gather(*(one.intake.ClassifyPetition(request) for one in offices))
        assert len({answer.receipt.position for answer in answers}) == 1
        assert sum(answer.receipt.event_count for answer in answers if not answer.receipt.repeated) == 1


async def test_two_cases_that_name_each_other_are_not_both_declined_by_two_processes(
    offices: tuple[Client, Client],
) -> None:
    usual: dict[str, Any] = {
        "code": types.NON_ACCEPTANCE_CODE_IN_HAND,
        "reasons": text("同一信访人、同一事项，正在办理"),
        "remedy": text("可向办理单位查询"),
        "same_petitioner": True,
    }

    async def declined(client: Client, case_id: str, other: str) -> str:
        request = intake.DeclinePetitionRequest(
            info=info(), case_id=case_id, epoch=1, same_case_id=other, **usual
        )
        try:
            await client.intake.DeclinePetition(request)
        except aio.AioRpcError as error:
            return as_refused(error).reason
        return ""

    for _ in range(PAIRS):
        one, two = [await registered(client) for client in offices]
        answers = await asyncio.gather(declined(offices[0], one, two), declined(offices[1], two, one))
        assert sorted(answers) == ["", "SAME_CASE_NOT_IN_HAND"]


async def test_lives_go_through_two_processes_that_are_killed_in_turn(
    platform: Platform,
    second: Platform,
    processes: tuple[ServiceProcess, ServiceProcess],
    offices: tuple[Client, Client],
) -> None:
    make = partial(ForgetfulDesk, chance=random.Random(SEED))
    async with EitherDesks(platform, second, make) as desks:
        lives = Lives(desks, SEED)
        async with asyncio.TaskGroup() as group:
            group.create_task(lives.run())
            await kills(processes)
            lives.finish()
        calls = desks.calls()
    dsn, logs = platform.dsns["auditor"], [platform.settings.log_name(name) for name in LOG_NAMES]
    history = await at_rest(dsn, logs, calls)
    verdicts = check_all(history, load_policy())
    assert lives.ended > 0
    assert lives.broken == []
    assert [one for one in verdicts if one.outcome is not PromiseOutcome.HOLDS] == [], verdict_lines(
        verdicts, "en"
    )
    assert all(not log.findings for log in (await verify_logs(dsn, logs)).logs)
    records = [entry.record for entry in history.entries("intake")]
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    assert reacted(records) > 0
    assert apart(records) == set()


async def kills(processes: Sequence[ServiceProcess]) -> None:
    """Kills the one and the other, while both have much in hand, and starts it again."""
    for number in range(KILLS):
        await asyncio.sleep(LIVES_SECONDS / (KILLS + 1))
        process = processes[number % 2]
        process.signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait)
        await asyncio.sleep(0.3)
        process.start()
    await asyncio.sleep(LIVES_SECONDS / (KILLS + 1))


async def at_rest(dsn: str, logs: Sequence[str], calls: Sequence[SentCommand]) -> History:
    """The history, once nothing is written any more."""
    history = await load_from_database(dsn, logs, calls, at_rest=True)
    async with asyncio.timeout(60):
        while True:
            before = history
            await asyncio.sleep(1.5)  # an inbox looks for news at least once a second
            history = await load_from_database(dsn, logs, calls, at_rest=True)
            if history.ends == before.ends:
                return history


def reacted(records: Sequence[RecordedEvent]) -> int:
    """How many events are intake's own reactions to what other services recorded."""
    return sum(1 for one in records if EventMetadata.FromString(one.meta).actor.agency == "intake-inbox")


def apart(records: Sequence[RecordedEvent]) -> set[str]:
    """Requests, and reactions, whose events do not stand together: they took effect twice."""
    seen, last, found = set[str](), "", set[str]()
    for record in records:
        request = EventMetadata.FromString(record.meta).request_id
        if request != last and request in seen:
            found.add(request)
        seen.add(request)
        last = request
    return found

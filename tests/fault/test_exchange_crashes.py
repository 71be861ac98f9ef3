"""The exchange is killed at any moment while agencies publish: exactly one receipt for each message."""

import asyncio
import random
import signal
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from grpc import aio

from huiyin.exchange.v1.service_pb2 import PublishMessagesRequest
from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin_audit.checks.exactly_one_receipt import Exchanged, check
from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.history import load_from_database, load_receipts
from huiyin_domain.directory import OrganisationKind
from huiyin_kafka.connection import client_options
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.settings import LOG_NAMES, Settings
from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.agency_messages import accepting, statuses
from tests.support.agency_topics import receipts_on_topic, send
from tests.support.calling import (
    COUNTY,
    COURT,
    DIRECTORY,
    HOUSING,
    LABOUR,
    LAND,
    OFFICE,
    agency,
    handed_over,
)
from tests.support.kafka import Brokers, share_authority
from tests.support.platform import Platform, eventually, running
from tests.support.service_process import ServiceProcess

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEED = 20_220_501
ON_KAFKA, OVER_GRPC = (HOUSING, LABOUR), (LAND, COURT)
BUREAU = agency(OrganisationKind.DEPARTMENT, COUNTY)
CASES_EACH, REPEATS_EACH = 22, 10
WAIT_SECONDS_MIN, WAIT_SECONDS_MAX = 0.05, 1.2
KILLS = 8
PAUSE_SECONDS_MAX = 0.4
SECONDS_MAX = 240.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the module's platform."""
    return tmp_path_factory.mktemp("crashes")


@pytest.fixture(scope="module")
def brokers(kafka_broker: Brokers, home: Path) -> Settings:
    """The settings of agencies' systems and of the exchange: only the agencies of this test have topics."""
    agencies = ",".join((*ON_KAFKA, *OVER_GRPC, BUREAU))
    kafka = kafka_broker.settings.kafka.model_copy(update={"agencies": agencies})
    apply_topics(kafka_broker.settings.model_copy(update={"kafka": kafka}))
    return kafka_broker.settings.model_copy(update={"kafka": kafka, "home": home})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(
    postgres_server: EmbeddedPostgres, kafka_broker: Brokers, home: Path
) -> AsyncIterator[Platform]:
    """All services but the exchange."""
    share_authority(kafka_broker, home)
    async with running(postgres_server.admin_dsn, home, but=["exchange"]) as started:
        yield started


@pytest.fixture
def exchange(platform: Platform, brokers: Settings, tmp_path: Path) -> Iterator[ServiceProcess]:
    """The exchange's process; what it said is shown when the test fails."""
    process = ServiceProcess(platform, "exchange", tmp_path / "exchange.log", brokers.kafka)
    yield process
    process.end()
    print(process.log.read_text() if process.log.exists() else "")


async def messages_of(desks: Desks, unit: str, chance: random.Random) -> list[AgencyMessage]:
    """Some to be accepted, some refused, some sent again, and some under an id that another message has."""
    office = (await desks.at(OFFICE)).client
    cases = [await handed_over(office, unit) for _ in range(CASES_EACH)]
    sent = [accepting(case_id) for case_id in cases]
    sent += [accepting(case_id, epoch=chance.choice((1, 2, 7))) for case_id in cases]
    again = [chance.choice(sent) for _ in range(REPEATS_EACH)]
    reused = [accepting(chance.choice(cases), message_id=chance.choice(sent).message_id) for _ in range(3)]
    chance.shuffle(sent)
    return [*sent, *again, *reused]


async def over_grpc(desks: Desks, unit: str, messages: Sequence[AgencyMessage]) -> None:
    """As a system does: sends what has no receipt yet, again and again."""
    client = (await desks.at(unit, "system")).client
    waiting = deque(messages)
    while waiting:
        with suppress(aio.AioRpcError):
            stream = client.exchange.PublishMessages(slowly(list(waiting)), timeout=SECONDS_MAX)
            async for answer in stream:
                assert answer.receipt.message_id == waiting.popleft().message_id
        await asyncio.sleep(0.1)


async def slowly(messages: Sequence[AgencyMessage]) -> AsyncIterator[PublishMessagesRequest]:
    for message in messages:
        yield PublishMessagesRequest(message=message)
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX))


async def on_kafka(brokers: Settings, unit: str, messages: Sequence[AgencyMessage]) -> None:
    """A few at a time, whatever the exchange does meanwhile."""
    options = client_options(brokers, f"system@{unit}")
    for start in range(0, len(messages), 5):
        await asyncio.to_thread(send, options, unit, *messages[start : start + 5])
        await asyncio.sleep(random.uniform(0, PAUSE_SECONDS_MAX * 5))


async def killing(platform: Platform, exchange: ServiceProcess, chance: random.Random) -> None:
    """Kills it some time after it has got to work, again and again; the last one started is left alone."""
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(WAIT_SECONDS_MIN, WAIT_SECONDS_MAX))
        exchange.kill()
        await started(platform, exchange)


async def at_work(platform: Platform, epoch: int) -> bool:
    return await epoch_of(platform) == epoch


async def epoch_of(platform: Platform) -> int:
    """How many processes of the exchange have been at work so far."""
    async with await psycopg.AsyncConnection.connect(platform.dsns["auditor"]) as auditor:
        row = await (await auditor.execute("SELECT epoch FROM exchange.lease")).fetchone()
    return int(row[0]) if row else 0


async def started(platform: Platform, exchange: ServiceProcess) -> None:
    """Starts it and waits until it is at work."""
    before = await epoch_of(platform)
    exchange.start()
    await eventually(partial(at_work, platform, before + 1), "the start of the exchange", SECONDS_MAX)


async def has_receipts(platform: Platform, unit: str) -> bool:
    return unit in await load_receipts(platform.dsns["auditor"])


async def all_answered(platform: Platform, sent: Mapping[str, Sequence[AgencyMessage]]) -> bool:
    given = await load_receipts(platform.dsns["auditor"])
    return all(
        {one.message_id for one in messages} <= {one.message_id for one in given.get(unit, ())}
        for unit, messages in sent.items()
    )


async def exchanged(
    platform: Platform, brokers: Settings, sent: Mapping[str, Sequence[AgencyMessage]]
) -> Exchanged:
    given = await load_receipts(platform.dsns["auditor"])
    topics: dict[str, list[AgencyReceipt]] = {}
    for unit in sent:
        options = client_options(brokers, f"system@{unit}")
        topics[unit] = await receipts_on_topic(options, unit, len(given[unit]))
    ids = {unit: [one.message_id for one in messages] for unit, messages in sent.items()}
    earlier = {unit: [one.message_id for one in receipts] for unit, receipts in given.items()}
    return Exchanged(earlier | ids, given, topics)


async def judged(platform: Platform, found: Exchanged) -> None:
    logs = [platform.settings.log_name(name) for name in LOG_NAMES]
    history = await load_from_database(platform.dsns["auditor"], logs, at_rest=True)
    verdict = check(history, found)
    assert verdict.outcome is PromiseOutcome.HOLDS, verdict.violations[:5]


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_each_message_has_exactly_one_receipt_whenever_the_exchange_is_killed(
    platform: Platform, exchange: ServiceProcess, brokers: Settings
) -> None:
    chance = random.Random(SEED)
    async with Desks(platform.settings, DIRECTORY) as desks:
        sent = {unit: await messages_of(desks, unit, chance) for unit in (*ON_KAFKA, *OVER_GRPC)}
        async with asyncio.timeout(SECONDS_MAX):
            await started(platform, exchange)
            await asyncio.gather(
                killing(platform, exchange, chance),
                *(on_kafka(brokers, unit, sent[unit]) for unit in ON_KAFKA),
                *(over_grpc(desks, unit, sent[unit]) for unit in OVER_GRPC),
            )
            await eventually(lambda: all_answered(platform, sent), "an answer to each", SECONDS_MAX)
        found = await exchanged(platform, brokers, sent)
    await judged(platform, found)
    answers = statuses([one for given in found.given.values() for one in given])
    assert sum(map(len, sent.values())) > 200
    assert answers.count("ACCEPTED") >= 4 * CASES_EACH
    assert answers.count("REFUSED") > 20


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_an_exchange_that_stood_still_is_replaced_and_does_no_harm_when_it_wakes(
    platform: Platform, exchange: ServiceProcess, brokers: Settings, tmp_path: Path
) -> None:
    second = ServiceProcess(platform, "exchange", tmp_path / "second.log", brokers.kafka, free_port())
    async with Desks(platform.settings, DIRECTORY) as desks:
        sent = {BUREAU: await messages_of(desks, BUREAU, random.Random(SEED + 1))}
    try:
        async with asyncio.timeout(SECONDS_MAX):
            await started(platform, exchange)
            second.start()
            sending = asyncio.ensure_future(on_kafka(brokers, BUREAU, sent[BUREAU]))
            await eventually(partial(has_receipts, platform, BUREAU), "a receipt", SECONDS_MAX)
            exchange.signal(signal.SIGSTOP)
            await sending
            await eventually(partial(all_answered, platform, sent), "an answer to each", SECONDS_MAX)
            exchange.signal(signal.SIGCONT)
            assert await asyncio.to_thread(exchange.wait) == 1
            found = await exchanged(platform, brokers, sent)
            assert second.is_running
    finally:
        second.end()
    assert "has taken exchange over from epoch" in exchange.log.read_text()
    await judged(platform, found)

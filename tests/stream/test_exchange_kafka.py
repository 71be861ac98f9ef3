"""Agencies publish on Kafka and are answered there: each message once, in order; none waits for another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import TopicAuthorizationFailedError

from huiyin.exchange.v1.types_pb2 import AgencyMessage
from huiyin_domain.directory import OrganisationKind
from huiyin_exchange import kafka_inbox
from huiyin_kafka.connection import client_options
from huiyin_kafka.topics.names import inbox_topic, receipts_topic
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.settings import KafkaSettings, ServiceName, Settings
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.agency_messages import accepting, published, receipts, statuses
from tests.support.agency_topics import receipts_on_topic, send
from tests.support.calling import (
    CENTRE,
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

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_CASE = "0192c3a4-7b1e-7def-8abc-0123456789ab"
BUREAU, SECOND_BUREAU = (agency(OrganisationKind.DEPARTMENT, COUNTY, number) for number in (0, 1))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the module's platform."""
    return tmp_path_factory.mktemp("exchange")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(
    postgres_server: EmbeddedPostgres, kafka_broker: Brokers, home: Path
) -> AsyncIterator[Platform]:
    """A platform whose exchange meets the agencies on Kafka."""
    apply_topics(kafka_broker.settings)
    share_authority(kafka_broker, home)
    kafka: dict[ServiceName, KafkaSettings] = {"exchange": kafka_broker.settings.kafka}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kafka_inbox, "ERASE_SECONDS", 0.2)
        async with running(postgres_server.admin_dsn, home, kafka=kafka) as started:
            yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(platform: Platform) -> AsyncIterator[Desks]:
    """Officers of all agencies."""
    async with Desks(platform.settings, DIRECTORY) as opened:
        yield opened


@pytest.fixture
def brokers(kafka_broker: Brokers, platform: Platform, home: Path) -> Settings:
    """The settings of agencies' systems: the brokers, and certificates that the platform made."""
    return kafka_broker.settings.model_copy(update={"home": home})


async def test_a_message_on_the_topic_is_answered_on_the_receipts_topic(
    desks: Desks, brokers: Settings
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)
    options = client_options(brokers, f"system@{HOUSING}")
    accept, late = accepting(case_id), accepting(case_id)
    wrong = accepting(case_id, epoch=9)
    send(options, HOUSING, wrong, accept, accept, late)
    found = await receipts_on_topic(options, HOUSING, 3)
    assert [one.message_id for one in found] == [one.message_id for one in (wrong, accept, late)]
    assert statuses(found) == ["REFUSED", "ACCEPTED", "ACCEPTED"]
    assert [one.number for one in found] == [1, 2, 3]
    assert [one.receipt.event_count for one in found] == [0, 2, 0]
    assert found[0].source == f"{inbox_topic(HOUSING)}/0@0"
    assert await receipts((await desks.at(HOUSING, "system")).client) == found


async def test_what_cannot_be_read_is_answered_and_holds_nothing_up(
    platform: Platform, desks: Desks, brokers: Settings
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, LABOUR)
    options = client_options(brokers, f"system@{LABOUR}")
    send(options, LABOUR, b"\xff\xff", None, AgencyMessage(), accepting(case_id))
    found = await receipts_on_topic(options, LABOUR, 4)
    assert statuses(found) == ["UNREADABLE", "UNREADABLE", "UNREADABLE", "ACCEPTED"]
    assert [one.reason for one in found] == [
        "MALFORMED_MESSAGE",
        "MALFORMED_MESSAGE_ID",
        "MALFORMED_MESSAGE_ID",
        "",
    ]


async def test_kafka_and_grpc_give_the_same_receipt_for_the_same_id(desks: Desks, brokers: Settings) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, LAND)
    options, land = client_options(brokers, f"system@{LAND}"), (await desks.at(LAND, "system")).client
    sent = accepting(case_id)
    (answer,) = await published(land, sent)
    send(options, LAND, sent, accepting(case_id))
    found = await receipts_on_topic(options, LAND, 2)
    assert found[0] == answer.receipt
    assert await published(land, sent) == [answer]


async def test_an_agency_writes_to_its_own_topic_and_to_no_other(brokers: Settings) -> None:
    options = {**client_options(brokers, f"system@{LAND}"), "max_block_ms": 5_000}
    for foreign in (HOUSING, OFFICE):
        with pytest.raises(TopicAuthorizationFailedError):
            send(options, foreign, accepting(NO_CASE))


async def test_a_long_queue_is_answered_in_order(brokers: Settings) -> None:
    options = client_options(brokers, f"system@{BUREAU}")
    send(options, BUREAU, *(accepting(NO_CASE) for _ in range(300)))
    found = await receipts_on_topic(options, BUREAU, 300)
    assert [one.number for one in found] == list(range(1, 301))
    assert {one.reason for one in found} == {"NO_SUCH_CASE"}


@asynccontextmanager
async def nothing_is_written(platform: Platform) -> AsyncIterator[None]:
    """Keeps intake from writing for as long as this lasts; it still reads and refuses."""
    connecting = psycopg.AsyncConnection.connect(platform.admin_dsn)
    async with await connecting as connection, connection.transaction():
        await connection.execute("LOCK TABLE intake.event IN SHARE ROW EXCLUSIVE MODE")
        yield


async def test_agencies_do_not_wait_for_each_other_nor_is_an_outage_a_refusal(
    platform: Platform, desks: Desks, brokers: Settings
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, COURT)
    court, centre = (client_options(brokers, f"system@{code}") for code in (COURT, CENTRE))
    async with nothing_is_written(platform):
        send(court, COURT, accepting(case_id), accepting(NO_CASE))
        send(centre, CENTRE, accepting(NO_CASE))
        assert statuses(await receipts_on_topic(centre, CENTRE, 1)) == ["REFUSED"]
        assert await receipts((await desks.at(COURT, "system")).client) == []
    assert statuses(await receipts_on_topic(court, COURT, 2)) == ["ACCEPTED", "REFUSED"]


def left_on(brokers: Settings, topic: str) -> int:
    """How many records of a topic can still be read."""
    place = TopicPartition(topic, 0)
    with closing(KafkaConsumer(**client_options(brokers, "service@exchange"))) as consumer:
        return int(consumer.end_offsets([place])[place] - consumer.beginning_offsets([place])[place])


async def test_what_an_agency_said_in_clear_is_erased_from_its_topic_once_it_is_answered(
    desks: Desks, brokers: Settings
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, LABOUR)
    said = accepting(case_id)
    await asyncio.to_thread(send, client_options(brokers, f"system@{LABOUR}"), LABOUR, said)

    async def is_answered_and_gone() -> bool:
        given = await receipts((await desks.at(LABOUR, "system")).client)
        answered = said.message_id in {one.message_id for one in given}
        return answered and not await asyncio.to_thread(left_on, brokers, inbox_topic(LABOUR))

    await eventually(is_answered_and_gone, "the erasure of an answered message", 30.0)


async def test_an_agency_whose_topic_is_gone_keeps_no_other_waiting_and_loses_nothing(
    desks: Desks, kafka_broker: Brokers, brokers: Settings
) -> None:
    gone, other = (client_options(brokers, f"system@{unit}") for unit in (SECOND_BUREAU, BUREAU))
    before = len(await receipts((await desks.at(BUREAU, "system")).client))
    await asyncio.to_thread(send, gone, SECOND_BUREAU, accepting(NO_CASE))
    assert len(await receipts_on_topic(gone, SECOND_BUREAU, 1)) == 1
    with kafka_broker.admin() as admin:
        admin.delete_topics([receipts_topic(SECOND_BUREAU)])
    await asyncio.to_thread(send, gone, SECOND_BUREAU, accepting(NO_CASE))
    await asyncio.to_thread(send, other, BUREAU, accepting(NO_CASE))
    assert len(await receipts_on_topic(other, BUREAU, before + 1)) == before + 1
    await asyncio.to_thread(apply_topics, kafka_broker.settings)
    found = await receipts_on_topic(gone, SECOND_BUREAU, 2)
    assert [one.number for one in found] == [1, 2]

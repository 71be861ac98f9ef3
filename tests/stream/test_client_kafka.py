"""The client for agencies over Kafka: as over gRPC, and each event once whatever is repeated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import pytest_asyncio
from kafka import KafkaProducer

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin.intake.v1.service_pb2 import AcceptPetitionRequest, AcceptPetitionResponse
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_client import Agency, Config, NoAnswerError, is_accepted, kafka_link, response_of
from huiyin_client.journal import Journal
from huiyin_kafka.connection import client_options
from huiyin_kafka.topics.names import cases_topic, inbox_topic, receipts_topic
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.mainjob.desk import Desks
from tests.support.agency_topics import read_records
from tests.support.calling import DIRECTORY, HOUSING, LABOUR, LAND, OFFICE, handed_over
from tests.support.clients import config_of
from tests.support.cloudevents import attributes_of, faults
from tests.support.kafka import Brokers, share_authority
from tests.support.platform import Platform, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNITS = (HOUSING, LABOUR, LAND)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder for the module's platform."""
    return tmp_path_factory.mktemp("client")


@pytest.fixture(scope="module")
def brokers(kafka_broker: Brokers, home: Path) -> Settings:
    """The settings of the exchange and of the agencies' systems; only some agencies have topics."""
    kafka = kafka_broker.settings.kafka.model_copy(update={"agencies": ",".join(UNITS)})
    apply_topics(kafka_broker.settings.model_copy(update={"kafka": kafka}))
    return kafka_broker.settings.model_copy(update={"kafka": kafka, "home": home})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform(
    postgres_server: EmbeddedPostgres, kafka_broker: Brokers, brokers: Settings, home: Path
) -> AsyncIterator[Platform]:
    """A platform whose exchange meets the agencies on Kafka."""
    share_authority(kafka_broker, home)
    async with running(postgres_server.admin_dsn, home, kafka={"exchange": brokers.kafka}) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desks(platform: Platform) -> AsyncIterator[Desks]:
    """Officers of all agencies."""
    async with Desks(platform.settings, DIRECTORY) as opened:
        yield opened


@pytest.fixture
def config(platform: Platform, brokers: Settings, tmp_path: Path) -> Config:
    """The configuration of an agency's system that has a journal."""
    return config_of(platform, HOUSING, tmp_path / "journal", brokers.kafka.bootstrap)


async def test_a_message_gets_its_receipt_and_the_receipts_are_there_to_be_read(
    desks: Desks, config: Config
) -> None:
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)

    def converse() -> tuple[AgencyReceipt, AgencyReceipt, list[AgencyReceipt]]:
        with Agency(config) as agency:
            accepted = agency.publish(AcceptPetitionRequest(case_id=case_id, epoch=1), "03-0117")
            refused = agency.publish(AcceptPetitionRequest(case_id=case_id, epoch=9), "03-0117")
            later = list(agency.receipts(after=accepted.number - 1))
            return accepted, refused, later

    accepted, refused, later = await asyncio.to_thread(converse)
    response = response_of(accepted)
    assert isinstance(response, AcceptPetitionResponse)
    assert (is_accepted(accepted), response.epoch) == (True, 2)
    assert is_accepted(refused)  # the holder accepts what it has: nothing was left to do
    assert later == [accepted, refused]


async def test_a_message_that_was_answered_long_ago_gets_that_receipt(
    desks: Desks, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_link, "LOOK_BACK_SECONDS", 0.5)
    case_id = await handed_over((await desks.at(OFFICE)).client, HOUSING)
    because = CaseEvent(case_id=case_id, number=3)

    def answered() -> AgencyReceipt:
        with Agency(config) as agency:
            return agency.publish(AcceptPetitionRequest(case_id=case_id, epoch=1), "03-0117", because)

    first = await asyncio.to_thread(answered)
    assert is_accepted(first)
    assert await asyncio.to_thread(answered) == first


@pytest.mark.parametrize("topic_of", [inbox_topic, receipts_topic])
async def test_messages_and_receipts_are_cloudevents(
    brokers: Settings, topic_of: Callable[[str], str]
) -> None:
    topic, options = topic_of(HOUSING), client_options(brokers, "service@exchange")
    (first, *_) = await asyncio.to_thread(read_records, options, topic, lambda found: len(found) > 0)
    assert faults(first.headers) == []
    kind = "AgencyMessage" if topic_of is inbox_topic else "AgencyReceipt"
    assert attributes_of(first.headers)["type"] == f"huiyin.exchange.v1.{kind}"


def put(settings: Settings, entries: Sequence[CaseEvent]) -> None:
    """As the fan-out does."""
    with closing(KafkaProducer(**client_options(settings, "service@worker"), acks="all")) as producer:
        for entry in entries:
            key, value = entry.case_id.encode(), entry.SerializeToString()
            producer.send(cases_topic(LABOUR), key=key, value=value).get(timeout=30)


async def test_each_event_comes_once_however_often_it_is_on_the_topic_and_wherever_the_system_ended(
    platform: Platform, brokers: Settings, tmp_path: Path
) -> None:
    config = config_of(platform, LABOUR, tmp_path / "journal", brokers.kafka.bootstrap)
    one, two = "0192c3a4-7b1e-7def-8abc-000000000001", "0192c3a4-7b1e-7def-8abc-000000000002"
    numbered = {
        (case, number): CaseEvent(case_id=case, number=number) for case in (one, two) for number in (1, 2, 3)
    }
    order = [
        (one, 1),
        (two, 1),
        (one, 2),
        (one, 1),
        (one, 2),
        (one, 3),
        (two, 1),
        (two, 2),
        (two, 2),
        (two, 3),
    ]
    await asyncio.to_thread(put, brokers, [numbered[place] for place in order])

    def seen(count: int) -> list[tuple[str, int]]:
        with Agency(config) as agency:
            return [(entry.case_id, entry.number) for entry in islice(agency.cases(), count)]

    def rest() -> list[tuple[str, int]]:
        with Agency(config) as agency:
            return [(entry.case_id, entry.number) for entry in agency.cases(follow=False)]

    first = await asyncio.to_thread(seen, 4)
    assert first == [(one, 1), (two, 1), (one, 2), (one, 3)]
    assert await asyncio.to_thread(rest) == [(one, 3), (two, 2), (two, 3)]
    assert await asyncio.to_thread(rest) == []


async def test_a_message_whose_receipt_did_not_come_in_time_waits_in_the_journal(
    platform: Platform, brokers: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_link, "LOOK_BACK_SECONDS", 0.5)
    journal = tmp_path / "journal"
    config = config_of(platform, LAND, journal, brokers.kafka.bootstrap)

    def attempt() -> None:
        with Agency(replace(config, publish_seconds=0.0)) as agency, pytest.raises(NoAnswerError):
            agency.publish(AcceptPetitionRequest(epoch=1), "03-0117")

    def again() -> list[AgencyReceipt]:
        with Agency(config) as agency:
            return agency.publish_waiting()

    await asyncio.to_thread(attempt)
    waiting = Journal(journal).waiting()
    assert [one.officer for one in waiting] == ["03-0117"]
    (receipt,) = await asyncio.to_thread(again)
    assert receipt.message_id == waiting[0].message_id
    assert Journal(journal).waiting() == []

"""In cluster mode services hear of each other over Kafka; what stands on a topic by mistake stops nobody."""

import asyncio
import json
import secrets
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
import pytest_asyncio
from kafka import KafkaProducer

from huiyin.cases.v1.service_pb2 import GetProgressRequest
from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.judicial.v1.events_pb2 import ReferralAcknowledged
from huiyin_kafka.topics.names import DEAD_LETTERS, events_topic
from huiyin_kafka.wire import ReadEvent, read_record
from huiyin_kernel.codec import encode
from huiyin_kernel.ids import uuid7
from huiyin_kernel.telemetry import metrics
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.port import ANY_VERSION, Append, StreamWrite
from huiyin_store.postgres import PostgresEventStore
from tests.contract.store_making import OCCURRED
from tests.service.test_dead_letters import acknowledged, letters, log_name
from tests.service.test_dead_letters import huiyin as dead_letters
from tests.support.calling import OFFICE
from tests.support.cluster_platform import running_cluster
from tests.support.kafka import Brokers
from tests.support.platform import Platform, eventually
from tests.support.topics import limited, read_topic

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOPIC = events_topic("judicial")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(
    postgres_server: EmbeddedPostgres, kafka_broker: Brokers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Platform]:
    """The platform in cluster mode."""
    region = str(secrets.randbelow(900_000) + 100_000)
    home: Path = tmp_path_factory.mktemp("cluster") / "home"
    async with running_cluster(postgres_server.admin_dsn, home, kafka_broker, region) as started:
        yield started


async def test_services_read_foreign_logs_from_kafka(cluster: Platform) -> None:
    event = await acknowledged(cluster, str(uuid7()))
    read = metrics.READER_RECORDS.labels(
        f"huiyin-intake-{log_name(cluster).replace('@', '-')}", log_name(cluster)
    )
    await reached(cluster, event.position)
    assert read._value.get() > 0


async def reached(platform: Platform, position: int) -> None:
    """Waits until intake's inbox has come that far in the judicial log, as a later event shows."""
    store = await PostgresEventStore.open(
        platform.dsns["intake"], "intake", platform.settings.log_name("intake")
    )

    async def is_there() -> bool:
        return await store.cursor("intake-inbox", log_name(platform)) >= position

    await eventually(is_there, f"position {position} is reached")
    await store.aclose()


async def given_up(platform: Platform, is_it: Callable[[DeadLetter], bool]) -> DeadLetter:
    """Waits for a letter of intake."""
    found: list[DeadLetter] = []

    async def is_there() -> bool:
        found[:] = [kept.letter for kept in await letters(platform) if is_it(kept.letter)]
        return bool(found)

    await eventually(is_there, "a letter is kept")
    return found[0]


async def test_a_poison_event_is_kept_with_its_place_and_published_among_the_dead_letters(
    cluster: Platform, kafka_broker: Brokers
) -> None:
    poison = await acknowledged(cluster)
    later = await acknowledged(cluster, str(uuid7()))
    letter = await given_up(cluster, lambda letter: letter.event_id == poison.event_id)
    await reached(cluster, later.position)
    assert (letter.place.topic, letter.position) == (TOPIC, poison.position)
    assert letter.place.offset >= 0
    published = await on_the_topic(kafka_broker, letter.letter_id)
    assert "_acknowledged" in published.stack
    assert published.event == poison


async def on_the_topic(brokers: Brokers, letter_id: str) -> DeadLetter:
    """Waits for a letter among those on Kafka."""
    found: list[DeadLetter] = []

    async def is_there() -> bool:
        parts = await asyncio.to_thread(read_topic, brokers.options("service@cli"), DEAD_LETTERS)
        published = [DeadLetter.FromString(record.value or b"") for part in parts for record in part]
        found[:] = [letter for letter in published if letter.letter_id == letter_id]
        return bool(found)

    await eventually(is_there, "the letter is published")
    return found[0]


async def test_foreign_bytes_on_the_topic_stop_nobody_and_are_kept(
    cluster: Platform, kafka_broker: Brokers
) -> None:
    mark = secrets.token_bytes(12)
    await asyncio.to_thread(send, kafka_broker, mark)
    later = await acknowledged(cluster, str(uuid7()))
    await reached(cluster, later.position)
    letter = await given_up(cluster, lambda letter: not letter.position and letter.place.topic == TOPIC)
    assert letter.cause.startswith("UnreadableRecordError: header ce_specversion is missing")
    published = await on_the_topic(kafka_broker, letter.letter_id)
    assert published.record.value == mark


def send(brokers: Brokers, value: bytes) -> None:
    """What an outside producer sends by mistake."""
    with closing(KafkaProducer(**brokers.options("service@cli"))) as producer:
        producer.send(TOPIC, value, b"somebody", [("x", b"y")]).get(10)


async def test_events_of_the_same_log_are_folded_from_kafka_too(cluster: Platform) -> None:
    store = await PostgresEventStore.open(cluster.dsns["judicial"], "judicial", log_name(cluster))
    event = encode(
        uuid7(), ReferralAcknowledged(organ=OFFICE), EventMetadata(case_ids=[str(uuid7())]), OCCURRED
    )
    await store.append(Append(uuid7(), b"", (StreamWrite(f"referral-{uuid7()}", ANY_VERSION, (event,)),)))
    head = (await store.head()).position
    await store.aclose()

    async def is_folded() -> bool:
        async with cluster.client("auditor") as client:
            progress = await client.cases.GetProgress(GetProgressRequest())
        return any(log.log == log_name(cluster) and log.position >= head for log in progress.logs)

    await eventually(is_folded, "the streams service has folded the judicial log")


async def test_a_rejected_event_is_listed_and_put_back_when_the_brokers_take_it(
    cluster: Platform, kafka_broker: Brokers
) -> None:
    case, noise = str(uuid7()), Random(7).randbytes(100_000).hex()
    with limited(kafka_broker, TOPIC, "50000"):
        large = await acknowledged(cluster, case, noise=noise)
        later = await acknowledged(cluster, case)
        letter = await parked(cluster, kafka_broker, large.position)
        await reached(cluster, later.position)  # nobody on the platform has missed the event meanwhile
    assert (letter["kept_by"], letter["state"]) == ("kafka", "LETTER_STATE_BURIED")
    letter_id = letter["letter"]["letter_id"]
    driven = await huiyin(cluster, kafka_broker, "redrive", letter_id)
    assert driven.returncode == 0, driven.stderr
    assert "已放回 put back" in driven.stdout
    records = await asyncio.to_thread(read_topic, kafka_broker.options("service@cli"), TOPIC)
    log = log_name(cluster).encode()
    own = [one for part in records for one in part if dict(one.headers).get("ce_log") == log]
    read = [read_record(one) for one in own]
    assert [each for each in read if isinstance(each, ReadEvent) and noise in str(each.event.meta)]
    listed = json.loads((await huiyin(cluster, kafka_broker, "list", "--json")).stdout)
    assert letter_id not in [each["letter"]["letter_id"] for each in listed]


async def parked(platform: Platform, brokers: Brokers, position: int) -> Any:
    """Waits until the command line lists the relay's letter about a position."""
    found: list[Any] = []

    async def is_there() -> bool:
        listed = await huiyin(platform, brokers, "list", "--json")
        assert listed.returncode == 0, listed.stderr
        found[:] = [
            each
            for each in json.loads(listed.stdout)
            if each["letter"]["log"] == log_name(platform)
            and each["letter"]["consumer"] == "relay"
            and each["letter"]["position"] == str(position)
        ]
        return bool(found)

    await eventually(is_there, "the relay's letter is listed", 60.0)
    return found[0]


async def huiyin(platform: Platform, brokers: Brokers, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line on this cluster."""
    environment = {
        "HUIYIN_KAFKA__BOOTSTRAP": brokers.settings.kafka.bootstrap,
        "HUIYIN_REGION": platform.settings.region,
    }
    return await dead_letters(platform, *arguments, more=environment)

"""Topics read from offsets of the reader's own, over a client that gives nothing of what is there."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing, closing

import pytest
from kafka import KafkaProducer, TopicPartition

from huiyin_kafka.consumer import PlacedConsumer, ReadSettings
from huiyin_kafka.reader import QueuedTopics, TopicsReader
from tests.support.kafka import Brokers, Wedged

SECONDS_MAX = 30.0


@pytest.fixture
def looking_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin_kafka.consumer.LOOK_SECONDS", 0.2)


@pytest.fixture
def wedged(looking_often: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin_kafka.consumer.BoundedConsumer", Wedged)
    monkeypatch.setattr(Wedged, "made", 0)


def send(brokers: Brokers, topic: str, values: Sequence[bytes], transaction: str | None = None) -> None:
    with closing(KafkaProducer(**brokers.options("service@cli"), transactional_id=transaction)) as producer:
        if transaction:
            producer.init_transactions()
            producer.begin_transaction()
        for value in values:
            producer.send(topic, value, b"k").get(timeout=SECONDS_MAX)
        if transaction:
            producer.commit_transaction()


@pytest.mark.usefixtures("wedged")
async def test_tables_are_read_on_by_a_new_client(kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic(3)
    await asyncio.to_thread(send, kafka_broker, topic, [b"1", b"2"])
    async with asyncio.timeout(SECONDS_MAX), aclosing(_reader(kafka_broker, topic).batches({})) as batches:
        batch = await anext(batches)
    assert [read.record.value for read in batch.records] == [b"1", b"2"]
    assert (batch.unread, set(batch.next_offsets.values())) == (0, {2})
    assert Wedged.made == 2


def _reader(brokers: Brokers, topic: str) -> TopicsReader:
    return TopicsReader(brokers.options("service@cli"), [topic])


@pytest.mark.usefixtures("wedged")
async def test_queues_are_filled_by_a_new_client(kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic()
    await asyncio.to_thread(send, kafka_broker, topic, [b"1", b"2", b"3"])
    reader = QueuedTopics(kafka_broker.options("service@cli"), {topic: 1})
    running = asyncio.ensure_future(reader.run())
    async with asyncio.timeout(SECONDS_MAX):
        found = [(await reader.queues[topic].get()).record.value for _ in range(2)]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert found == [b"2", b"3"]
    assert Wedged.made == 2


@pytest.mark.usefixtures("looking_often")
async def test_the_mark_of_a_transaction_is_not_waited_for(
    kafka_broker: Brokers, caplog: pytest.LogCaptureFixture
) -> None:
    topic = kafka_broker.topic()
    await asyncio.to_thread(send, kafka_broker, topic, [b"1"], "tests-marks")
    reader = QueuedTopics(kafka_broker.options("service@cli"), {topic: None})
    running = asyncio.ensure_future(reader.run())
    async with asyncio.timeout(SECONDS_MAX):
        await reader.queues[topic].get()
        await asyncio.sleep(1.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "does not arrive" not in caplog.text


def test_no_record_waits_while_it_is_looked_where_topics_end(
    kafka_broker: Brokers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker answers one question after the other, and keeps the one for records until its time is over."""
    topic, options = kafka_broker.topic(), kafka_broker.options("service@cli")
    settings = ReadSettings("read_committed", "earliest", poll_ms=200, poll_records=10, fetch_ms=4_000)
    with closing(PlacedConsumer(options, settings, {TopicPartition(topic, 0): 0})) as consumer:
        assert not consumer.poll()
        monkeypatch.setattr("huiyin_kafka.consumer.LOOK_SECONDS", 0.0)
        assert not consumer.poll()  # asks for records, and has no answer yet
        begun, looked = time.monotonic(), consumer.look()
        assert not looked
        assert time.monotonic() - begun < 1.0
        send(kafka_broker, topic, [b"1"])
        while not (found := consumer.poll()):
            assert time.monotonic() - begun < SECONDS_MAX
        assert [read.record.value for reads in found.values() for read in reads] == [b"1"]
        while not consumer.look():
            assert time.monotonic() - begun < SECONDS_MAX
            assert not consumer.poll()

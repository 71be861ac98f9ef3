"""A log on Kafka keeps the contract of following, whatever else stands on its topic."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.consumer import Stall
from huiyin_kafka.log import KafkaLog, LogGapError, ReaderLimits, ReadsFrom
from huiyin_kafka.publish import KafkaPublisher
from huiyin_kafka.wire import event_record, parked_record, parse_event
from huiyin_kernel.arrived import Arrived, Record
from huiyin_kernel.ids import uuid7
from tests.contract.following import FollowContract, Way, taken
from tests.support.kafka import Brokers, Wedged

LIMITS = ReaderLimits(heartbeat_seconds=0.3, gap_seconds=1.5)
PARTITIONS = 6


class ByKafka(Way):
    """On a real broker, published by hand."""

    def __init__(self, brokers: Brokers) -> None:
        super().__init__(f"intake@{uuid7()}")
        self.options = brokers.options("service@cli")
        self.topic, self.group = brokers.topic(PARTITIONS), f"huiyin-cli-{uuid7()}"
        self.publisher = KafkaPublisher(self.options, [self.topic])
        self.published = 0
        self.origin: ReadsFrom[Event] | None = None
        self.limits = LIMITS
        self.aside: list[Arrived[Event]] = []

    async def publish(self) -> None:
        records = await self.records()
        await self.publisher.publish(records[self.published :])
        self.published = len(records)

    async def records(self) -> list[Record]:
        """The records of the whole log."""
        events = await self.store.read(0, 100_000)
        return [event_record(self.topic, self.store.log, event) for event in events]

    async def grow_unpublished(self, count: int) -> list[Record]:
        """More events; their records are not published."""
        self.publisher, kept = Unpublished(), self.publisher  # type: ignore[assignment] # takes all, keeps none
        await self.grow(count)
        self.publisher = kept
        return (await self.records())[-count:]

    def log(self) -> KafkaLog[Event]:
        """A reader."""
        made = KafkaLog(
            self.options, self.topic, self.store.log, self.group, parse_event, self.origin, self.limits
        )

        async def put_aside(record: Arrived[Any]) -> None:
            self.aside.append(record)

        made.unreadable = put_aside
        return made

    def follow(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        return self.log()(after)

    async def from_store(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        """An origin."""
        for event in (await self.envelopes())[after:]:
            yield event, event.position


class Unpublished:
    """Publishes nothing."""

    async def publish(self, records: Sequence[Record]) -> None: ...


@pytest.fixture
async def way(kafka_broker: Brokers) -> AsyncIterator[ByKafka]:
    made = ByKafka(kafka_broker)
    yield made
    await made.publisher.aclose()


class TestFollowingOnKafka(FollowContract):
    """Following."""


def send_raw(way: ByKafka, *records: tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]) -> None:
    """What an outside producer may send."""
    with closing(KafkaProducer(**way.options)) as producer:
        for key, value, headers in records:
            producer.send(way.topic, value, key, headers).get(10)


async def test_repeats_zombies_and_a_batch_that_expired_change_nothing(way: ByKafka) -> None:
    records = await way.grow_unpublished(90)
    await way.publisher.publish(records[:40])
    await way.publisher.publish(records[25:60])  # a restart repeats
    await way.publisher.publish(records[5:30])  # a zombie sends what it had in hand
    late = records[60].key
    await way.publisher.publish([record for record in records[60:80] if record.key != late])  # one expired
    await way.publisher.publish(records[60:])
    assert await taken(way, 0, 90) == await way.envelopes()


async def test_foreign_bytes_stop_nothing_and_are_put_aside(way: ByKafka) -> None:
    await way.grow(20)
    whole = (await way.records())[0]
    changed = [(name, value) for name, value in whole.headers if name != "ce_hash"]
    send_raw(
        way,
        (b"case", b"\xff\xfe garbage", []),
        (None, b"{}", [("ce_specversion", b"1.0")]),
        (b"k", None, []),
        (whole.key, whole.value, [*changed, ("ce_hash", b"00" * 32)]),
    )
    await way.grow(20)
    assert await taken(way, 0, 40) == await way.envelopes()
    assert len(way.aside) == 4
    assert {record.place.topic for record in way.aside} == {way.topic}
    assert sum("ce_hash" in record.fault for record in way.aside) == 1


async def test_records_of_another_log_are_none_of_its_business(way: ByKafka) -> None:
    await way.grow(10)
    other = [event_record(way.topic, "intake@other", event) for event in await way.store.read(0)]
    await way.publisher.publish(other)
    await way.grow(10)
    assert await taken(way, 0, 20) == await way.envelopes()
    assert way.aside == []


async def test_a_parked_event_is_had_from_the_origin_at_once(way: ByKafka) -> None:
    way.origin, way.limits = way.from_store, replace(LIMITS, gap_seconds=1_000)
    records = await way.grow_unpublished(12)
    await way.publisher.publish([*records[:4], parked_record(records[4], "too large"), *records[5:]])
    assert await taken(way, 0, 12) == await way.envelopes()


async def test_a_gap_that_stays_is_closed_from_the_origin(way: ByKafka) -> None:
    way.origin = way.from_store
    records = await way.grow_unpublished(30)
    await way.publisher.publish([*records[:4], *records[9:20], *records[25:]])
    assert await taken(way, 0, 30) == await way.envelopes()


async def test_a_gap_without_an_origin_is_an_error(way: ByKafka) -> None:
    records = await way.grow_unpublished(3)
    await way.publisher.publish([records[0], records[2]])
    with pytest.raises(LogGapError, match="position 2"):
        await taken(way, 0, 3)


async def test_too_many_waiting_records_do_not_wait_for_patience(way: ByKafka) -> None:
    way.origin = way.from_store
    way.limits = replace(LIMITS, gap_seconds=1_000, waiting_max=50, partition_ahead=10)
    records = await way.grow_unpublished(400)
    await way.publisher.publish(records[1:])
    assert await taken(way, 0, 400) == await way.envelopes()


async def test_a_partition_that_runs_far_ahead_waits_for_the_others(way: ByKafka) -> None:
    way.limits = replace(LIMITS, partition_ahead=20)
    await way.grow(1)
    records = await way.grow_unpublished(600)
    ahead = [record for record in records if record.key == records[0].key]
    await way.publisher.publish(ahead)
    await way.publisher.publish([record for record in records if record not in ahead])
    assert await taken(way, 0, 601) == await way.envelopes()


async def test_the_place_of_an_event_is_known(way: ByKafka) -> None:
    await way.grow(5)
    log = way.log()
    async with aclosing(log(0)) as items:
        async for event, position in items:
            if event is None:
                continue
            place = log.place(position)
            assert place is not None
            assert place.topic == way.topic
            if position == 5:
                break
    assert log.place(6) is None


def committed(way: ByKafka) -> dict[int, OffsetAndMetadata]:
    """The group's hints."""
    with closing(KafkaConsumer(**way.options, group_id=way.group)) as consumer:
        parts = [TopicPartition(way.topic, number) for number in range(PARTITIONS)]
        found = {part.partition: consumer.committed(part, metadata=True) for part in parts}
        return {number: hint for number, hint in found.items() if hint is not None}


async def committed_at_once(way: ByKafka) -> tuple[int, list[int]]:
    """The position and the offsets of one commit: read one by one, hints may be of two."""
    async with asyncio.timeout(30):
        while True:
            hints = await asyncio.to_thread(committed, way)
            notes = {hint.metadata for hint in hints.values()}
            if len(notes) == 1:
                return int(notes.pop().removeprefix("position=")), [hint.offset for hint in hints.values()]
            await asyncio.sleep(0.2)


def commit(way: ByKafka, offset: int, note: str) -> None:
    """Plants hints."""
    with closing(KafkaConsumer(**way.options, group_id=way.group, enable_auto_commit=False)) as consumer:
        parts = [TopicPartition(way.topic, number) for number in range(PARTITIONS)]
        consumer.assign(parts)
        consumer.commit({part: OffsetAndMetadata(offset, note, -1) for part in parts})


async def test_hints_are_left_behind_and_spare_reading_from_the_beginning(way: ByKafka) -> None:
    way.limits = replace(LIMITS, hint_every=50, hint_margin=100)
    following = asyncio.ensure_future(taken(way, 0, 401))
    for _ in range(8):
        await way.grow(50)
        await asyncio.sleep(0.2)
    position, offsets = await committed_at_once(way)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert 0 < position <= 300
    assert sum(offsets) <= position
    assert await taken(way, position, 400 - position) == (await way.envelopes())[position:]
    assert await taken(way, 0, 400) == await way.envelopes()


@pytest.mark.parametrize("note", ["position=0", "position=999", "by hand"])
async def test_a_wrong_hint_costs_time_and_no_event(way: ByKafka, note: str) -> None:
    await way.grow(60)
    commit(way, 8, note)
    assert await taken(way, 0, 60) == await way.envelopes()


async def test_partitions_that_are_added_are_found(
    way: ByKafka, kafka_broker: Brokers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiyin_kafka.consumer.LOOK_SECONDS", 0.5)
    way.options = {**way.options, "metadata_max_age_ms": 500}
    way.limits = replace(LIMITS, gap_seconds=1_000)
    await way.grow(20)
    following = asyncio.ensure_future(taken(way, 0, 60))
    with kafka_broker.admin() as admin:
        admin.create_partitions({way.topic: 12})
        admin.wait_for_topics([way.topic])
    way.publisher = KafkaPublisher(way.options, [way.topic])
    await way.grow(40)
    assert await following == await way.envelopes()
    await way.publisher.aclose()


async def test_a_client_that_gives_nothing_of_what_is_there_is_made_anew(
    way: ByKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huiyin_kafka.consumer.LOOK_SECONDS", 0.3)
    monkeypatch.setattr("huiyin_kafka.consumer.BoundedConsumer", Wedged)
    monkeypatch.setattr(Wedged, "made", 0)
    await way.grow(20)
    assert await taken(way, 0, 20) == await way.envelopes()
    assert Wedged.made == 2


def test_a_partition_is_stalled_that_is_not_read_on_though_it_ended_beyond_it_before() -> None:
    stall = Stall()
    assert stall.partitions({0: 5, 1: 5}, {0: 5, 1: 9}) == []  # what is there now may be on its way
    assert stall.partitions({0: 5, 1: 9}, {0: 8, 1: 12}) == []  # the second was read on
    assert stall.partitions({0: 5, 1: 9}, {0: 8, 1: 12}) == [0, 1]
    assert Stall().partitions({0: 5}, {}) == []

"""Kafka compared with the store on a real broker; promise P10 for what stands on Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import OffsetOutOfRangeError
from psycopg import AsyncConnection

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_audit.compare.report import TopicReport, compare_json, compare_lines
from huiyin_audit.compare.rows import LogRows, ReceiptRows
from huiyin_audit.compare.run import TopicBrokenError, compare_models_on_kafka, compare_rows
from huiyin_audit.findings import PromiseOutcome, Verdict
from huiyin_audit.live_models import READ_MODELS
from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.whole import WholeTopics, partition_of
from huiyin_kafka.wire import event_record, parked_record, receipt_record
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import timestamp
from tests.support.kafka import Brokers
from tests.support.live_models import drop_live, make_live
from tests.unit.audit.book import identity, told, written
from tests.unit.audit.legal_story import INTAKE, LOGS, legal_story
from tests.unit.audit.test_compare_topic import with_header

BOOK = written(legal_story())
END = len(BOOK.logs[INTAKE])
PROFILE = "service@cli"
PARTITIONS = 3
RECEIPT_TABLES = READ_MODEL_TABLES["exchange"][0].read_text(encoding="utf-8").encode()
AGENCY = "11990100000000123K"


@pytest.fixture
async def marked(audit_dsn: str) -> AsyncIterator[str]:
    """The database of the legal story, in which all of its logs are marked as published."""
    with psycopg.connect(audit_dsn) as connection:
        connection.execute("CREATE SCHEMA relay")
        connection.execute("CREATE TABLE relay.cursor (source text PRIMARY KEY, position bigint)")
        rows = [(log, len(BOOK.logs[log])) for log in LOGS]
        connection.cursor().executemany("INSERT INTO relay.cursor VALUES (%s, %s)", rows)
        connection.execute("CREATE SCHEMA exchange")
        connection.execute("SET search_path TO exchange")
        connection.execute(RECEIPT_TABLES)
    yield audit_dsn
    with psycopg.connect(audit_dsn) as connection:
        connection.execute("DROP SCHEMA relay, exchange CASCADE")


def records(log: str, topic: str) -> list[Record]:
    """The records that a log gives."""
    return [event_record(topic, log, event) for event in BOOK.logs[log]]


def publish(brokers: Brokers, sent: Sequence[Record], partition: int | None = None) -> None:
    """Sends records in order, as an outside client can."""
    options = {**brokers.options(PROFILE), "acks": "all", "linger_ms": 5}
    with closing(KafkaProducer(**options)) as producer:
        futures = [
            producer.send(one.topic, one.value, one.key, list(one.headers), partition, one.timestamp_ms)
            for one in sent
        ]
        producer.flush(timeout=30)
        assert all(future.succeeded() for future in futures)


async def receipts_report(dsn: str, brokers: Brokers, topic: str) -> TopicReport:
    """The comparison of an agency's receipts with a topic."""

    def rows_of(connection: AsyncConnection[Any]) -> list[ReceiptRows]:
        return [ReceiptRows(connection, AGENCY, topic)]

    [report] = await compare_rows(dsn, brokers.options(PROFILE), [topic], rows_of)
    return report


def receipts(dsn: str, topic: str, count: int) -> list[Record]:
    """Receipts in the store, and the records that they give."""
    answered, made = datetime(2026, 3, 2, 1, 0, tzinfo=UTC), []
    with psycopg.connect(dsn) as connection:
        for number in range(1, count + 1):
            stored = AgencyReceipt(message_id=identity("message", number))
            values = (AGENCY, number, stored.message_id, b"m", answered, stored.SerializeToString())
            connection.execute("INSERT INTO exchange.receipt VALUES (%s, %s, %s, %s, %s, %s)", values)
            stored.agency, stored.number = AGENCY, number
            stored.answered_time.CopyFrom(timestamp(answered))
            made.append(receipt_record(topic, stored))
    return made


async def test_receipts_agree_and_one_given_twice_or_left_out_is_named(
    marked: str, kafka_broker: Brokers
) -> None:
    topic = kafka_broker.topic()
    made = receipts(marked, topic, 6)
    await asyncio.to_thread(publish, kafka_broker, made[:4])
    report = await receipts_report(marked, kafka_broker, topic)
    assert (report.finding_count, report.waiting_count, report.record_count) == (0, 2, 4)
    await asyncio.to_thread(publish, kafka_broker, [made[2], made[5]])
    twice, missing = (await receipts_report(marked, kafka_broker, topic)).findings
    assert (twice.rule, twice.position, twice.stream) == ("RECORD_REPEATED", 3, f"{topic}/0@4")
    assert (missing.rule, missing.position) == ("RECORD_MISSING", 5)


async def report_of(dsn: str, brokers: Brokers, topic: str) -> TopicReport:
    """The comparison of the intake log with a topic."""

    def rows_of(connection: AsyncConnection[Any]) -> list[LogRows]:
        return [LogRows(connection, INTAKE, topic)]

    [report] = await compare_rows(dsn, brokers.options(PROFILE), [topic], rows_of)
    return report


async def test_a_topic_with_every_row_and_some_repeats_agrees(marked: str, kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic(PARTITIONS)
    whole = records(INTAKE, topic)
    await asyncio.to_thread(publish, kafka_broker, [*whole, *whole[7:]])
    report = await report_of(marked, kafka_broker, topic)
    assert (report.findings, report.waiting_count) == ((), 0)
    assert (report.record_count, report.repeat_count, report.row_count) == (2 * END - 7, END - 7, END)
    lines = list(compare_lines([report], "en"))
    assert lines == [
        f"{topic}: {2 * END - 7} records agree with the {END} rows of {INTAKE}, {END - 7} of them repeats"
    ]


async def test_what_the_relay_has_not_marked_is_not_yet_relayed(marked: str, kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic(PARTITIONS)
    with psycopg.connect(marked) as connection:
        connection.execute("UPDATE relay.cursor SET position = position - 5 WHERE source = %s", (INTAKE,))
    await asyncio.to_thread(publish, kafka_broker, records(INTAKE, topic)[:-3])
    [document] = compare_json([await report_of(marked, kafka_broker, topic)])
    assert (document["not_yet_relayed"], document["finding_count"]) == (3, 0)


def _swapped(whole: list[Record]) -> list[Record]:
    """Two records of one case in the wrong order."""
    second = next(number for number in range(1, END) if whole[number].key == whole[0].key)
    whole[0], whole[second] = whole[second], whole[0]
    return whole


Plant = Callable[[list[Record]], list[Record]]
PLANTED: dict[str, tuple[Plant, list[str]]] = {
    "a missing record": (lambda whole: whole[:4] + whole[5:], ["RECORD_MISSING"]),
    "another value": (
        lambda whole: [whole[0]._replace(value=b"\x0a\x00"), *whole[1:]],
        ["VALUE_ALTERED"],
    ),
    "another header": (
        lambda whole: [with_header(whole[0], "ce_time", b"2001-01-01T00:00:00.000000Z"), *whole[1:]],
        ["HEADERS_ALTERED"],
    ),
    "a foreign record": (lambda whole: [*whole, whole[0]._replace(headers=())], ["FOREIGN_RECORD"]),
    "a record of tomorrow": (
        lambda whole: [*whole, with_header(whole[-1], "ce_position", b"%d" % (END + 1))],
        ["FOREIGN_RECORD"],
    ),
    "another key": (lambda whole: [*whole[:-1], whole[-1]._replace(key=b"x")], ["KEY_WRONG"]),
    "another order": (_swapped, ["ORDER_BROKEN"]),
    "a placeholder": (
        lambda whole: [parked_record(whole[0], "too large"), *whole[1:]],
        ["PLACE_PARKED"],
    ),
}


@pytest.mark.parametrize("plant, rules", PLANTED.values(), ids=PLANTED.keys())
async def test_a_planted_difference_is_named(
    marked: str, kafka_broker: Brokers, plant: Plant, rules: list[str]
) -> None:
    topic = kafka_broker.topic(PARTITIONS)
    await asyncio.to_thread(publish, kafka_broker, plant(records(INTAKE, topic)))
    report = await report_of(marked, kafka_broker, topic)
    assert sorted({finding.rule for finding in report.findings}) == rules
    assert report.finding_count == len(report.findings) > 0


async def test_a_record_put_into_another_partition_by_hand_is_named(
    marked: str, kafka_broker: Brokers
) -> None:
    topic = kafka_broker.topic(PARTITIONS)
    *whole, last = records(INTAKE, topic)
    await asyncio.to_thread(publish, kafka_broker, whole)
    other = (partition_of(last.key or b"", PARTITIONS) + 1) % PARTITIONS
    await asyncio.to_thread(publish, kafka_broker, [last], other)
    [finding] = (await report_of(marked, kafka_broker, topic)).findings
    assert (finding.rule, finding.position) == ("PARTITION_WRONG", END)
    assert finding.stream.startswith(f"{topic}/{other}@")


@pytest.fixture
async def live(marked: str) -> AsyncIterator[str]:
    """The database with all read models as far as the logs go."""
    await make_live(marked, told(legal_story()), LOGS)
    yield marked
    with psycopg.connect(marked) as connection:
        drop_live(connection)


async def on_topics(brokers: Brokers, but: int = 0) -> dict[str, str]:
    """Topics that hold each log, with some of it sent twice; `but` so many events at the intake log's end."""
    topics = {log: brokers.topic(PARTITIONS) for log in LOGS}
    for log, topic in topics.items():
        whole = records(log, topic)
        whole = whole[: len(whole) - but] if log == INTAKE else whole
        await asyncio.to_thread(publish, brokers, [*whole, *whole[len(whole) // 2 :]])
    return topics


async def from_kafka(dsn: str, brokers: Brokers, topics: dict[str, str]) -> dict[str, Verdict]:
    """The verdicts by promise."""
    options = brokers.options(PROFILE)
    found = await compare_models_on_kafka(dsn, options, LOGS, READ_MODELS, topics)
    return {verdict.promise: verdict for verdict in found}


async def test_folding_kafka_gives_the_live_read_models_byte_for_byte(
    live: str, kafka_broker: Brokers
) -> None:
    verdicts = await from_kafka(live, kafka_broker, await on_topics(kafka_broker))
    assert set(verdicts) == {f"P10 replay is exact: {model}, from Kafka" for model in ("case", "clocks")}
    assert {verdict.outcome for verdict in verdicts.values()} == {PromiseOutcome.HOLDS}


async def test_a_live_state_that_kafka_does_not_give_is_named(live: str, kafka_broker: Brokers) -> None:
    with psycopg.connect(live) as connection:
        connection.execute(
            "UPDATE streams.projection_state SET state = set_byte(state, 9, 0) WHERE model = 'case'"
        )
    verdicts = await from_kafka(live, kafka_broker, await on_topics(kafka_broker))
    broken = verdicts["P10 replay is exact: case, from Kafka"]
    assert {finding.rule for finding in broken.violations} == {"STATE_DIFFERS"}


async def test_models_ahead_of_kafka_cannot_be_told_yet(live: str, kafka_broker: Brokers) -> None:
    verdicts = await from_kafka(live, kafka_broker, await on_topics(kafka_broker, but=2))
    for verdict in verdicts.values():
        assert verdict.outcome is PromiseOutcome.UNKNOWN
        assert [(one.rule, one.position) for one in verdict.open_questions] == [("KAFKA_BEHIND", END - 2)]


async def test_a_topic_with_a_hole_is_not_folded(live: str, kafka_broker: Brokers) -> None:
    topics = await on_topics(kafka_broker)
    topics[INTAKE] = kafka_broker.topic(PARTITIONS)
    whole = records(INTAKE, topics[INTAKE])
    await asyncio.to_thread(publish, kafka_broker, whole[:4] + whole[5:])
    with pytest.raises(TopicBrokenError, match="position 5"):
        await from_kafka(live, kafka_broker, topics)


class NewLeader(KafkaConsumer):  # type: ignore[misc] # kafka-python has no types
    """Asks a leader that does not know yet how far its partition is safe: it says that nothing is there."""

    asked = 0

    def poll(self, *args: Any, **options: Any) -> Any:
        NewLeader.asked += 1
        if NewLeader.asked == 1:
            raise OffsetOutOfRangeError(dict.fromkeys(self.assignment(), 0))
        return super().poll(*args, **options)


def read_whole(broker: Brokers, topic: str) -> int:
    """How many records of a topic are read."""
    with closing(WholeTopics(broker.options(PROFILE), [topic])) as wholes:
        return sum(len(page) for page in wholes.topics[topic].mixed(tuple))


def test_a_leader_that_is_new_is_asked_again(kafka_broker: Brokers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huiyin_kafka.consumer.BoundedConsumer", NewLeader)
    monkeypatch.setattr(NewLeader, "asked", 0)
    topic = kafka_broker.topic(PARTITIONS)
    publish(kafka_broker, records(INTAKE, topic))
    assert read_whole(kafka_broker, topic) == END
    assert NewLeader.asked > 1


def test_records_that_are_kept_no_more_are_said(kafka_broker: Brokers) -> None:
    topic = kafka_broker.topic(1)
    publish(kafka_broker, records(INTAKE, topic))
    with closing(WholeTopics(kafka_broker.options(PROFILE), [topic])) as wholes:
        with kafka_broker.admin() as admin:
            admin.delete_records({TopicPartition(topic, 0): END - 1})
        with pytest.raises(KafkaSetupError, match="OffsetOutOfRange"):
            list(wholes.topics[topic].pages(0))


async def test_a_topic_that_is_not_there_is_said(marked: str, kafka_broker: Brokers) -> None:
    with pytest.raises(KafkaSetupError, match=r"test\.nothing"):
        await report_of(marked, kafka_broker, "test.nothing")

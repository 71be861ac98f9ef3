"""What `huiyin audit compare` does: holds the topics, and what is folded of them, against the database.

First the cursors of publishing are read, then where the topics end, then the store: so everything that the
cursors mark lies before those ends, and everything before them lies in the snapshot, however busy it all is.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit.compare.report import CompareReporter, SilentComparison, TopicReport
from huiyin_audit.compare.rows import BrokerTopics, LogRows, ReceiptRows, Rows, TimelineTable, cursors_of
from huiyin_audit.compare.topic import TopicJudge
from huiyin_audit.findings import KEPT_MAX, AuditRule, Finding, FindingPlace, Findings, Verdict, verdict
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.replay_logs import Models, compare_with, live_positions
from huiyin_audit.sources import Follower
from huiyin_kafka.merge import DenseMerge, WaitingRecord, to_hold_back
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.topics.names import TIMELINE, log_topic, receipts_topic
from huiyin_kafka.whole import partition_of
from huiyin_kafka.wire import ReadEvent, read_record
from huiyin_kernel.arrived import Place, Record
from huiyin_store.port import RecordedEvent

AHEAD_MAX = 5_000
"""Records of one partition that wait for their turn; then it is held back while others bring what is due."""


class TopicBrokenError(Exception):
    """What stands on a topic cannot be folded; `huiyin audit compare` names every difference."""


class KafkaSource:
    """The events of a log up to the topic's end at the moment, in dense order."""

    def __init__(self, brokers: BrokerTopics, log: str, topic: str) -> None:
        self._brokers, self.log, self._topic = brokers, log, topic
        self._merge: DenseMerge[RecordedEvent] = DenseMerge(0)
        self._held_back: frozenset[int] = frozenset()

    @property
    def last(self) -> int:
        """The last position given out."""
        return self._merge.last

    async def size(self) -> int:
        return self._brokers.topic(self._topic).size

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        """Every event, page by page. Raises TopicBrokenError where the next one is not there."""
        partitions = self._brokers.topic(self._topic).partitions
        async for page in self._brokers.mixed(self._topic, lambda: self._held_back):
            for place, record in page:
                self._offer(place, record)
            events = list(self._due())
            self._held_back = to_hold_back(self._merge.ahead(), frozenset(), partitions, AHEAD_MAX)
            if events:
                yield events
        if self._merge.size:
            raise TopicBrokenError(
                f"主题 {self._topic} 上没有位置 {self.last + 1}"
                f" · position {self.last + 1} is not on {self._topic}, though later ones are"
            )

    def _offer(self, place: Place, record: Record) -> None:
        try:
            read = read_record(record)
        except UnreadableRecordError as error:
            raise TopicBrokenError(f"{place}: {error}") from error
        if read.log != self.log:
            raise TopicBrokenError(f"{place}: {read.log} is another log than {self.log}")
        if isinstance(read, ReadEvent):
            self._merge.offer(read.event.position, WaitingRecord(place.partition, place.offset, read.event))
        else:
            self._merge.offer(read.position, WaitingRecord(place.partition, place.offset, None))

    def _due(self) -> "list[RecordedEvent]":
        found: list[RecordedEvent] = []
        while taken := self._merge.take():
            found.append(taken[2])
        return found

    def heads(self) -> None:
        return None

    def requests(self) -> None:
        return None

    async def followers(self) -> Sequence[Follower]:
        return ()


KAFKA_BEHIND = AuditRule(
    "KAFKA_BEHIND",
    "现有读模型已读到位置 {live}，主题止于 {end}：尚未发布，无从比较",
    "the live model has come to position {live}, the topic ends at {end}: it cannot be told yet",
)


async def compare_models_on_kafka(
    dsn: str,
    options: Mapping[str, Any],
    logs: Sequence[str],
    models: Models,
    topic_of: Mapping[str, str] | None = None,
) -> list[Verdict]:
    """Folds what is on Kafka and compares it with the live models, as far as these had come.

    Raises TopicBrokenError where the records of a log cannot be folded, and KafkaSetupError.
    """
    topics = topic_of or {log: log_topic(log) for log in logs}
    # The snapshot comes first: what live models have folded from Kafka then lies before the topics' ends.
    async with snapshot(dsn) as connection, AsyncExitStack() as stack:
        positions = [
            await live_positions(connection, schema, fold.name) for schema, folds in models for fold in folds
        ]
        sources = [await _source(stack, options, log, topic) for log, topic in topics.items()]
        found = await compare_with(connection, sources, models)
    return [_judged(judged, _behind(sources, live)) for judged, live in zip(found, positions, strict=True)]


async def _source(stack: AsyncExitStack, options: Mapping[str, Any], log: str, topic: str) -> KafkaSource:
    """Each with a client of its own: they are read in turns."""
    return KafkaSource(await stack.enter_async_context(BrokerTopics(options, [topic])), log, topic)


def _behind(sources: Iterable[KafkaSource], positions: Mapping[str, int]) -> list[Finding]:
    return [
        KAFKA_BEHIND.at(FindingPlace(source.log, source.last), live=positions[source.log], end=source.last)
        for source in sources
        if positions.get(source.log, 0) > source.last
    ]


def _judged(found: Verdict, behind: Sequence[Finding]) -> Verdict:
    """Nothing can be told of a model that has come further than Kafka."""
    promise = f"{found.promise}, from Kafka"
    if behind:
        return verdict(promise, (), behind)
    return replace(found, promise=promise)


RowsOf = Callable[[AsyncConnection[Any]], Sequence[Rows]]
"""What topics are made of, in a snapshot."""


@dataclass(frozen=True, slots=True)
class Published:
    """What an installation publishes: its logs, its timeline by name, and receipts of these agencies."""

    logs: Sequence[str]
    timeline: str
    agencies: Sequence[str] = ()


async def compare(
    dsn: str,
    options: Mapping[str, Any],
    published: Published,
    reporter: CompareReporter | None = None,
) -> list[TopicReport]:
    """A report for every topic of rows. Raises KafkaSetupError or a psycopg error.

    `options` are what a Kafka client takes.
    """
    topics = [*map(log_topic, published.logs), TIMELINE, *map(receipts_topic, published.agencies)]

    def rows_of(connection: AsyncConnection[Any]) -> list[Rows]:
        logs = [LogRows(connection, log) for log in published.logs]
        receipts = [ReceiptRows(connection, agency) for agency in published.agencies]
        return [*logs, TimelineTable(connection, published.timeline), *receipts]

    return await compare_rows(dsn, options, topics, rows_of, reporter)


async def compare_rows(
    dsn: str,
    options: Mapping[str, Any],
    topics: Sequence[str],
    rows_of: RowsOf,
    reporter: CompareReporter | None = None,
) -> list[TopicReport]:
    """The same of any rows and their topics."""
    reporter, cursors = reporter or SilentComparison(), await cursors_of(dsn)
    async with BrokerTopics(options, topics) as brokers, snapshot(dsn) as connection:
        return [
            await _compared(rows, brokers, cursors.get(rows.source, 0), reporter)
            for rows in rows_of(connection)
        ]


async def _compared(rows: Rows, brokers: BrokerTopics, marked: int, reporter: CompareReporter) -> TopicReport:
    topic, end, findings = brokers.topic(rows.topic), await rows.end(), Findings(KEPT_MAX)
    place = partial(partition_of, count=len(topic.partitions))
    judge = TopicJudge(rows.source, end, place, findings, once=rows.once)
    reporter.started(rows.topic, topic.size)
    for partition in topic.partitions:
        async for page in brokers.pages(rows.topic, partition):
            judge.take(page, await rows.records(judge.claimed(page)))
            reporter.progressed(rows.topic, judge.record_count)
    cursor = judge.last if rows.once else marked
    waiting = judge.finish(rows.topic, cursor)
    return TopicReport(
        topic=rows.topic,
        source=rows.source,
        row_count=end,
        cursor=cursor,
        record_count=judge.record_count,
        repeat_count=judge.repeat_count,
        waiting_count=waiting,
        findings=findings.kept(),
        finding_count=findings.count,
    )

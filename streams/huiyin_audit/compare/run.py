"""What `huiyin audit compare` does: every topic against its rows, at one moment of brokers and store.

First the cursors of publishing are read, then where the topics end, then the store: so everything that the
cursors mark lies before those ends, and everything before them lies in the snapshot, however busy it all is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from psycopg import AsyncConnection

from huiyin_audit.compare.report import CompareReporter, SilentReporter, TopicReport
from huiyin_audit.compare.rows import Brokers, LogRows, ReceiptRows, Rows, TimelineRows, cursors_of
from huiyin_audit.compare.topic import TopicJudge
from huiyin_audit.findings import KEPT_MAX, Findings
from huiyin_audit.postgres_source import snapshot
from huiyin_kafka.topics.names import TIMELINE, log_topic, receipts_topic
from huiyin_kafka.whole import partition_of

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
        return [*logs, TimelineRows(connection, published.timeline), *receipts]

    return await compare_rows(dsn, options, topics, rows_of, reporter)


async def compare_rows(
    dsn: str,
    options: Mapping[str, Any],
    topics: Sequence[str],
    rows_of: RowsOf,
    reporter: CompareReporter | None = None,
) -> list[TopicReport]:
    """The same of any rows and their topics."""
    reporter, cursors = reporter or SilentReporter(), await cursors_of(dsn)
    async with Brokers(options, topics) as brokers, snapshot(dsn) as connection:
        return [
            await _compared(rows, brokers, cursors.get(rows.source, 0), reporter)
            for rows in rows_of(connection)
        ]


async def _compared(rows: Rows, brokers: Brokers, marked: int, reporter: CompareReporter) -> TopicReport:
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

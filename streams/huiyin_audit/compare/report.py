"""What a topic must keep towards its rows, and what a comparison says in the end: per topic, what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from huiyin_audit.findings import AuditRule, Finding, Language
from huiyin_audit.report import finding_lines

RECORD_MISSING = AuditRule(
    "RECORD_MISSING",
    "位置 {first} 至 {last} 已记为发布，主题 {topic} 上却没有",
    "positions {first} to {last} are marked as published, but are not on topic {topic}",
)
VALUE_ALTERED = AuditRule(
    "VALUE_ALTERED",
    "{record} 处记录的内容与库中位置 {position} 不同",
    "the value of the record at {record} is not what the store has at position {position}",
)
HEADERS_ALTERED = AuditRule(
    "HEADERS_ALTERED",
    "{record} 处记录的头部与库中位置 {position} 不同：{names}",
    "headers of the record at {record} are not what the store's position {position} gives: {names}",
)
KEY_WRONG = AuditRule(
    "KEY_WRONG",
    "{record} 处记录的键不是库中位置 {position} 的键",
    "the key of the record at {record} is not that of position {position}",
)
PARTITION_WRONG = AuditRule(
    "PARTITION_WRONG",
    "{record} 处记录的键属于分区 {partition}：同一事项的次序不再成立",
    "the key of the record at {record} belongs in partition {partition}: one case would lose its order",
)
ORDER_BROKEN = AuditRule(
    "ORDER_BROKEN",
    "{record} 处记录（位置 {position}）晚于同键的位置 {later} 才出现",
    "the record at {record} (position {position}) first stands after position {later} of the same key",
)
FOREIGN_RECORD = AuditRule(
    "FOREIGN_RECORD",
    "{record} 处记录不是由库中任何一行生成：{reason}",
    "no row of the store gives the record at {record}: {reason}",
)
PLACE_PARKED = AuditRule(
    "PLACE_PARKED",
    "位置 {position} 在 {record} 处只有代位记录，事件本身未能发布",
    "position {position} has but a placeholder at {record}: the brokers would not take its event",
)
CURSOR_BEYOND_STORE = AuditRule(
    "CURSOR_BEYOND_STORE",
    "发布已记到位置 {cursor}，库中止于 {end}：库的末尾被截去",
    "publishing is marked up to position {cursor}, but the store ends at {end}: its tail was cut off",
)
RECORD_REPEATED = AuditRule(
    "RECORD_REPEATED",
    "位置 {position} 在 {record} 处再次出现：此主题上每条只许一次",
    "position {position} stands again at {record}: on this topic each may stand but once",
)


@dataclass(frozen=True, slots=True)
class TopicReport:
    """The comparison of one topic. `findings` are the first ones by position, `finding_count` is of all.

    `row_count` rows of the store up to position `cursor` are marked as published, `waiting_count` are not yet
    on the topic; `repeat_count` records stand there more than once, which does no harm.
    """

    topic: str
    source: str
    row_count: int
    cursor: int
    record_count: int
    repeat_count: int
    waiting_count: int
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0


class CompareReporter(Protocol):
    """Is told how a comparison goes on."""

    def started(self, log: str, size: int) -> None:
        """A topic of this size is about to be read."""
        ...

    def progressed(self, log: str, count: int) -> None:
        """So many of its records are compared."""
        ...


class SilentComparison:
    """Keeps what it is told to itself."""

    def started(self, log: str, size: int) -> None: ...

    def progressed(self, log: str, count: int) -> None: ...


def compare_json(reports: Sequence[TopicReport]) -> list[dict[str, Any]]:
    """The reports for machines."""
    return [
        {
            "topic": report.topic,
            "source": report.source,
            "row_count": report.row_count,
            "cursor": report.cursor,
            "record_count": report.record_count,
            "repeat_count": report.repeat_count,
            "not_yet_relayed": report.waiting_count,
            "finding_count": report.finding_count,
            "findings": [finding._asdict() for finding in report.findings],
        }
        for report in reports
    ]


_SAME = {
    "zh": "{topic}：{records} 条记录与 {source} 的 {rows} 行相符",
    "en": "{topic}: {records} records agree with the {rows} rows of {source}",
}
_DIFFERENT = {
    "zh": "{topic}：{records} 条记录与 {source} 的 {rows} 行之间有 {count} 处不同",
    "en": "{topic}: {count} differences between {records} records and the {rows} rows of {source}",
}
_REPEATS = {"zh": "，其中重复 {count} 条", "en": ", {count} of them repeats"}
_WAITING = {"zh": "，尚待发布 {count} 行", "en": ", {count} rows not yet relayed"}
_EMPTY = {
    "zh": "另有 {count} 个主题为空，库中亦无相应的行",
    "en": "{count} topics are empty, and so are their tables",
}
_MORE = {"zh": "  …… 另有 {count} 处", "en": "  ... and {count} more"}


def compare_lines(reports: Sequence[TopicReport], language: Language = "zh") -> Iterator[str]:
    """The reports, line by line; topics without anything are told of together."""
    empty = [one for one in reports if not (one.row_count or one.record_count or one.finding_count)]
    for report in (one for one in reports if one not in empty):
        yield _headline(report, language)
        yield from finding_lines(report.findings, language)
        if report.finding_count > len(report.findings):
            yield _MORE[language].format(count=report.finding_count - len(report.findings))
    if empty:
        yield _EMPTY[language].format(count=len(empty))


def _headline(report: TopicReport, language: Language) -> str:
    text = (_DIFFERENT if report.finding_count else _SAME)[language].format(
        topic=report.topic,
        source=report.source,
        records=report.record_count,
        rows=report.row_count,
        count=report.finding_count,
    )
    for words, count in ((_REPEATS, report.repeat_count), (_WAITING, report.waiting_count)):
        text += words[language].format(count=count) if count else ""
    return text

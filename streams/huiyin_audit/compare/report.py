"""What a comparison says in the end: per topic how much was compared, what is not there yet, what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from huiyin_audit.findings import Finding, Language
from huiyin_audit.wording import finding_lines


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


class SilentReporter:
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

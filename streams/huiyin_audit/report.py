"""What a verification says in the end: as values, in Chinese and English, and for machines."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from huiyin_audit.findings import Finding, Language, PromiseOutcome, Reach, Verdict, is_whole


@dataclass(frozen=True, slots=True)
class LogReport:
    """The verification of one log. `findings` are the first ones by position, `finding_count` is of all.

    `not_checked` names what the source could not show: "streams", "requests". `reach` is how far a record
    made of logs has taken these in; a log itself is judged up to `position`, its end.
    """

    log: str
    event_count: int
    stream_count: int
    position: int
    recorded: datetime | None
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0
    not_checked: tuple[str, ...] = ()
    reach: tuple[Reach, ...] = ()

    @property
    def first_bad_position(self) -> int | None:
        """The lowest position at which a rule is broken; None for a sound log."""
        return self.findings[0].position if self.findings else None


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The verification of several logs, and of the timeline made of them; None when there is none.

    In the timeline's report an event is an entry, a stream a case, and a position a place in the timeline; in
    that of the vaults an event is a key, and a stream a vault.
    """

    logs: tuple[LogReport, ...]
    timeline: LogReport | None = None
    vaults: LogReport | None = None

    @property
    def sound(self) -> bool:
        """True when nothing was found, neither in a log nor in the timeline nor in a vault."""
        checked = (*self.logs, self.timeline, self.vaults)
        return not any(each.finding_count for each in checked if each is not None)

    @property
    def whole(self) -> bool:
        """True when nothing was left out: tables seen, keys opened, the timeline at the end of every log."""
        checked = (*self.logs, self.vaults) if self.vaults else self.logs
        seen = not any(each.not_checked for each in checked)
        return seen and self.timeline is not None and is_whole(self.timeline.reach)


class Reporter(Protocol):
    """Is told how a verification goes on."""

    def started(self, log: str, size: int) -> None:
        """A log of this size is about to be read."""
        ...

    def progressed(self, log: str, count: int) -> None:
        """So many of its events are checked."""
        ...

    def finished(self, report: LogReport) -> None:
        """A log is done."""
        ...


class SilentReporter:
    """Keeps what it is told to itself."""

    def started(self, log: str, size: int) -> None: ...

    def progressed(self, log: str, count: int) -> None: ...

    def finished(self, report: LogReport) -> None: ...


def report_json(report: VerifyReport) -> dict[str, Any]:
    """The report for machines."""
    timeline = _log_json(report.timeline) if report.timeline else None
    vaults = _log_json(report.vaults) if report.vaults else None
    logs = [_log_json(log) for log in report.logs]
    about = {"sound": report.sound, "whole": report.whole}
    return {**about, "logs": logs, "timeline": timeline, "vaults": vaults}


def _log_json(log: LogReport) -> dict[str, Any]:
    return {
        "log": log.log,
        "event_count": log.event_count,
        "stream_count": log.stream_count,
        "position": log.position,
        "recorded_time": log.recorded.isoformat() if log.recorded else None,
        "first_bad_position": log.first_bad_position,
        "finding_count": log.finding_count,
        "findings": [finding._asdict() for finding in log.findings],
        "not_checked": list(log.not_checked),
        "reach": [one._asdict() for one in log.reach],
    }


_SOUND = {
    "zh": "{log}：{events} 个事件、{streams} 个流，连续、链条完好，止于位置 {position}（{recorded}）",
    "en": "{log}: {events} events in {streams} streams, dense and with sound chains, to position {position}"
    " ({recorded})",
}
_UNSOUND = {
    "zh": "{log}：{events} 个事件中发现 {count} 处问题，第一处在位置 {first}",
    "en": "{log}: {count} findings in {events} events, the first at position {first}",
}
_EMPTY = {"zh": "{log}：空", "en": "{log}: empty"}
_TIMELINE = {
    "zh": "时间线：{cases} 个案件、{entries} 条，与各日志相符：因在果前，无缺无重",
    "en": "timeline: {entries} entries of {cases} cases, as the logs give: causes first, none lost or twice",
}
_TIMELINE_BEHIND = {
    "zh": "时间线：落后于日志；已读部分 {cases} 个案件、{entries} 条，未见问题",
    "en": "timeline: BEHIND the logs; sound as far as it has come, {entries} entries of {cases} cases",
}
_TIMELINE_BAD = {
    "zh": "时间线：{entries} 条中发现 {count} 处问题",
    "en": "timeline: {count} findings in {entries} entries",
}
_NO_TIMELINE = {
    "zh": "时间线：未核对（此数据库没有）",
    "en": "timeline: not checked (this database has none)",
}
_VAULTS = {
    "zh": "保管库：{keys} 把密钥，事件所用的都在，缺失的都有销毁记录",
    "en": "vaults: {keys} keys; every key that events use is there, or was destroyed on the record",
}
_VAULTS_BAD = {
    "zh": "保管库：{keys} 把密钥中发现 {count} 处问题",
    "en": "vaults: {count} findings among {keys} keys",
}
_MORE = {"zh": "  …… 另有 {count} 处", "en": "  ... and {count} more"}
_NOT_CHECKED = {
    "zh": "  未核对（该来源看不到）：{what}",
    "en": "  not checked (this source does not show it): {what}",
}
_TABLES = {
    "zh": {"streams": "流表", "requests": "请求表", "wrapped keys": "密钥能否打开（没有主密钥）"},
    "en": {
        "streams": "streams",
        "requests": "requests",
        "wrapped keys": "whether keys open (the rings of master keys are not at hand)",
    },
}
_COMMA = {"zh": "、", "en": ", "}
_OUTCOMES = {
    "zh": {
        PromiseOutcome.HOLDS: "成立",
        PromiseOutcome.BROKEN: "被违反",
        PromiseOutcome.UNKNOWN: "无法判断",
        PromiseOutcome.BEHIND: "落后于日志：已读部分未见问题",
    },
    "en": {
        PromiseOutcome.HOLDS: "holds",
        PromiseOutcome.BROKEN: "BROKEN",
        PromiseOutcome.UNKNOWN: "unknown",
        PromiseOutcome.BEHIND: "BEHIND the logs, nothing wrong as far as it has come",
    },
}
_REACH = {"zh": "  判断至：{places}", "en": "  judged up to: {places}"}
_REACHED = {"zh": "{log} 位置 {position}/{end}", "en": "{log} position {position} of {end}"}


def verify_lines(report: VerifyReport, language: Language = "zh") -> Iterator[str]:
    """The report of a verification, line by line."""
    for log in report.logs:
        yield _headline(log, language)
        yield from _findings(log, language)
        yield from _left_out(log, language)
    yield _timeline_line(report.timeline, language)
    if report.timeline is not None:
        yield from reach_lines(report.timeline.reach, language)
        yield from _findings(report.timeline, language)
    if report.vaults is not None:
        yield from _vault_lines(report.vaults, language)


def _vault_lines(vaults: LogReport, language: Language) -> Iterator[str]:
    wording = _VAULTS_BAD if vaults.finding_count else _VAULTS
    yield wording[language].format(keys=vaults.event_count, count=vaults.finding_count)
    yield from _findings(vaults, language)
    yield from _left_out(vaults, language)


def _left_out(log: LogReport, language: Language) -> Iterator[str]:
    if log.not_checked:
        tables = (_TABLES[language][name] for name in log.not_checked)
        yield _NOT_CHECKED[language].format(what=_COMMA[language].join(tables))


def _findings(log: LogReport, language: Language) -> Iterator[str]:
    yield from finding_lines(log.findings, language)
    if log.finding_count > len(log.findings):
        yield _MORE[language].format(count=log.finding_count - len(log.findings))


def _timeline_line(timeline: LogReport | None, language: Language) -> str:
    if timeline is None:
        return _NO_TIMELINE[language]
    facts = {"entries": timeline.event_count, "cases": timeline.stream_count, "count": timeline.finding_count}
    if timeline.finding_count:
        return _TIMELINE_BAD[language].format(**facts)
    return (_TIMELINE if is_whole(timeline.reach) else _TIMELINE_BEHIND)[language].format(**facts)


def _headline(log: LogReport, language: Language) -> str:
    if log.finding_count:
        numbers = {"count": log.finding_count, "first": log.first_bad_position}
        return _UNSOUND[language].format(log=log.log, events=log.event_count, **numbers)
    if log.recorded is None:
        return _EMPTY[language].format(log=log.log)
    place = {"position": log.position, "recorded": log.recorded.isoformat()}
    facts = {"streams": log.stream_count, **place}
    return _SOUND[language].format(log=log.log, events=log.event_count, **facts)


def verdict_lines(verdicts: Iterable[Verdict], language: Language = "zh") -> Iterator[str]:
    """Verdicts on promises, how far they reach (once for several alike), and what speaks against them."""
    told: tuple[Reach, ...] = ()
    for verdict in verdicts:
        yield f"{verdict.promise}: {_OUTCOMES[language][verdict.outcome]}"
        yield from reach_lines(verdict.reach if verdict.reach != told else (), language)
        told = verdict.reach
        yield from finding_lines((*verdict.violations, *verdict.open_questions), language)


def reach_lines(reach: Iterable[Reach], language: Language) -> Iterator[str]:
    """Up to which position of which log it was judged; nothing where nothing is to be said."""
    places = [_REACHED[language].format(**one._asdict()) for one in reach]
    if places:
        yield _REACH[language].format(places=_COMMA[language].join(places))


def finding_lines(findings: Iterable[Finding], language: Language) -> Iterator[str]:
    """Each finding on a line: where, which rule, in words."""
    for finding in findings:
        position = str(finding.position or "")
        where = " ".join(part for part in (finding.log, position, finding.stream, finding.rule) if part)
        yield f"  {where}: {finding.text(language)}"

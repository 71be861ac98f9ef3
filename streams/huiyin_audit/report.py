"""What a verification says in the end: per log how much was checked, what was found and where first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from huiyin_audit.findings import Finding
from huiyin_audit.reach import Reach, is_whole


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

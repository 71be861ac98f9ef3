"""Tests that cannot run here are left out aloud: a reason at each, the number at the end; in CI they fail."""

import os
from typing import NoReturn

import pytest

PREFIX = "left out: "


def leave_out(reason: str) -> NoReturn:
    """Leaves the test out because something is missing on this machine; a failure where CI=true."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"in CI no test may be {PREFIX}{reason}", pytrace=False)
    pytest.skip(f"{PREFIX}{reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says last how many tests were left out, and why."""
    counts: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(PREFIX):
            counts[reason.removeprefix(PREFIX)] = counts.get(reason.removeprefix(PREFIX), 0) + 1
    for reason, count in counts.items():
        terminalreporter.write_line(f"{count} tests were left out: {reason}", yellow=True)

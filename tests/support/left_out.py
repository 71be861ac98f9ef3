"""Tests that cannot run here are left out aloud: a reason at each, the list at the end; in CI they fail."""

import os
from collections import Counter, defaultdict
from typing import NoReturn

import pytest

PREFIX = "left out: "


def leave_out(reason: str) -> NoReturn:
    """Leaves the test out because something is missing on this machine; a failure where CI=true."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"in CI no test may be {PREFIX}{reason}", pytrace=False)
    pytest.skip(f"{PREFIX}{reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says last how many tests were left out, why, and in which files they are."""
    places: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(PREFIX):
            places[reason.removeprefix(PREFIX)][report.nodeid.partition("::")[0]] += 1
    for reason, files in places.items():
        terminalreporter.write_line(f"{files.total()} tests were left out: {reason}", yellow=True)
        for file, count in sorted(files.items()):
            terminalreporter.write_line(f"  {count:>3} in {file}", yellow=True)

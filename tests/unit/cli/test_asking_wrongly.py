"""Commands that are asked wrongly say so on standard error, with the exit status of usage."""

import pytest
from typer.testing import CliRunner

from huiyin_cli.main import app

USAGE, REFUSED = 2, 1
WRONG = {
    "no day": (["clock", "due", "2026-02-30", "+5d"], "MALFORMED_DATE", USAGE),
    "no span": (["clock", "due", "2026-02-01", "+5y"], "MALFORMED_SPAN", USAGE),
    "nothing to count": (["clock", "due", "2026-02-01", "+0d"], "SPAN_OUT_OF_RANGE", USAGE),
    "a year without a calendar": (["clock", "due", "2035-02-01", "+5wd"], "MISSING_CALENDAR", REFUSED),
    "no such log": (["events", "tail", "--service", "nobody"], "nobody", USAGE),
    "a log and cases": (["events", "tail", "--service", "intake", "--centre", "x"], "--service", USAGE),
    "no instant": (["replay", "--as-of", "yesterday"], "yesterday", USAGE),
    "a case without an instant": (["replay", "--case", "HY990101"], "--as-of", USAGE),
}


@pytest.mark.parametrize("arguments, said, status", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_stands_on_standard_error(arguments: list[str], said: str, status: int) -> None:
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (status, "")
    assert said in result.stderr


@pytest.mark.parametrize("group", ["case", "events", "clock", "insight", "audit", "topics", "vault"])
def test_a_groups_help_offers_what_it_does_and_nothing_else(group: str) -> None:
    shown = CliRunner().invoke(app, [group, "--help"]).stdout
    assert "--help" in shown
    assert "completion" not in shown

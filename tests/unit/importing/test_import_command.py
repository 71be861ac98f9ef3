"""`huiyin import` ends with 0 when all rows are in, 1 when some are not, 2 when it cannot begin."""

import json
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from huiyin_cli.importing.command import import_file
from tests.unit.importing.import_support import OFFICER, row, write_csv, write_xlsx

SETS = ("--set", "channel=web", "--set", "division=990101")
app = typer.Typer()
app.command()(import_file)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_xlsx(tmp_path / "a.xlsx", [row(1, "甲"), row(2, "乙")])


def run(path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [str(path), *arguments])


def test_a_check_of_a_clean_file_ends_with_zero(path: Path) -> None:
    done = run(path, "--dry-run", *SETS)
    assert done.exit_code == 0
    assert "检查 2 行" in done.stdout
    assert "content ← 留言详情" in done.stderr


def test_a_check_that_finds_a_bad_row_ends_with_one_and_names_the_report(tmp_path: Path) -> None:
    done = run(write_csv(tmp_path / "a.csv", [row(1, time="3/2/2026")]), "--dry-run", "--lang", "en", *SETS)
    assert done.exit_code == 1
    assert "0 can be registered, 1 cannot" in done.stdout
    assert "a.csv.report.csv" in done.stdout


def test_the_summary_for_machines_is_one_document(path: Path) -> None:
    done = run(path, "--dry-run", "--json", *SETS)
    summary = json.loads(done.stdout)
    assert (summary["rows_read"], summary["ready"], summary["complete"]) == (2, 2, True)
    figures = {"registered", "repeated", "refused", "duplicates", "distinct_persons", "seconds"}
    assert figures <= summary.keys()
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "FIELD_REQUIRED"),
        ((*SETS, "--map", "content=没有"), "COLUMN_MISSING"),
        ((*SETS, "--map", "content"), "OPTION_MALFORMED"),
        ((*SETS, "--mapping", "none.toml"), "MAPPING_INVALID"),
        ((*SETS, "--sheet", "没有"), "SHEET_MISSING"),
    ],
)
def test_what_cannot_begin_ends_with_two_and_a_reason(
    path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    done = run(path, "--dry-run", *arguments)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{reason}: ")
    assert done.stdout == ""


def test_an_import_asks_whose_it_is(path: Path) -> None:
    done = run(path, *SETS)
    assert done.exit_code == 2
    assert "--as" in done.stderr


def test_an_import_without_a_platform_says_so(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path / "home"))
    done = run(path, *SETS, "--as", OFFICER)
    assert done.exit_code == 1
    assert "profiles.json" in done.stderr


def test_a_file_that_is_not_there_ends_with_two(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv", "--dry-run", *SETS)
    assert done.exit_code == 2
    assert done.stderr.startswith("FILE_MISSING: ")


def documented(language: str) -> str:
    """The first block of a language in the page about importing."""
    page = (Path(__file__).parents[3] / "docs" / "importing.md").read_text(encoding="utf-8")
    return page.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.mark.parametrize("line", documented("sh").splitlines())
def test_each_command_in_the_page_about_importing_works(
    path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.chdir(path.parent)
    path.rename("petitions.xlsx")
    headers = ["Unique Key", "Descriptor", "Open Data Channel Type", "Created Date"]
    write_csv(Path("requests.csv"), [["1", "light", "ONLINE", "06/26/2018 10:58:54 AM"]], headers=headers)
    Path("mapping.toml").write_text(documented("toml"), encoding="utf-8")
    assert "officer@" not in line or OFFICER in line
    program, command, *arguments = shlex.split(line)
    assert (program, command) == ("huiyin", "import")
    if "--as" in arguments:  # who imports is asked of a platform; a check of the file needs none
        place = arguments.index("--as")
        del arguments[place : place + 2]
    assert CliRunner().invoke(app, [*arguments, "--dry-run"]).exit_code == 0

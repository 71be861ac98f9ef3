"""`huiyin import` into the running platform: every row is in once or reported; again changes nothing."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fault.running_platform import HUIYIN, Platform, running
from tests.unit.importing.import_support import (
    HEADERS,
    OFFICER,
    MemoryRegistrar,
    imported,
    options,
    row,
    write_csv,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COLUMNS = (*HEADERS, "问题属地")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUIYIN_SAMPLES", "false")
        with running(tmp_path_factory.mktemp("import") / "home") as platform:
            yield platform


def do(platform: Platform, path: Path, *arguments: str) -> tuple[int, Any]:
    """Exit status and summary of an import."""
    program = [HUIYIN, "import", str(path), "--as", OFFICER, "--set", "channel=web", "--json", *arguments]
    done = subprocess.run(program, env=platform.environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def mixed(first: int) -> list[list[Any]]:
    """Good rows, a duplicate, and one each without content, of an unknown division, from the future."""
    rows = [[*row(first + n, f"第{first + n}件：路灯不亮", f"U{n % 40}"), "990101"] for n in range(250)]
    rows[10][4] = ""
    rows[20][5] = "000001"
    rows[30][3] = "2999/1/1"
    rows[40][4] = rows[39][4]
    return rows


def test_every_row_is_in_once_or_reported_and_again_changes_nothing(
    platform: Platform, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", mixed(0), headers=COLUMNS)
    report, receipts = tmp_path / "report.jsonl", tmp_path / "receipts.jsonl"
    outputs = ("--report", str(report), "--receipts", str(receipts))
    status, summary = do(platform, path, *outputs)
    assert (status, summary["rows_read"], summary["registered"], summary["refused"]) == (1, 250, 247, 3)
    assert (summary["duplicates"], summary["distinct_persons"], summary["complete"]) == (1, 40, True)
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert [(line["row"], line["outcome"]) for line in lines] == [
        (12, "refused"),
        (22, "refused"),
        (32, "refused"),
        (42, "duplicate"),
    ]
    assert all(line["reason"] and line["message"] for line in lines)
    first = {json.loads(line)["case_id"] for line in receipts.read_text().splitlines()}
    again, summary = do(platform, path.rename(tmp_path / "b.csv"), *outputs)
    assert (again, summary["registered"], summary["repeated"], summary["refused"]) == (1, 0, 247, 3)
    assert {json.loads(line)["case_id"] for line in receipts.read_text().splitlines()} == first
    assert len(first) == 247


def test_a_row_that_changed_since_is_reported_and_its_registration_stands(
    platform: Platform, tmp_path: Path
) -> None:
    rows = [[*row(f"变更{number}", f"第{number}件"), "990101"] for number in range(3)]
    assert do(platform, write_csv(tmp_path / "a.csv", rows, headers=COLUMNS))[0] == 0
    rows[1][4] = "改过的内容"
    status, summary = do(platform, write_csv(tmp_path / "a.csv", rows, headers=COLUMNS))
    assert (status, summary["changed"], summary["repeated"]) == (1, 1, 2)


async def test_the_registrar_in_memory_answers_as_the_service_does(
    platform: Platform, tmp_path: Path
) -> None:
    rows = [[*row(f"对照{number}", f"第{number // 2}件"), "990101"] for number in range(9)]
    path, registrar = write_csv(tmp_path / "a.csv", rows, headers=COLUMNS), MemoryRegistrar()
    for content in ("第0件", "改过的内容"):
        rows[0][4] = content
        write_csv(path, rows, headers=COLUMNS)
        in_memory, _ = await imported(options(path, constants={"channel": "web"}), registrar)
        _, in_service = do(platform, path)
        figures = ("rows_read", "registered", "repeated", "refused", "changed", "duplicates")
        assert {name: in_service[name] for name in figures} == {
            name: getattr(in_memory, name) for name in figures
        }


def test_a_role_that_may_not_register_is_refused_each_row(platform: Platform, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [[*row("稽核1"), "990101"]], headers=COLUMNS)
    report = tmp_path / "report.jsonl"
    status, summary = do(platform, path, "--as", "auditor", "--report", str(report))
    assert (status, summary["registered"], summary["refused"]) == (1, 0, 1)
    assert json.loads(report.read_text(encoding="utf-8"))["reason"] == "AUDIT_BODY"


def test_what_was_imported_is_nowhere_in_clear_in_the_data_folder(platform: Platform, tmp_path: Path) -> None:
    secret, person = "只此一句的诉求内容", "KNOWN-PERSON-7"
    rows = [[*row("密1", secret, person), "990101"]]
    assert do(platform, write_csv(tmp_path / "a.csv", rows, headers=COLUMNS))[0] == 0
    files = [path for path in platform.home.rglob("*") if path.is_file()]
    found = [path for path in files for text in (secret, person) if text.encode() in path.read_bytes()]
    assert found == []

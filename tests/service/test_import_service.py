"""`huiyin import` into the running platform: every row is in once or reported; again changes nothing."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from huiyin.common.v1.types_pb2 import Clear
from huiyin.intake.v1.service_pb2 import ReadPersonalDataRequest
from huiyin_cli.client import open_client
from huiyin_kernel.settings import Settings
from tests.fault.running_platform import HUIYIN, Platform, running, wait_until
from tests.shared_data import shared_case
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
    if "" in arguments:
        program = [one for one in program if one not in ("--as", OFFICER, "")]
    done = subprocess.run(program, env=platform.environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


def mixed(first: int) -> list[list[Any]]:
    """Good rows, a duplicate, and one each without content, of an unknown place, from the future, and with
    a time that has to be told how to read.
    """
    rows = [[*row(first + n, f"第{first + n}件：路灯不亮", f"U{n % 40}"), "990101"] for n in range(250)]
    rows[10][4] = ""
    rows[20][5] = "000001"
    rows[30][3] = "2999/1/1"
    rows[40][4] = rows[39][4]
    rows[50][3] = "3/2/2026"
    return rows


def reported(report: Path) -> list[tuple[int, str, str]]:
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert all(line["message"] for line in lines)
    return [(line["row"], line["outcome"], line["reason"]) for line in lines]


MIXED = [
    (12, "doubt", "CONTENT_MISSING"),
    (22, "doubt", "PLACE_UNKNOWN"),
    (32, "doubt", "RECEIVED_TIME"),
    (42, "duplicate", "DUPLICATE_CONTENT"),
    (52, "refused", "TIME_AMBIGUOUS"),
]


def test_every_row_is_in_once_or_reported_and_again_changes_nothing(
    platform: Platform, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "a.csv", mixed(0), headers=COLUMNS)
    report, receipts = tmp_path / "report.jsonl", tmp_path / "receipts.jsonl"
    outputs = ("--report", str(report), "--receipts", str(receipts))
    status, summary = do(platform, path, *outputs)
    assert (status, summary["rows_read"], summary["registered"], summary["refused"]) == (1, 250, 249, 1)
    assert (summary["duplicates"], summary["distinct_persons"], summary["complete"]) == (1, 40, True)
    assert reported(report) == MIXED
    first = {json.loads(line)["case_id"] for line in receipts.read_text().splitlines()}
    again, summary = do(platform, path.rename(tmp_path / "b.csv"), *outputs)
    assert (again, summary["registered"], summary["repeated"], summary["refused"]) == (1, 0, 249, 1)
    assert reported(report) == MIXED
    assert {json.loads(line)["case_id"] for line in receipts.read_text().splitlines()} == first
    assert len(first) == 249


def test_a_check_says_of_each_row_what_the_import_does_and_writes_nothing(
    platform: Platform, tmp_path: Path
) -> None:
    path, report = write_csv(tmp_path / "a.csv", mixed(1000), headers=COLUMNS), tmp_path / "report.jsonl"
    figures = ("registered", "repeated", "corrected", "kept", "refused", "doubtful", "duplicates")
    offline = ("--dry-run", "--as", "", "--report", str(report))
    _, alone = do(platform, path, *offline)
    assert reported(report) == MIXED
    assert (alone["service_asked"], alone["refused"]) == (False, 1)
    for expected in (249, 0):
        foreseen = do(platform, path, "--dry-run", "--report", str(report))
        lines = reported(report)
        done = do(platform, path, "--report", str(report))
        assert reported(report) == lines == MIXED
        assert [foreseen[1][name] for name in figures] == [done[1][name] for name in figures]
        assert (foreseen[0], done[1]["registered"]) == (done[0], expected)


def shared_inputs() -> list[str]:
    """The names of the inputs that went wrong elsewhere."""
    return [
        *("title-row.xlsx", "title-semicolon.csv", "trailing-comma.csv", "formula.xlsx", "spoilt.csv"),
        *("times.csv", "big-int.jsonl", "person-count.csv", "records-wrapper.json", "regions.csv"),
        *("chars-20001.csv", "id-column.csv", "merged-person.xlsx", "merged-person-corrected.xlsx"),
    ]


@pytest.mark.parametrize("name", shared_inputs())
def test_what_a_check_promises_of_an_input_that_went_wrong_elsewhere_is_what_the_import_takes(
    platform: Platform, tmp_path: Path, name: str
) -> None:
    path, report, receipts = shared_case(name), tmp_path / "report.jsonl", tmp_path / "receipts.jsonl"
    outputs = ("--report", str(report), "--receipts", str(receipts))
    foreseen, promised = do(platform, path, "--dry-run", *outputs), report.read_text(encoding="utf-8")
    assert receipts.read_text() == "" or name.startswith("merged")
    done, said = do(platform, path, *outputs), report.read_text(encoding="utf-8")
    varying = {"dry_run", "seconds", "rows_per_second"}
    assert {key: one for key, one in foreseen[1].items() if key not in varying} == {
        key: one for key, one in done[1].items() if key not in varying
    }
    assert promised == said
    assert done[1]["refused"] == (6 if name == "times.csv" else 0)
    assert done[1]["registered"] + done[1]["repeated"] + done[1]["refused"] == done[1]["rows_read"]


def story(platform: Platform, case: str) -> str:
    """What the command line tells of a case."""
    program = [HUIYIN, "case", "show", case, "--as", OFFICER]
    wait_until(lambda: subprocess.run(program, env=platform.environment, capture_output=True).returncode == 0)
    done = subprocess.run(program, env=platform.environment, capture_output=True, text=True, check=True)
    return done.stdout


def opened(platform: Platform, case: str, purpose: str) -> list[str]:
    """What stood in a sealed field and stands there now, in the order of the log."""

    async def read() -> list[Clear]:
        request = ReadPersonalDataRequest(case_id=case, purposes=[purpose], ground="handling")
        request.info.request_id = str(uuid4())
        async with open_client(OFFICER, Settings()) as client:
            response = await client.intake.ReadPersonalData(request)
        return [one.clear for one in response.fields]

    with pytest.MonkeyPatch.context() as environment:
        for name, value in platform.environment.items():
            environment.setenv(name, value)
        return [one.text or one.person.name for one in asyncio.run(read())]


def test_a_clerk_puts_a_wrong_import_right_by_a_corrected_file(platform: Platform, tmp_path: Path) -> None:
    headers = ("编号", "姓名", "手机号", "内容", "信访日期", "问题属地")
    wrong = [[f"更正{n}", f"示例{n}", "13800138000", f"第{n}件", "2026-03-02", "990101"] for n in range(5)]
    right = [list(line) for line in wrong]
    right[1][1], right[2][3], right[3][4] = "示例一", "第二件：路灯", "2026-03-01"
    report, receipts = tmp_path / "report.jsonl", tmp_path / "receipts.jsonl"
    outputs = ("--report", str(report), "--receipts", str(receipts))
    path = write_csv(tmp_path / "登记.csv", wrong, headers=headers)
    assert do(platform, path, *outputs)[1]["registered"] == 5
    cases = {(one := json.loads(line))["row"]: one["case_id"] for line in receipts.read_text().splitlines()}
    write_csv(path, right, headers=headers)
    foreseen = do(platform, path, "--dry-run", *outputs)[1]
    lines = reported(report)
    done = do(platform, path, *outputs)[1]
    assert (done["corrected"], done["repeated"], done["refused"], done["registered"]) == (3, 2, 0, 0)
    assert (foreseen["corrected"], lines) == (3, reported(report))
    assert lines == [(row, "corrected", "CORRECTED") for row in (3, 4, 5)]
    assert "更正" in story(platform, cases[4])
    assert "更正" not in story(platform, cases[2])
    assert opened(platform, cases[4], "content") == ["第2件", "第二件：路灯"]
    assert opened(platform, cases[3], "petitioner") == ["示例1", "示例一"]
    assert opened(platform, cases[4], "reasons")[0].startswith("corrected file 登记.csv row 4")
    assert do(platform, path, *outputs)[1]["repeated"] == 5
    assert reported(report) == []
    write_csv(path, wrong, headers=headers)
    status, kept = do(platform, path, *outputs)
    assert (status, kept["kept"], kept["repeated"], kept["corrected"]) == (1, 3, 2, 0)
    assert reported(report) == [(row, "kept", "CORRECTED_SINCE") for row in (3, 4, 5)]


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
        figures = ("rows_read", "registered", "repeated", "refused", "corrected", "kept", "duplicates")
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

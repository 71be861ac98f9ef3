"""Text files and JSON as systems write them: delimiters, titles, wrappers, damage that stays in its row."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import ReadOptions, checked_delimiter
from tests.unit.importing.import_support import MemoryRegistrar, imported, options, reasons, report_lines

COLUMNS = ("编号", "内容", "手机号")
PERSONAL = "110101199003070011"


async def filings(path: Path, **changes: Any) -> tuple[list[RegisterPetitionRequest], list[tuple[int, str]]]:
    registrar = MemoryRegistrar()
    _, lines = await imported(options(path, **changes), registrar)
    return list(registrar.filings.values()), reasons(lines)


async def contents(path: Path, **changes: Any) -> list[str]:
    found, _ = await filings(path, **changes)
    return [one.content.clear.text for one in found]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，", "；"])
@pytest.mark.parametrize("title", ["", "信访登记表\n", "信访登记表，2026年，第一季度；市局\n\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_the_delimiter_is_known_by_the_line_that_names_the_columns(
    tmp_path: Path, delimiter: str, title: str, encoding: str
) -> None:
    lines = delimiter.join(COLUMNS) + "\n" + delimiter.join(("A1", "路灯, 又; 坏", "13800138001"))
    if delimiter in "，；,;":
        lines = lines.replace("路灯, 又; 坏", '"路灯, 又; 坏"')
    path = written(tmp_path / "a.csv", title + lines, encoding)
    assert await contents(path) == ["路灯, 又; 坏"]


@pytest.mark.parametrize("given", ["tab", "\t", "\\t"])
async def test_a_delimiter_can_be_given(tmp_path: Path, given: str) -> None:
    path = written(tmp_path / "a.csv", "a,b\t正文\n1,2\t路灯, 又坏\n")
    reading = ReadOptions(delimiter=checked_delimiter(given))
    assert await contents(path, reading=reading, columns={"content": "正文"}) == ["路灯, 又坏"]


@pytest.mark.parametrize("wrong", ["ab", '"', "\n"])
def test_what_is_no_delimiter_is_refused(wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        checked_delimiter(wrong)
    assert caught.value.fault.reason is Reason.DELIMITER_INVALID


async def test_quoted_line_breaks_and_mixed_line_ends_are_kept_apart(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", '编号;内容\r\nA1;"路灯\n不亮"\nA2;"积;水"\r\nA3;下水\r\n')
    assert await contents(path) == ["路灯\n不亮", "积;水", "下水"]


async def test_cells_too_few_or_blank_ones_too_many_refuse_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "编号,内容,手机号\nA1,路灯\nA2,积水,,,\nA3,下水,13800138001\n,,,,\n")
    found, lines = await filings(path)
    assert ([one.content.clear.text for one in found], lines) == (["路灯", "积水", "下水"], [])


async def test_zero_bytes_in_a_text_are_dropped(tmp_path: Path) -> None:
    assert await contents(written(tmp_path / "a.csv", "编号,内容\nA1,路\0灯\n")) == ["路灯"]


_CHECKED = """
import sys
from huiyin_cli.main import main
sys.argv = ["huiyin", "import", *sys.argv[1:], "--dry-run", "--json", "--map", "channel=", "--map",
            "division="]
try:
    main()
finally:
    print(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_line_without_end_is_reported_within_bounded_memory_and_the_rest_goes_on(
    tmp_path: Path, name: str
) -> None:
    path, report, megabyte = tmp_path / name, tmp_path / "report.jsonl", 1 << 20
    head, tail = "编号,内容\nA1,", "\nA2,积水\n"
    if name == "a.jsonl":
        head, tail = '{"内容": "', '"}\n{"内容": "积水"}\n'
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for _ in range(120):
            file.write("x" * megabyte)
        file.write(tail)
    program = [sys.executable, "-c", _CHECKED, str(path), "--report", str(report)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["ready"] == 1
    assert reasons(report_lines(report))[0][1] == "ROW_TOO_LARGE"
    assert int(done.stderr.split()[-1]) * 1024 < 120 * megabyte


RECORDS = [{"编号": "A1", "内容": "路灯"}, {"编号": "A2", "内容": "积水"}]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"RECORDS": RECORDS},
        {"code": 0, "message": "ok", "data": {"total": 2, "list": RECORDS}},
        {"fields": ["编号", "内容"], "rows": RECORDS, "page": {"next": None}},
        {"一月": RECORDS[:1], "二月": RECORDS[1:]},
        RECORDS,
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
async def test_objects_are_found_in_what_wraps_them(
    tmp_path: Path, wrapped: object, indent: int | None, name: str
) -> None:
    text = "\ufeff" + json.dumps(wrapped, ensure_ascii=False, indent=indent)
    assert await contents(written(tmp_path / name, text)) == ["路灯", "积水"]


async def test_a_wrapper_longer_than_a_row_may_be_is_read_bit_by_bit(tmp_path: Path) -> None:
    records = [{"编号": f"A{number}", "内容": f"第{number}件" + "长" * 500} for number in range(900)]
    path = written(tmp_path / "a.json", json.dumps({"meta": {"n": 900}, "RECORDS": records}))
    assert len(await contents(path, limits=ImportLimits(row_chars_max=20_000))) == 900


async def test_one_object_and_objects_over_several_lines_are_rows(tmp_path: Path) -> None:
    one = json.dumps(RECORDS[0] | {"附件": [{"名": "a.pdf"}]}, indent=2)
    assert await contents(written(tmp_path / "a.json", one)) == ["路灯"]
    assert await contents(written(tmp_path / "b.json", one + "\n" + json.dumps(RECORDS[1], indent=2))) == [
        "路灯",
        "积水",
    ]


async def test_blank_lines_and_a_mark_at_the_beginning_say_nothing(tmp_path: Path) -> None:
    lines = ["", *(json.dumps(one) for one in RECORDS), "  ", ""]
    assert await contents(written(tmp_path / "a.jsonl", "\n\n".join(lines), "utf-8-sig")) == ["路灯", "积水"]


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("9" * 4400, "NUMBER_UNREADABLE"),
        ("NaN", "NUMBER_UNREADABLE"),
        ("-Infinity", "NUMBER_UNREADABLE"),
        ("1.1e17", "NUMBER_DAMAGED"),
        ("1e999", "NUMBER_UNREADABLE"),
        ('{"a": {"b": [1]}}', "VALUE_NOT_PLAIN"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
async def test_a_value_that_is_none_is_reported_with_its_row_and_the_rest_goes_on(
    tmp_path: Path, value: str, reason: str, name: str
) -> None:
    odd = f'{{"编号": "A3", "内容": "噪音", "手机号": {value}}}'
    lines = [json.dumps(RECORDS[0]), odd, json.dumps(RECORDS[1])]
    text = "\n".join(lines) if name == "a.jsonl" else f"[{','.join(lines)}]"
    found, said = await filings(written(tmp_path / name, text))
    assert ([one.content.clear.text for one in found], said) == (["路灯", "噪音", "积水"], [(2, reason)])


async def test_a_name_given_twice_in_an_object_loses_no_value(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"内容": "路灯", "内容": "积水"}\n{"内容": "下水"}')
    registrar = MemoryRegistrar()
    summary, _ = await imported(options(path), registrar)
    assert summary.columns_not_imported == ["内容 (2)"]
    assert [one.content.clear.text for one in registrar.filings.values()] == ["路灯", "下水"]


@pytest.mark.parametrize("name", ["ID", "编号", "信访编号"])
@pytest.mark.parametrize("number", [PERSONAL, "13800138001", "0571-88888888", "110101900307001"])
async def test_a_column_of_peoples_numbers_is_never_a_row_number_and_in_no_output(
    tmp_path: Path, name: str, number: str
) -> None:
    others = ("110101199003070038", "13800138002", "0571-88888889", "110101900307002")
    other = others[(PERSONAL, "13800138001", "0571-88888888", "110101900307001").index(number)]
    path = written(tmp_path / "a.csv", f"{name},内容,姓名\n{number},路灯,甲\n{other},积水,乙\n")
    registrar = MemoryRegistrar()
    report, receipts = tmp_path / "report.csv", tmp_path / "receipts.csv"
    await imported_quietly(path, report, receipts, registrar)
    sent = list(registrar.filings.values())
    assert len(sent) == 2
    assert not any(one.HasField("source_reference") for one in sent)
    for output in (report, receipts):
        assert number not in output.read_text(encoding="utf-8-sig")


async def imported_quietly(path: Path, report: Path, receipts: Path, registrar: MemoryRegistrar) -> None:
    from huiyin_cli.importing.progress import SilentProgress
    from huiyin_cli.importing.run import run_import

    await run_import(options(path, report, receipts=receipts), registrar, SilentProgress())


async def test_one_persons_number_among_row_numbers_is_not_taken_either(tmp_path: Path) -> None:
    rows = "".join(f"A{number},第{number}件\n" for number in range(5))
    found, lines = await filings(written(tmp_path / "a.csv", f"编号,内容\n{rows}{PERSONAL},路灯\n"))
    assert lines == [(7, "ROW_ID_PERSONAL")]
    assert not found[-1].HasField("source_reference")


async def test_a_title_that_names_one_column_by_chance_is_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "标题\n编号,内容\nA1,路灯\n")
    assert await contents(path) == ["路灯"]


async def test_a_row_of_data_that_names_columns_by_chance_is_no_heading(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "编号,内容,形式,备注\nA1,标题,电话,地址\n")
    assert await contents(path) == ["标题"]

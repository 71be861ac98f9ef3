"""Workbooks as offices keep them: several sheets, merged cells, formulas, errors, two date systems."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.table import ReadOptions
from tests.unit.importing.import_support import HEADERS, MemoryRegistrar, imported, options, reasons, row
from tests.unit.importing.workbook_parts import CHINESE_DATE, DATE, PERCENT, cell, line, write_parts

COLUMNS = ("编号", "姓名", "手机号", "内容", "信访日期")
HEAD = line(1, *COLUMNS)


def book(path: Path, fill: Callable[[Worksheet], None]) -> Path:
    made = openpyxl.Workbook()
    assert isinstance(made.active, Worksheet)
    fill(made.active)
    made.save(path)
    return path


async def requests(path: Path, **changes: Any) -> list[RegisterPetitionRequest]:
    registrar = MemoryRegistrar()
    summary, _ = await imported(options(path, **changes), registrar)
    assert summary.refused == 0
    return list(registrar.filings.values())


async def report(path: Path, **changes: Any) -> list[tuple[int, str, str, str]]:
    _, lines = await imported(options(path, **changes))
    return [(one["row"], one["place"], one["outcome"], one["reason"]) for one in lines]


def received(request: RegisterPetitionRequest) -> str:
    return request.received_time.ToDatetime(UTC).isoformat()


async def test_every_sheet_is_read_by_its_own_columns(tmp_path: Path) -> None:
    months = {
        "一月": [HEAD, line(2, "A1", "甲", "13800138001", "路灯", "2026-01-05")],
        "二月": [
            line(1, "二月信访登记"),
            line(2, "内容", "编号"),
            line(3, "积水", "B1"),
            line(4, "下水", "B2"),
        ],
        "空": [],
    }
    registrar = MemoryRegistrar()
    summary, lines = await imported(options(write_parts(tmp_path / "a.xlsx", months)), registrar)
    contents = [request.content.clear.text for request in registrar.filings.values()]
    assert (summary.rows_read, contents) == (3, ["路灯", "积水", "下水"])
    assert [(one["sheet"], one["row"], one["outcome"]) for one in lines] == [("空", 0, "not_read")]
    assert summary.is_clean


async def test_a_sheet_that_is_not_read_is_named_with_the_reason(tmp_path: Path) -> None:
    sheets = {
        "登记": [HEAD, line(2, "A1", "甲", "", "路灯", "2026-01-05")],
        "代码": [line(1, "代码", "名称"), line(2, "1", "甲")],
        "旧表": [HEAD, line(2, "A2", "乙", "", "积水", "2026-01-05")],
    }
    path = write_parts(tmp_path / "a.xlsx", sheets, hidden=["旧表"])
    summary, lines = await imported(options(path))
    assert [(one["sheet"], one["reason"]) for one in lines] == [
        ("旧表", "SHEET_HIDDEN"),
        ("代码", "CONTENT_COLUMN_MISSING"),
    ]
    assert sorted(summary.sheets_not_read) == ["代码", "旧表"]
    assert not summary.is_clean  # a visible sheet holds something that nobody chose to leave
    chosen, lines = await imported(options(path, reading=ReadOptions(sheets=("旧表", "登记"))))
    assert (chosen.registered, chosen.is_clean) == (2, True)
    assert [(one["sheet"], one["reason"]) for one in lines] == [("代码", "SHEET_NOT_CHOSEN")]


async def test_rows_under_a_merged_cell_carry_its_value(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        for values in (COLUMNS, ("A1", "甲", "13800138001", "路灯", None), ("A2", None, None, "积水", None)):
            sheet.append(values)
        sheet.append(("A3", None, None, "下水", None))
        sheet.append(("A4", "乙", None, "噪音", None))
        sheet.append((None, None, None, None, None))
        sheet.merge_cells("B2:B4")
        sheet.merge_cells("C2:C3")
        sheet.merge_cells("B5:B6")

    people = [one.petitioner.clear.person for one in await requests(book(tmp_path / "a.xlsx", fill))]
    assert [(person.name, person.phone) for person in people] == [
        ("甲", "13800138001"),
        ("甲", "13800138001"),
        ("甲", ""),
        ("乙", ""),
    ]


async def test_a_note_merged_across_all_columns_is_not_spread_over_the_fields(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        for values in (COLUMNS, ("A1", "甲", None, "路灯", None), ("注：本表由窗口填写。",)):
            sheet.append(values)
        sheet.merge_cells("A3:E3")

    assert await report(book(tmp_path / "a.xlsx", fill)) == [
        (2, "E2", "doubt", "TIME_MISSING"),
        (3, "", "skipped", "ROW_EMPTY"),
    ]


async def test_headings_in_two_merged_rows_are_read_as_one(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(("2026年信访登记表",))
        sheet.append(("编号", "信访人", None, "内容", "信访日期"))
        sheet.append((None, "姓名", "手机号", None, None))
        sheet.append(("A1", "甲", "13800138001", "路灯", "2026-01-05"))
        for cells in ("A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3"):
            sheet.merge_cells(cells)

    request = (await requests(book(tmp_path / "a.xlsx", fill)))[0]
    assert (request.petitioner.clear.person.name, request.petitioner.clear.person.phone) == (
        "甲",
        "13800138001",
    )
    assert (request.content.clear.text, received(request)) == ("路灯", "2026-01-04T16:00:00+00:00")


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (cell("B2", "", "n", formula="A1"), Reason.FORMULA_NOT_CALCULATED),
        (cell("B2", "0", "n", formula="A1"), Reason.FORMULA_NOT_CALCULATED),
        *((cell("B2", error, "e"), Reason.CELL_ERROR) for error in ("#REF!", "#N/A", "#DIV/0!", "#NAME?")),
        *(
            (cell("B2", error, "e"), Reason.CELL_ERROR)
            for error in ("#VALUE!", "#SPILL!", "#CALC!", "Err:502")
        ),
        (cell("B2", "99", "s"), Reason.CELL_ERROR),
        (cell("B2", "1,5", "n"), Reason.NUMBER_UNREADABLE),
        (cell("B2", "110101199001010113", "n"), Reason.NUMBER_DAMAGED),
    ],
)
async def test_a_cell_without_a_value_is_reported_by_row_and_column_and_never_silently_empty(
    tmp_path: Path, made: str, reason: Reason
) -> None:
    rows = [
        HEAD,
        line(2, "A1", made, "", "路灯", "2026-01-05"),
        line(3, "A2", "乙", "", "积水", "2026-01-05"),
    ]
    path = write_parts(tmp_path / "a.xlsx", {"登记": rows}, book='<calcPr fullCalcOnLoad="1"/>')
    assert await report(path) == [(2, "B2", "doubt", reason)]


async def test_an_error_is_reported_in_a_column_that_is_not_imported_as_well(tmp_path: Path) -> None:
    rows = [line(1, "编号", "内容", "备注"), line(2, "A1", "路灯", cell("C2", "#REF!", "e"))]
    assert await report(write_parts(tmp_path / "a.xlsx", {"登记": rows})) == [
        (2, "C2", "doubt", "CELL_ERROR")
    ]


async def test_a_formula_with_its_value_is_a_value(tmp_path: Path) -> None:
    made = (cell("B2", "甲", "str", formula="X1"), cell("C2", "", "str", formula="X2"))
    rows = [HEAD, line(2, "A1", *made, "路灯", "2026-01-05")]
    request = (await requests(write_parts(tmp_path / "a.xlsx", {"登记": rows})))[0]
    assert request.petitioner.clear.person.name == "甲"


@pytest.mark.parametrize("system", ["", '<workbookPr date1904="1"/>', '<workbookPr date1904="true"/>'])
@pytest.mark.parametrize("style", [0, DATE, CHINESE_DATE])
async def test_a_date_means_the_same_in_both_date_systems_formatted_or_not(
    tmp_path: Path, system: str, style: int
) -> None:
    serial = 46083 - (1462 if system else 0)
    rows = [HEAD, line(2, "A1", "", "", "路灯", cell("E2", f"{serial}.628587962962963", "n", style))]
    request = (await requests(write_parts(tmp_path / "a.xlsx", {"登记": rows}, book=system)))[0]
    assert received(request) == "2026-03-02T07:05:10+00:00"


async def test_a_time_written_as_a_text_in_the_format_is_read(tmp_path: Path) -> None:
    rows = [HEAD, line(2, "A1", "", "", "路灯", cell("E2", "2026-03-02T15:05:10", "d"))]
    assert received((await requests(write_parts(tmp_path / "a.xlsx", {"登记": rows})))[0]) == (
        "2026-03-02T07:05:10+00:00"
    )


async def test_a_percentage_or_a_number_kept_as_text_is_what_it_says(tmp_path: Path) -> None:
    rows = [
        line(1, "编号", "内容", "信访人数", "手机号"),
        line(2, "A1", "路灯", cell("C2", "0.5", "n", PERCENT), "13800138001"),
        line(3, "A2", "积水", "12人", cell("D3", "13800138002", "n")),
    ]
    registrar = MemoryRegistrar()
    _, lines = await imported(options(write_parts(tmp_path / "a.xlsx", {"登记": rows})), registrar)
    assert reasons(lines) == [(2, "PERSON_COUNT_INVALID")]
    said = [(one.person_count, one.petitioner.clear.person.phone) for one in registrar.filings.values()]
    assert said == [(0, "13800138001"), (12, "13800138002")]


async def test_cells_and_rows_without_references_and_shared_texts_are_read(tmp_path: Path) -> None:
    spoken = "<rPh><t>a</t></rPh>"
    bare = [
        "<row><c t='s'><v>0</v></c><c t='s'><v>1</v></c></row>",
        f"<row><c t='s'><v>2</v></c><c t='inlineStr'><is>{'<r><t>灯</t></r>' * 2}{spoken}</is></c></row>",
    ]
    path = write_parts(tmp_path / "a.xlsx", {"登记": bare}, texts=["编号", "内容", "A1"])
    assert [one.content.clear.text for one in await requests(path)] == ["灯灯"]


async def test_totals_headings_again_and_rows_of_nothing_but_a_number_are_skipped_and_named(
    tmp_path: Path,
) -> None:
    said = [line(number, f"A{number}", "甲", "", f"第{number}件", "2026-01-05") for number in (2, 3)]
    rows = [HEAD, *said, line(4, *COLUMNS), line(5, "A5"), line(6, "合计", "2", "", "", "")]
    summary, lines = await imported(options(write_parts(tmp_path / "a.xlsx", {"登记": rows})))
    assert reasons(lines) == [(4, "ROW_HEADING"), (5, "ROW_EMPTY"), (6, "ROW_TOTAL")]
    assert (summary.registered, summary.skipped, summary.refused, summary.is_clean) == (2, 3, 0, True)


async def test_names_of_columns_may_have_line_breaks_spaces_and_wide_letters(tmp_path: Path) -> None:
    rows = [line(1, "ＩＤ", "信访人\n姓 名", "联系\r\n电话", " 诉求 内容 "), line(2, "A1", "甲", "", "路灯")]
    request = (
        await requests(write_parts(tmp_path / "a.xlsx", {"登记": rows}), columns={"name": "信访人姓 名"})
    )[0]
    assert (request.petitioner.clear.person.name, request.content.clear.text) == ("甲", "路灯")


async def test_of_columns_with_one_name_the_one_meant_is_told_by_its_letter(tmp_path: Path) -> None:
    rows = [line(1, "编号", "内容", "电话", "电话"), line(2, "A1", "路灯", "0571-88888888", "13800138001")]
    path = write_parts(tmp_path / "a.xlsx", {"登记": rows})
    with pytest.raises(InputError) as caught:
        await imported(options(path))
    assert caught.value.fault.facts["columns"] == "电话 (C)、电话 (D)"
    request = (await requests(path, columns={"phone": "电话 (D)"}))[0]
    assert request.petitioner.clear.person.phone == "13800138001"


async def test_a_value_in_a_column_without_a_name_is_reported(tmp_path: Path) -> None:
    rows = [line(1, "编号", "内容", "", "信访日期"), line(2, "A1", "路灯", "急", "2026-01-05", "另见附件")]
    assert await report(write_parts(tmp_path / "a.xlsx", {"登记": rows})) == [
        (2, "C2", "doubt", "COLUMN_WITHOUT_NAME"),
        (2, "E2", "doubt", "COLUMN_WITHOUT_NAME"),
    ]


async def test_columns_that_are_not_imported_are_named(tmp_path: Path) -> None:
    rows = [line(1, "编号", "内容", "登记人", "批示"), line(2, "A1", "路灯", "丙", "阅")]
    summary, _ = await imported(options(write_parts(tmp_path / "a.xlsx", {"登记": rows})))
    assert summary.columns_not_imported == ["登记人", "批示"]


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), Reason.FORMAT_OLD),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), Reason.FILE_ENCRYPTED),
        (b"<html><table><tr><td>1</td></tr></table></html>", Reason.FORMAT_PAGE),
        (b'<?xml version="1.0"?><Workbook/>', Reason.FORMAT_PAGE),
        (b"%PDF-1.7 " + bytes(30), Reason.FORMAT_UNKNOWN),
        (b"PK\x03\x04" + bytes(40), Reason.FILE_BROKEN),
    ],
)
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls", "a.csv"])
async def test_a_file_of_another_kind_is_refused_with_what_to_do(
    tmp_path: Path, start: bytes, reason: Reason, name: str
) -> None:
    (tmp_path / name).write_bytes(start)
    with pytest.raises(InputError) as caught:
        await imported(options(tmp_path / name))
    assert caught.value.fault.reason is reason


@pytest.mark.parametrize(
    "spoilt",
    [
        "<row r='x'/>",
        "<row r='2'><c r='ZZZ2'/></row>",
        "<row r='2'><c r='A2' s='y'/></row>",
        "<row r='2'><c r='A2'>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    ],
)
async def test_a_sheet_whose_parts_make_no_sense_is_refused(tmp_path: Path, spoilt: str) -> None:
    path = write_parts(tmp_path / "a.xlsx", {"登记": [HEAD, spoilt]})
    with pytest.raises(InputError) as caught:
        await imported(options(path))
    assert caught.value.fault.reason is Reason.FILE_BROKEN


async def test_entities_that_unfold_are_not_followed(tmp_path: Path) -> None:
    prolog = "<!DOCTYPE a [<!ENTITY b 'bbbb'>]>"
    path = write_parts(
        tmp_path / "a.xlsx", {"登记": [line(1, "编号", "内容"), line(2, "A1", "&b;")]}, prolog=prolog
    )
    with pytest.raises(InputError) as caught:
        await imported(options(path))
    assert caught.value.fault.reason is Reason.FILE_BROKEN


async def test_a_text_file_with_the_name_of_a_workbook_is_read(tmp_path: Path) -> None:
    text = "\n".join(",".join(map(str, values)) for values in (HEADERS, row(1, "积水")))
    (tmp_path / "a.xlsx").write_text(text, encoding="gb18030")
    assert [one.content.clear.text for one in await requests(tmp_path / "a.xlsx")] == ["积水"]


def test_the_moment_that_the_tests_mean_is_the_one_in_their_cells() -> None:
    assert (datetime(2026, 3, 2) - datetime(1899, 12, 30)).days == 46083  # noqa: DTZ001 # a count of days

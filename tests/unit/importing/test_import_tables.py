"""Workbooks, CSV and JSON files give the same table; what cannot be read is refused or reported, not lost."""

import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from huiyin_cli.importing.columns import Mapping, built_in, known_names
from huiyin_cli.importing.faults import InputError, Reason, RowProblem
from huiyin_cli.importing.formats import open_tables
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.table import Headings, ReadOptions, TableRow, Tables
from tests.unit.importing.import_support import HEADERS, row, write_csv, write_json, write_xlsx

LIMITS = ImportLimits(row_chars_max=2000)
ROWS = [row(1), row(2, '第一行\n第二行，有“引号”和"引号"'), row(3, "积水")]


def read(path: Path, limits: ImportLimits = LIMITS, **options: object) -> list[TableRow | RowProblem]:
    with tables_of(path, limits, **options) as found:
        return [row for table in found.tables for row in table.rows]


def tables_of(path: Path, limits: ImportLimits = LIMITS, **options: object) -> AbstractContextManager[Tables]:
    """The tables, with the names of columns that the command knows."""
    headings = Headings(known_names(Mapping(), built_in()))
    return open_tables(path, ReadOptions(**options), limits, headings)  # type: ignore[arg-type] # names as in ReadOptions


def refused(path: Path, limits: ImportLimits = LIMITS, **options: object) -> Reason:
    with pytest.raises(InputError) as caught:
        read(path, limits, **options)
    return caught.value.fault.reason


def problems(path: Path) -> Iterator[tuple[int, Reason]]:
    for entry in read(path):
        if isinstance(entry, RowProblem):
            yield entry.number, entry.faults[0].reason


def contents(path: Path, **options: object) -> list[tuple[int, object]]:
    rows = [entry for entry in read(path, LIMITS, **options) if isinstance(entry, TableRow)]
    return [(entry.number, entry.cells["留言详情"]) for entry in rows]


def test_every_format_gives_the_same_rows(tmp_path: Path) -> None:
    said = [line[4] for line in ROWS]
    book = contents(write_xlsx(tmp_path / "a.xlsx", ROWS))
    text = contents(write_csv(tmp_path / "a.csv", ROWS))
    array = contents(write_json(tmp_path / "a.json", ROWS))
    lines = contents(write_json(tmp_path / "a.jsonl", ROWS))
    assert book == text == list(zip((2, 3, 4), said, strict=True))
    assert array == lines == list(zip((1, 2, 3), said, strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_file_reads_the_same_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    path = write_csv(tmp_path / "a.csv", ROWS, encoding=encoding)
    assert contents(path)[2] == (4, "积水")


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_the_delimiter_is_the_one_in_the_header(tmp_path: Path, delimiter: str) -> None:
    lines = (delimiter.join(map(str, line)) for line in (HEADERS, row(1, "积水")))
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert contents(path) == [(2, "积水")]


def test_a_spreadsheet_date_comes_as_a_date(tmp_path: Path) -> None:
    moment = datetime.fromisoformat("2019-02-28 11:25:05")
    entry = read(write_xlsx(tmp_path / "a.xlsx", [row(1, time=moment)]))[0]
    assert isinstance(entry, TableRow)
    assert entry.cells["留言时间"] == moment


def test_rows_are_numbered_as_the_spreadsheet_shows_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, line in ((3, list(HEADERS)), (4, row(1, "甲")), (7, row(2, "乙"))):
        for column, cell in enumerate(line, start=2):
            sheet.cell(number, column, cell)
    book.save(tmp_path / "a.xlsx")
    assert contents(tmp_path / "a.xlsx") == [(4, "甲"), (7, "乙")]


def test_names_of_columns_may_stand_below_a_title(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", [list(HEADERS), row(1, "甲")], headers=["某市留言", "", "", "", ""]
    )
    assert contents(path, header_row=2) == [(3, "甲")]


def test_the_sheet_that_is_named_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("导出")
    for line in (list(HEADERS), row(1, "甲")):
        sheet.append(line)
    book.save(tmp_path / "a.xlsx")
    assert contents(tmp_path / "a.xlsx", sheets=("导出",)) == contents(tmp_path / "a.xlsx") == [(2, "甲")]
    assert refused(tmp_path / "a.xlsx", sheets=("别的",)) is Reason.SHEET_MISSING


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ROWS)
    whole = path.read_bytes()
    for length in (50, len(whole) // 2, len(whole) - 10):
        path.write_bytes(whole[:length])
        assert refused(path) is Reason.FILE_BROKEN


def test_a_workbook_with_a_damaged_part_is_refused(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ROWS)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as damaged:
        for name in whole.namelist():
            data = whole.read(name)
            damaged.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    assert refused(tmp_path / "b.xlsx") is Reason.FILE_BROKEN


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", ROWS)
    assert refused(path, ImportLimits(workbook_bytes_max=1000)) is Reason.FILE_TOO_LARGE


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.jsonl"])
def test_an_empty_text_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert refused(tmp_path / name) is Reason.FILE_EMPTY


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert refused(tmp_path / "a.xlsx") is Reason.FILE_EMPTY


def test_an_empty_file_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    assert refused(tmp_path / "a.xlsx") is Reason.FILE_BROKEN


def test_a_file_of_blank_lines_has_no_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n , \n\n", encoding="utf-8")
    assert refused(tmp_path / "a.csv") is Reason.HEADER_MISSING


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "a.csv") is Reason.FILE_MISSING


def test_a_file_is_known_by_how_it_begins_and_an_unknown_format_is_refused(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "a.xlsx", ROWS)
    assert len(read(book.rename(tmp_path / "a.csv"))) == len(ROWS)
    assert refused(tmp_path / "a.csv", format="csv") is Reason.FORMAT_UNKNOWN
    text = write_csv(tmp_path / "b.csv", ROWS)
    assert refused(text.rename(tmp_path / "b.bin")) is Reason.FORMAT_UNKNOWN
    assert len(read(tmp_path / "b.bin", format="csv")) == len(ROWS)
    assert len(read((tmp_path / "b.bin").rename(tmp_path / "b.xlsx"))) == len(ROWS)


def test_cells_beyond_the_columns_are_reported_and_blank_or_missing_ones_are_not(tmp_path: Path) -> None:
    rows = [row(1), [*row(2), "多"], [*row(3), "", " "], row(4)[:3], row(5)]
    path = write_csv(tmp_path / "a.csv", rows)
    assert list(problems(path)) == [(3, Reason.ROW_LENGTH)]
    assert [number for number, _ in contents(path)] == [2, 4, 5, 6]


def test_a_broken_quote_is_reported_and_the_next_rows_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1), row(2)])
    with path.open("a", encoding="utf-8") as file:
        file.write('3,U,主题,2019/1/1,"说"了\n4,U,主题,2019/1/1,好的\n')
    assert list(problems(path)) == [(4, Reason.ROW_MALFORMED)]
    assert [number for number, _ in contents(path)] == [2, 3, 5]


def test_a_quote_that_never_ends_is_reported_with_the_lines_it_took(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1)])
    with path.open("a", encoding="utf-8") as file:
        file.write('2,U,主题,2019/1/1,"没有结束\n3,U,主题,2019/1/1,被吞\n')
    last = read(path)[-1]
    assert isinstance(last, RowProblem)
    assert last.faults[0].facts == {"first_line": "3", "last_line": "4"}


def test_an_object_that_is_none_is_reported_and_the_others_are_read(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.jsonl", ROWS)
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1:1] = ["[1, 2]", "{broken", "", "[" * 100_000, "1" * 5000]
    path.write_text("\n".join(lines), encoding="utf-8")
    limits = ImportLimits(row_chars_max=3000)
    found = [
        (entry.number, entry.faults[0].reason)
        for entry in read(path, limits)
        if isinstance(entry, RowProblem)
    ]
    assert found == [
        (2, Reason.ROW_NOT_OBJECT),
        (3, Reason.ROW_MALFORMED),
        (5, Reason.ROW_TOO_LARGE),
        (6, Reason.ROW_TOO_LARGE),
    ]
    assert [number for number, _ in contents(path)] == [1, 7, 8]


def test_a_deeply_nested_value_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("[" * 100_000 + "\n", encoding="utf-8")
    path.write_text('{"留言详情": ' + "[" * 100_000 + "\n", encoding="utf-8")
    entries = read(path, ImportLimits())
    assert [type(entry) for entry in entries] == [RowProblem]


def test_a_truncated_array_gives_what_is_whole_and_reports_the_rest(tmp_path: Path) -> None:
    path = write_json(tmp_path / "a.json", ROWS)
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.rindex("积水")], encoding="utf-8")
    assert [number for number, _ in contents(path)] == [1, 2]
    assert list(problems(path)) == [(3, Reason.REST_UNREADABLE)]


def test_an_array_longer_than_one_reading_is_read_whole(tmp_path: Path) -> None:
    rows = [row(number, "路灯不亮" * 50) for number in range(500)]
    path = write_json(tmp_path / "a.json", rows)
    assert path.stat().st_size > 4 * 64 << 10
    assert len(contents(path)) == 500


def test_how_far_a_file_was_read_grows_to_its_end(tmp_path: Path) -> None:
    rows = [row(number) for number in range(2000)]
    for path in (write_csv(tmp_path / "a.csv", rows), write_xlsx(tmp_path / "a.xlsx", rows)):
        with tables_of(path) as found:
            table = found.tables[0]
            fractions = [table.fraction() for _ in table.rows]
        assert fractions == sorted(fractions)
        assert 0 <= fractions[0] <= fractions[-1] == 1

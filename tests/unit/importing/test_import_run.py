"""An import accounts for every row, and running it again changes nothing, wherever it was stopped."""

import csv
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest, RegistrationOutcome
from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.report import ImportSummary
from huiyin_cli.importing.run import run_import
from huiyin_cli.importing.sender import BatchRefusedError, RegistrarUnavailableError
from huiyin_kernel.clock import ManualClock
from tests.unit.importing.import_support import (
    HEADERS,
    LIMITS,
    MemoryRegistrar,
    imported,
    options,
    reasons,
    report_lines,
    row,
    write_csv,
    write_json,
    write_xlsx,
)

Batch = Sequence[RegisterPetitionRequest]
NAMELESS = ("用户", "时间", "内容")


class Killed(BaseException):
    """The importing process is gone."""


class KilledRegistrar(MemoryRegistrar):
    """Registers, and the process is killed before the answer of one call comes."""

    def __init__(self, at_call: int) -> None:
        super().__init__()
        self.at_call = at_call

    async def register(self, batch: Batch, *, trial: bool = False) -> Sequence[RegistrationOutcome]:
        outcomes = await super().register(batch, trial=trial)
        if len(self.batch_sizes) == self.at_call:
            raise Killed
        return outcomes


class Listening:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.fractions: list[float] = []
        self.ended = 0

    def begin(self, file: str) -> None:
        self.notes.append(file)

    def advance(self, fraction: float, summary: ImportSummary) -> None:
        self.fractions.append(fraction)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def end(self) -> None:
        self.ended += 1


def mixed(count: int) -> list[list[object]]:
    """Rows of which every seventh has a time that has to be told how to read."""
    return [
        row(number, f"第{number}件", time="3/2/2026" if number % 7 == 0 else "2026-03-02")
        for number in range(1, count + 1)
    ]


async def test_good_rows_get_in_and_each_bad_one_is_reported(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    summary, lines = await imported(options(write_xlsx(tmp_path / "a.xlsx", mixed(30))), registrar)
    assert (summary.rows_read, summary.registered, summary.refused) == (30, 26, 4)
    assert reasons(lines) == [(number + 1, "TIME_AMBIGUOUS") for number in (7, 14, 21, 28)]
    assert [line["row_id"] for line in lines] == ["7", "14", "21", "28"]
    assert summary.complete
    assert not summary.is_clean


async def test_running_it_again_changes_nothing(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    path = write_xlsx(tmp_path / "a.xlsx", mixed(30))
    _, first = await imported(options(path), registrar)
    before = dict(registrar.filings)
    summary, second = await imported(options(path), registrar)
    assert registrar.filings == before
    assert (summary.registered, summary.repeated, summary.refused) == (0, 26, 4)
    assert second == first


async def test_a_file_that_was_moved_or_saved_in_another_format_changes_nothing(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    rows = [row(number, f"第{number}件") for number in range(10)]
    await imported(options(write_xlsx(tmp_path / "a.xlsx", rows)), registrar)
    before = dict(registrar.filings)
    random.Random(1).shuffle(rows)
    (tmp_path / "moved").mkdir()
    for path in (
        write_csv(tmp_path / "moved" / "b.csv", rows, encoding="gb18030"),
        write_json(tmp_path / "c.jsonl", rows),
    ):
        summary, _ = await imported(options(path), registrar)
        assert (summary.repeated, summary.registered) == (10, 0)
    assert registrar.filings == before


@pytest.mark.parametrize("headers", [HEADERS, ("无", *HEADERS[1:])], ids=["numbered", "unnumbered"])
@pytest.mark.parametrize("at_call", [1, 2, 5, 9, 10])
async def test_an_import_killed_half_way_is_finished_by_running_it_again(
    tmp_path: Path, headers: Sequence[str], at_call: int
) -> None:
    path = write_csv(tmp_path / "a.csv", mixed(30), headers=headers)
    registrar = KilledRegistrar(at_call)
    with pytest.raises(Killed):
        await imported(options(path), registrar)
    summary, lines = await imported(options(path), registrar)
    whole = MemoryRegistrar()
    await imported(options(path), whole)
    assert registrar.filings == whole.filings
    assert summary.registered + summary.repeated == 26
    assert summary.repeated > 0
    assert len(lines) == summary.refused == 4


@settings(max_examples=25, deadline=None)
@given(
    contents=st.lists(st.sampled_from(["路灯不亮", "积水", " 积水", "下水道"]), max_size=12),
    outages=st.lists(st.booleans(), max_size=6),
    rows=st.integers(1, 5),
    in_flight=st.integers(1, 3),
)
async def test_every_row_is_accounted_for_whatever_happens_on_the_way(
    tmp_path_factory: pytest.TempPathFactory,
    contents: list[str],
    outages: list[bool],
    rows: int,
    in_flight: int,
) -> None:
    left = list(outages)

    def before(batch: Batch) -> None:
        if left and left.pop():
            raise RegistrarUnavailableError

    lines = [["U1", "2019/2/28", content] for content in contents]
    path = write_csv(tmp_path_factory.mktemp("rows") / "a.csv", lines, headers=NAMELESS)
    limits = ImportLimits(batch_rows=rows, in_flight=in_flight, backoff_first_seconds=0, attempts_max=9)
    registrar = MemoryRegistrar(before)
    summary, report = await imported(options(path, limits=limits), registrar)
    assert summary.rows_read == len(contents)
    assert summary.registered + summary.repeated + summary.refused == summary.rows_read
    assert len(registrar.filings) == len(contents)
    assert [line["row"] for line in report] == sorted(line["row"] for line in report)


async def test_duplicates_are_filings_of_their_own_and_are_reported(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    rows = [row(1, "路灯 不亮"), row(2, "积水"), row(3, "\u3000路灯不亮\n"), row(4, "路灯不亮")]
    summary, lines = await imported(options(write_xlsx(tmp_path / "a.xlsx", rows)), registrar)
    assert len(registrar.filings) == 4
    assert (summary.registered, summary.duplicates, summary.refused) == (4, 2, 0)
    assert [(line["row"], line["outcome"], line["reason"]) for line in lines] == [
        (4, "duplicate", "DUPLICATE_CONTENT"),
        (5, "duplicate", "DUPLICATE_CONTENT"),
    ]
    assert all("2" in line["message"] for line in lines)
    assert summary.is_clean


async def test_exact_duplicates_without_numbers_are_kept_apart_on_every_run(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    path = write_csv(tmp_path / "a.csv", [["U1", "2019/2/28", "路灯不亮"]] * 3, headers=NAMELESS)
    first, _ = await imported(options(path), registrar)
    again, _ = await imported(options(path.rename(tmp_path / "b.csv")), registrar)
    assert (first.registered, again.repeated, len(registrar.filings)) == (3, 3, 3)


async def test_rows_without_numbers_are_the_same_when_only_their_classing_changes(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    path = write_csv(tmp_path / "a.csv", [["U1", "2019/2/28", "路灯不亮"]], headers=NAMELESS)
    await imported(options(path), registrar)
    changed, lines = await imported(
        options(path, constants={"channel": "phone", "division": "990101"}), registrar
    )
    assert (changed.corrected, len(registrar.filings)) == (1, 1)
    assert reasons(lines) == [(2, "CORRECTED")]


class Walled(MemoryRegistrar):
    """Tells nothing of a case that the caller may no longer read."""

    def _told(self, request: RegisterPetitionRequest, outcome: RegistrationOutcome) -> RegistrationOutcome:
        return outcome


async def test_a_changed_row_whose_case_is_no_more_the_callers_to_see_is_reported_as_such(
    tmp_path: Path,
) -> None:
    registrar = Walled()
    await imported(options(write_xlsx(tmp_path / "a.xlsx", [row(1), row(2)])), registrar)
    path = write_xlsx(tmp_path / "a.xlsx", [row(1), row(2, "路灯还是不亮")])
    summary, lines = await imported(options(path), registrar)
    assert (summary.repeated, summary.refused, summary.changed) == (1, 1, 1)
    assert [(line["row"], line["outcome"], line["reason"]) for line in lines] == [
        (3, "changed", "CHANGED_SINCE_IMPORT")
    ]


async def test_equal_numbers_of_two_sources_are_two_filings(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    path = write_xlsx(tmp_path / "a.xlsx", [row(1)])
    await imported(options(path, source="市长信箱"), registrar)
    summary, _ = await imported(options(path, source="热线"), registrar)
    assert (summary.registered, len(registrar.filings)) == (1, 2)


async def test_rows_that_the_service_refuses_are_reported_like_the_others(tmp_path: Path) -> None:
    def refuse(request: RegisterPetitionRequest) -> str:
        return "DIVISION_UNKNOWN" if request.division == "123456" else ""

    headers = (*HEADERS, "问题属地")
    rows = [[*row(n, f"第{n}件"), "123456" if n % 4 == 0 else "990101"] for n in range(1, 11)]
    path = write_xlsx(tmp_path / "a.xlsx", rows, headers=headers)
    summary, lines = await imported(
        options(path, constants={"channel": "web"}), MemoryRegistrar(refuse=refuse)
    )
    assert (summary.registered, summary.refused) == (8, 2)
    assert [(line["row"], line["outcome"], line["reason"], line["message"]) for line in lines] == [
        (5, "refused", "DIVISION_UNKNOWN", _refused_text(5)),
        (9, "refused", "DIVISION_UNKNOWN", _refused_text(9)),
    ]


def _refused_text(row: int) -> str:
    return f"工作表“Sheet”第 {row} 行：服务没有登记这一件（DIVISION_UNKNOWN）：no。"


async def test_a_batch_that_the_service_refuses_whole_costs_only_the_row_at_fault(tmp_path: Path) -> None:
    def before(batch: Batch) -> None:
        if any(request.source_reference.clear.text.endswith(":5") for request in batch):
            raise BatchRefusedError("REQUEST_TOO_LARGE", "too large")

    path = write_xlsx(tmp_path / "a.xlsx", [row(number, f"第{number}件") for number in range(1, 10)])
    summary, lines = await imported(options(path), MemoryRegistrar(before))
    assert (summary.registered, summary.refused) == (8, 1)
    assert reasons(lines) == [(6, "REQUEST_TOO_LARGE")]


async def test_a_service_that_stays_away_stops_the_import_with_a_word(tmp_path: Path) -> None:
    calls = Counter[str]()

    def before(batch: Batch) -> None:
        calls["made"] += 1
        if calls["made"] > 3:
            raise RegistrarUnavailableError

    registrar, reporter = MemoryRegistrar(before), Listening()
    path = write_xlsx(tmp_path / "a.xlsx", [row(number, f"第{number}件") for number in range(30)])
    summary, _ = await imported(options(path, language="en"), registrar, reporter)
    assert not summary.complete
    assert summary.stopped_reason == "SERVICE_UNAVAILABLE"
    assert summary.registered == 9
    assert any("does not answer" in note for note in reporter.notes)
    assert reporter.ended == 1


async def test_persons_are_counted_once_and_appear_in_no_output(tmp_path: Path) -> None:
    rows = [
        row(1, "甲", "A0001"),
        row(2, "乙", "A0002", time="3/2/2026"),
        row(3, "甲", " A0001"),
        row(4, "丙", "A0003"),
    ]
    report, receipts = tmp_path / "report.csv", tmp_path / "receipts.csv"
    chosen = options(write_xlsx(tmp_path / "a.xlsx", rows), report, receipts=receipts)
    summary = await run_import(chosen, MemoryRegistrar(), Listening())
    assert summary.distinct_persons == 2
    assert summary.duplicates == 1
    for path in (report, receipts):
        assert "A000" not in path.read_text(encoding="utf-8-sig")


async def test_receipts_name_the_case_of_each_row_that_is_in(tmp_path: Path) -> None:
    chosen = options(
        write_xlsx(tmp_path / "a.xlsx", [row(1), row(2, time="3/2/2026"), row(3)]),
        receipts=tmp_path / "receipts.jsonl",
    )
    registrar = MemoryRegistrar()
    await imported(chosen, registrar)
    await imported(chosen, registrar)
    lines = report_lines(tmp_path / "receipts.jsonl")
    assert [(line["row"], line["row_id"], line["display_number"]) for line in lines] == [
        (2, "1", "HY1"),
        (4, "3", "HY2"),
    ]
    assert all(line["repeated"] for line in lines)


async def test_a_check_sends_nothing_and_reports_the_same_rows(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", mixed(20))
    checked = await run_import(options(path), None, Listening())
    lines = report_lines(options(path).report_path)
    assert (checked.dry_run, checked.ready, checked.registered, checked.refused) == (True, 18, 0, 2)
    _, sent = await imported(options(path))
    assert sent == lines


async def test_the_report_lies_beside_the_file_and_opens_in_a_spreadsheet(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row("=HYPERLINK(1)", time="3/2/2026"), row(2)])
    await run_import(replace(options(path), report=None), MemoryRegistrar(), Listening())
    report = tmp_path / "a.csv.report.csv"
    assert report.read_bytes().startswith(b"\xef\xbb\xbf")
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    assert [(line["row"], line["reason"]) for line in lines] == [("2", "TIME_AMBIGUOUS")]
    assert lines[0]["row_id"] == "'=HYPERLINK(1)"


async def test_an_output_never_overwrites_the_file_or_another_output(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [row(1)])
    before = path.read_bytes()
    for chosen in (options(path, path), options(path, receipts=path), options(path, path, receipts=path)):
        with pytest.raises(InputError) as caught:
            await imported(chosen)
        assert caught.value.fault.reason is Reason.OUTPUT_TAKEN
    assert path.read_bytes() == before


async def test_an_output_that_cannot_be_written_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    chosen = options(write_csv(tmp_path / "a.csv", [row(1)]), tmp_path / "none" / "report.csv")
    with pytest.raises(InputError) as caught:
        await imported(chosen, registrar)
    assert caught.value.fault.reason is Reason.OUTPUT_UNWRITABLE
    assert not registrar.filings


async def test_a_file_with_columns_and_no_rows_is_complete(tmp_path: Path) -> None:
    summary, lines = await imported(options(write_xlsx(tmp_path / "a.xlsx", [])))
    assert (summary.rows_read, summary.is_clean, lines) == (0, True, [])


async def test_rows_beyond_the_limit_are_reported_as_not_read(tmp_path: Path) -> None:
    limits = LIMITS.model_copy(update={"rows_max": 4})
    path = write_xlsx(tmp_path / "a.xlsx", [row(number, f"第{number}件") for number in range(9)])
    summary, lines = await imported(options(path, limits=limits))
    assert summary.registered == 4
    assert reasons(lines) == [(6, "REST_NOT_READ")]
    assert not summary.is_clean


async def test_batches_stay_within_their_bytes(tmp_path: Path) -> None:
    registrar = MemoryRegistrar()
    limits = ImportLimits(batch_rows=100, batch_bytes=2000)
    path = write_xlsx(tmp_path / "a.xlsx", [row(number, "长" * 300) for number in range(10)])
    await imported(options(path, limits=limits), registrar)
    assert max(registrar.batch_sizes) == 2


async def test_the_figures_agree_with_the_clock_and_the_progress(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 1, 5, tzinfo=UTC))

    def before(batch: Batch) -> None:
        clock.set(datetime(2026, 1, 5, 0, 0, 2, tzinfo=UTC))

    reporter = Listening()
    path = write_xlsx(tmp_path / "a.xlsx", mixed(20))
    summary = await run_import(options(path), MemoryRegistrar(before), reporter, clock)
    assert (summary.seconds, summary.rows_per_second) == (2, 10)
    assert reporter.fractions == sorted(reporter.fractions)
    assert reporter.fractions[-1] == 1
    assert "content ← 留言详情" in reporter.notes[1]

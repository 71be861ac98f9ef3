"""A corrected file puts right what it corrected, once, and says so; an older one puts nothing back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest
from huiyin_cli.importing.report import ImportSummary
from huiyin_cli.importing.run import ImportOptions
from huiyin_cli.importing.sender import RegistrarUnavailableError
from huiyin_kernel.policy import load_policy
from tests.unit.importing.import_support import MemoryRegistrar, imported, options, write_csv

COLUMNS = ("编号", "姓名", "手机号", "内容", "信访日期", "问题属地")
WRONG = [
    ["A1", "甲", "13800138001", "路灯", "2026-03-02", "990101"],
    ["A2", "乙", "13800138002", "积水", "2026-03-02", "990101"],
    ["A3", "丙", "13800138003", "下水", "2026-03-02", "990101"],
]
RIGHT = [
    WRONG[0],
    ["A2", "乙方", "", "积水", "2026-03-01", "990101"],
    [*WRONG[2][:3], "下水道", *WRONG[2][4:]],
]
Figures = tuple[int, int, int, int, int]


class Offices:
    """One registrar, and the files that a clerk imports into it."""

    def __init__(self, folder: Path, registrar: MemoryRegistrar | None = None) -> None:
        self.folder, self.registrar = folder, registrar or MemoryRegistrar()
        self.lines: list[dict[str, Any]] = []

    def described(self, rows: Sequence[Sequence[Any]], **changes: Any) -> ImportOptions:
        path = write_csv(self.folder / "更正.csv", rows, headers=COLUMNS)
        return options(path, constants={"channel": "letter"}, policy=load_policy(), **changes)

    async def imports(self, rows: Sequence[Sequence[Any]], **changes: Any) -> Figures:
        summary, self.lines = await imported(self.described(rows, **changes), self.registrar)
        return figures(summary)

    def said(self) -> list[tuple[int, str, str]]:
        return [(line["row"], line["outcome"], line["reason"]) for line in self.lines]


def figures(summary: ImportSummary) -> Figures:
    return summary.registered, summary.repeated, summary.corrected, summary.kept, summary.refused


@pytest.fixture
async def offices(tmp_path: Path) -> Offices:
    made = Offices(tmp_path)
    assert await made.imports(WRONG) == (3, 0, 0, 0, 0)
    return made


async def test_a_corrected_file_puts_right_what_it_corrected_and_names_the_fields(offices: Offices) -> None:
    assert await offices.imports(RIGHT) == (0, 1, 2, 0, 0)
    assert offices.said() == [(3, "corrected", "CORRECTED"), (4, "corrected", "CORRECTED")]
    assert "信访日期、信访人" in offices.lines[0]["message"]
    assert "主要诉求和情况" in offices.lines[1]["message"]
    case = offices.registrar.standing["case-2"]
    assert case.petitioner.clear.person.name == "乙方"
    assert case.petitioner.clear.person.phone == "13800138002"  # an empty cell takes nothing back
    assert offices.registrar.corrections["case-1"] == []
    reason = offices.registrar.corrections["case-2"][0].reasons.clear.text
    assert reason.startswith("corrected file 更正.csv row 3")


async def test_the_corrected_file_again_changes_nothing(offices: Offices) -> None:
    await offices.imports(RIGHT)
    before = {case: len(made) for case, made in offices.registrar.corrections.items()}
    assert await offices.imports(RIGHT) == (0, 3, 0, 0, 0)
    assert offices.said() == []
    assert {case: len(made) for case, made in offices.registrar.corrections.items()} == before


async def test_an_older_file_puts_nothing_back_unless_it_is_asked_to(offices: Offices) -> None:
    await offices.imports(RIGHT)
    assert await offices.imports(WRONG) == (0, 1, 0, 2, 0)
    assert offices.said() == [(3, "kept", "CORRECTED_SINCE"), (4, "kept", "CORRECTED_SINCE")]
    assert "--correct-again" in offices.lines[0]["message"]
    assert offices.registrar.standing["case-2"].petitioner.clear.person.name == "乙方"
    assert await offices.imports(WRONG, correct_again=True) == (0, 1, 2, 0, 0)
    assert offices.registrar.standing["case-2"].petitioner.clear.person.name == "乙"
    assert await offices.imports(WRONG) == (0, 3, 0, 0, 0)


async def test_what_an_officer_put_right_meanwhile_is_not_overwritten_by_a_file(offices: Offices) -> None:
    request = CorrectRegistrationRequest(case_id="case-3", fields=["content"])
    request.content.clear.text = "下水管"
    await offices.registrar.correct(request)
    assert await offices.imports(RIGHT) == (0, 1, 1, 1, 0)
    assert offices.registrar.standing["case-3"].content.clear.text == "下水管"


async def test_a_dry_run_says_what_the_real_run_does(offices: Offices) -> None:
    for rows in (RIGHT, RIGHT, WRONG, [*RIGHT, ["A4", "丁", "", "噪音", "26-3-2", "990101"]]):
        foreseen = await offices.imports(rows, dry_run=True)
        lines = offices.lines
        assert await offices.imports(rows) == foreseen
        assert offices.lines == lines


async def test_a_damaged_or_unknown_value_overwrites_nothing(offices: Offices) -> None:
    spoilt = [WRONG[0], ["A2", "乙", "1.38E+10", "积水", "2026-03-02", "杭州"], WRONG[2]]
    assert await offices.imports(spoilt) == (0, 3, 0, 0, 0)
    assert offices.said() == [(3, "doubt", "NUMBER_DAMAGED")]
    assert offices.registrar.standing["case-2"].petitioner.clear.person.phone == "13800138002"


async def test_a_row_with_another_number_is_another_filing(offices: Offices) -> None:
    assert await offices.imports([["A9", *WRONG[0][1:]], *WRONG[1:]]) == (1, 2, 0, 0, 0)


class Away(MemoryRegistrar):
    """Puts right, and loses the answer of one correction; or the process dies with it."""

    lost = 0
    error: type[BaseException] = RegistrarUnavailableError

    async def correct(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        done = await super().correct(request)
        if not request.trial and self.lost:
            self.lost -= 1
            raise self.error
        return done


class Killed(BaseException):
    """The importing process is gone."""


async def test_an_interrupted_correction_is_not_made_twice(tmp_path: Path) -> None:
    registrar = Away()
    made = Offices(tmp_path, registrar)
    await made.imports(WRONG)
    registrar.lost, registrar.error = 1, Killed
    with pytest.raises(Killed):
        await made.imports(RIGHT)
    done = sum(len(corrections) for corrections in registrar.corrections.values())
    assert done == 1
    assert await made.imports(RIGHT) == (0, 2, 1, 0, 0)
    assert [len(registrar.corrections[f"case-{number}"]) for number in (1, 2, 3)] == [0, 1, 1]

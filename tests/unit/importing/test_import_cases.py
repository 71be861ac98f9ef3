"""Inputs that went wrong elsewhere get in whole, each doubt with its row, column and reason."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.columns import Mapping, names_in
from huiyin_cli.importing.run import ImportOptions
from huiyin_kernel.policy import load_policy
from tests.shared_data import shared_case
from tests.unit.importing.import_support import AGENCY, SECRET, MemoryRegistrar, imported

Filings = list[RegisterPetitionRequest]


async def case(name: str, tmp_path: Path, **mapping: Any) -> tuple[Filings, list[dict[str, Any]]]:
    chosen = ImportOptions(
        shared_case(name),
        AGENCY,
        SECRET,
        Mapping.model_validate(mapping),
        names_in(load_policy().codes),
        report=tmp_path / "report.jsonl",
    )
    registrar = MemoryRegistrar()
    _, lines = await imported(chosen, registrar)
    return list(registrar.filings.values()), lines


def said(lines: list[dict[str, Any]]) -> list[tuple[int, str, str]]:
    return [(line["row"], line["place"], line["reason"]) for line in lines]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("title-row.xlsx", 2),
        ("title-semicolon.csv", 1),
        ("trailing-comma.csv", 3),
        ("chars-20001.csv", 1),
        ("regions.csv", 13),
        ("records-wrapper.json", 1),
    ],
)
async def test_every_row_gets_in(tmp_path: Path, name: str, count: int) -> None:
    filings, lines = await case(name, tmp_path)
    assert (len(filings), [line for line in lines if line["outcome"] == "refused"]) == (count, [])


@pytest.mark.parametrize("name", ["merged-person.xlsx", "merged-person-corrected.xlsx"])
async def test_rows_under_a_merged_person_are_that_persons(tmp_path: Path, name: str) -> None:
    filings, _ = await case(name, tmp_path)
    assert [one.petitioner.clear.person.name for one in filings] == ["示例1"] * 3 + ["示例4", "示例5"]


async def test_formulas_without_a_value_are_reported_and_the_rows_get_in(tmp_path: Path) -> None:
    filings, lines = await case("formula.xlsx", tmp_path)
    assert len(filings) == 3
    assert said(lines) == [
        (row, f"{column}{row}", "FORMULA_NOT_CALCULATED")
        for row in (2, 3, 4)
        for column in ("BDF" if row == 4 else "BD")
    ]


async def test_damaged_numbers_are_reported_and_not_taken(tmp_path: Path) -> None:
    filings, lines = await case("spoilt.csv", tmp_path)
    people = [one.petitioner.clear.person for one in filings]
    assert [person.identity_number for person in people] == [""] * 4
    assert [person.phone for person in people] == ["", "13800000000", "", "13800000000"]
    assert Counter(line["reason"] for line in lines) == {"NUMBER_DAMAGED": 6}
    assert {line["row"] for line in lines} == {2, 3, 4, 5}


async def test_times_are_read_or_reported_with_the_mapping_that_reads_them(tmp_path: Path) -> None:
    filings, lines = await case("times.csv", tmp_path)
    kept_back = [line for line in lines if line["outcome"] == "refused"]
    assert len(filings) + len(kept_back) == 25
    assert [line["row_id"] for line in kept_back] == ["T11", "T12", "T19", "T20", "T22", "T25"]
    assert [(line["row_id"], line["reason"]) for line in lines if line not in kept_back] == [
        ("T24", "TIME_IMPOSSIBLE")
    ]
    forms = ["usual", "serial-1900", "%y-%m-%d", "%m/%d/%Y", "unix", "%Y.%m"]
    assert all(any(f'"{form}"' in line["message"] for form in forms) for line in kept_back)
    filings, lines = await case("times.csv", tmp_path, time_formats=forms)
    assert (len(filings), [line["row_id"] for line in lines]) == (25, ["T24"])


async def test_a_bad_number_is_reported_with_its_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    filings, lines = await case("big-int.jsonl", tmp_path)
    assert (len(filings), said(lines)) == (3, [(2, "", "NUMBER_UNREADABLE")])
    filings, lines = await case("person-count.csv", tmp_path)
    assert [one.person_count for one in filings] == [3, 0, 5, 5]
    assert said(lines) == [(3, "C3", "PERSON_COUNT_INVALID")]


async def test_a_column_of_identity_numbers_is_no_row_number_whatever_it_is_called(tmp_path: Path) -> None:
    filings, lines = await case("id-column.csv", tmp_path)
    assert [one.petitioner.clear.person.identity_number for one in filings] == [
        "110101199003070011",
        "110101199003070038",
    ]
    assert not any(one.HasField("source_reference") for one in filings)
    assert "1101011990" not in str(lines)

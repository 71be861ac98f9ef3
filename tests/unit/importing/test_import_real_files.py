"""Real files import whole, with the figures that an independent reading of them gives."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from huiyin_cli.importing.columns import Mapping
from huiyin_cli.importing.run import ImportOptions
from tests.shared_data import shared_file
from tests.unit.importing.import_support import AGENCY, SECRET, MemoryRegistrar, imported

MESSAGES = "petitions-4326.xlsx"
REQUESTS = "nyc311-1000.csv"
SHANGHAI = timezone(timedelta(hours=8))
TEXT_TIME = "%Y/%m/%d %H:%M:%S"


def messages() -> Iterator[tuple[Any, ...]]:
    """The rows of the workbook, by another library than the import's."""
    book = openpyxl.load_workbook(shared_file(MESSAGES), read_only=True)
    assert book.active is not None
    yield from book.active.iter_rows(min_row=2, values_only=True)
    book.close()


def told(path: Path, report: Path, **mapping: Any) -> ImportOptions:
    """Options for a real file."""
    return ImportOptions(path, AGENCY, SECRET, Mapping.model_validate(mapping), report=report)


def bare(text: str) -> str:
    """Without what a reader does not see at either end; one subject begins with a zero width space."""
    return text.strip().strip("\u200b").strip()


def local(cell: object) -> datetime:
    moment = cell if isinstance(cell, datetime) else datetime.strptime(str(cell).strip(), TEXT_TIME)  # noqa: DTZ007 # the zone is given below
    return moment.replace(tzinfo=SHANGHAI).astimezone(UTC)


@pytest.fixture
def workbook(tmp_path: Path) -> ImportOptions:
    constants = {"channel": "web", "division": "990101"}
    return told(shared_file(MESSAGES), tmp_path / "report.jsonl", set=constants)


async def test_the_whole_workbook_gets_in_with_the_figures_of_another_reading(
    workbook: ImportOptions,
) -> None:
    rows = list(messages())
    bodies = Counter("".join(str(row[4]).split()) for row in rows)
    registrar = MemoryRegistrar()
    summary, lines = await imported(workbook, registrar)
    assert len(rows) == 4326
    assert (summary.rows_read, summary.registered, summary.repeated) == (4326, 4326, 0)
    assert (summary.refused, summary.complete) == (0, True)
    assert summary.distinct_persons == len({str(row[1]).strip() for row in rows}) == 3332
    assert summary.duplicates == sum(count - 1 for count in bodies.values()) == 109
    assert len(lines) == 109
    assert {line["outcome"] for line in lines} == {"duplicate"}


async def test_each_row_of_the_workbook_says_what_another_reading_says(workbook: ImportOptions) -> None:
    registrar = MemoryRegistrar()
    await imported(workbook, registrar)
    sent = {request.source_reference.clear.text: request for request in registrar.filings.values()}
    forms = Counter[type]()
    for number, user, subject, time, body, *_ in messages():
        request = sent.pop(f"留言编号:{number}")
        forms[type(time)] += 1
        assert request.content.clear.text == bare(body)
        assert request.subject.clear.text == bare(subject)
        assert request.person_reference == user.strip()
        assert request.received_time.ToDatetime(UTC) == local(time)
    assert not sent
    assert forms == {str: 4197, datetime: 129}


async def test_the_workbook_imported_again_changes_nothing(workbook: ImportOptions) -> None:
    registrar = MemoryRegistrar()
    await imported(workbook, registrar)
    before = dict(registrar.filings)
    summary, _ = await imported(workbook, registrar)
    assert (summary.registered, summary.repeated) == (0, 4326)
    assert registrar.filings == before


async def test_foreign_requests_get_in_by_a_mapping(tmp_path: Path) -> None:
    path = shared_file(REQUESTS)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    chosen = told(
        path,
        tmp_path / "report.jsonl",
        source="311",
        time_zone="America/New_York",
        time_formats=["%m/%d/%Y %I:%M:%S %p"],
        columns={"subject": "Complaint Type", "content": "Descriptor", "channel": "Open Data Channel Type"},
        values={
            "channel": {"PHONE": "phone", "ONLINE": "web", "MOBILE": "web", "OTHER": "web", "UNKNOWN": "web"}
        },
        set={"division": "990102"},
    )
    registrar = MemoryRegistrar()
    summary, lines = await imported(chosen, registrar)
    empty = [number for number, row in enumerate(rows, start=2) if not row["Descriptor"].strip()]
    assert summary.rows_read == len(rows) == 1000
    assert [line["row"] for line in lines if line["outcome"] == "refused"] == empty
    assert summary.registered == 1000 - len(empty)
    channels = Counter(row["Open Data Channel Type"] for row in rows if row["Descriptor"].strip())
    assert Counter(request.channel for request in registrar.filings.values())["phone"] == channels["PHONE"]
    first = next(iter(registrar.filings.values()))
    assert first.source_reference.clear.text == f"311:{rows[0]['Unique Key']}"
    assert first.received_time.ToDatetime(UTC) == datetime(2018, 6, 26, 14, 58, 54, tzinfo=UTC)

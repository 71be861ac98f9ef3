"""What the tests of the import share: a registrar in memory, files made on the spot, one call to run it."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Person, Receipt
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    RegisterPetitionRequest,
    RegisterPetitionResponse,
    RegistrationOutcome,
)
from huiyin_cli.importing.columns import Mapping as ColumnMapping
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.progress import ProgressReporter, SilentProgress
from huiyin_cli.importing.report import ImportSummary
from huiyin_cli.importing.run import ImportOptions, run_import
from huiyin_cli.importing.sender import BatchRefusedError, Registrar
from huiyin_cli.importing.table import ReadOptions
from huiyin_domain.directory import OrganisationKind
from huiyin_kernel.policy import load_policy

SECRET = bytes(range(32))
CONSTANTS = {"channel": "web", "division": "990101"}
HEADERS = ("留言编号", "留言用户", "留言主题", "留言时间", "留言详情")
LIMITS = ImportLimits(batch_rows=3, in_flight=2, backoff_first_seconds=0, attempts_max=4)


def _county_office() -> str:
    """The petition office of the county in whose name the tests import."""
    offices = (unit for unit in load_policy().directory if unit.kind is OrganisationKind.PETITION_OFFICE)
    return next(unit.code for unit in offices if unit.division == CONSTANTS["division"])


AGENCY = _county_office()
OFFICER = f"officer@{AGENCY}"

Rows = Sequence[Sequence[Any]]


@dataclass
class MemoryRegistrar:
    """Registers in memory as the service does: a request id once, and never with other content.

    `before` sees each call and may raise; `refuse` gives the reason for refusing a filing, if any.
    """

    before: Callable[[Sequence[RegisterPetitionRequest]], None] = lambda batch: None
    refuse: Callable[[RegisterPetitionRequest], str] = lambda request: ""
    filings: dict[str, RegisterPetitionRequest] = field(default_factory=dict)
    batch_sizes: list[int] = field(default_factory=list)
    standing: dict[str, RegisterPetitionRequest] = field(default_factory=dict)
    corrections: dict[str, list[CorrectRegistrationRequest]] = field(default_factory=dict)
    readings: list[str] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    async def register(
        self, batch: Sequence[RegisterPetitionRequest], *, trial: bool = False
    ) -> Sequence[RegistrationOutcome]:
        self.before(batch)
        self.batch_sizes.append(len(batch))
        return [self._outcome(index, request, trial=trial) for index, request in enumerate(batch)]

    async def correct(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        """Puts a case right, when the caller knows how it stands."""
        standing = self.standing[request.case_id]
        changed = [name for name in request.fields if getattr(request, name) != getattr(standing, name)]
        if changed and request.registration_version != len(self.corrections[request.case_id]):
            raise BatchRefusedError("REVISED_MEANWHILE", "REVISED_MEANWHILE: look again")
        if changed and not request.trial:
            self.corrections[request.case_id].append(request)
            for name in changed:
                _set(standing, name, getattr(request, name))
        return changed

    async def person(self, case_id: str) -> Person:
        """Who petitions; each reading counts."""
        self.readings.append(case_id)
        return self.standing[case_id].petitioner.clear.person

    def _outcome(self, index: int, request: RegisterPetitionRequest, *, trial: bool) -> RegistrationOutcome:
        reason = self.refuse(request)
        first = self.filings.get(request.info.request_id)
        if first is not None and first != request:
            return self._told(request, RegistrationOutcome(index=index, refusal_reason="REQUEST_ID_REUSED"))
        if reason:
            return RegistrationOutcome(index=index, refusal_reason=reason, refusal_message=f"{reason}: no")
        if trial and first is None:
            return RegistrationOutcome(index=index, registered=RegisterPetitionResponse())
        return self._registered(index, request, first)

    def _told(self, request: RegisterPetitionRequest, outcome: RegistrationOutcome) -> RegistrationOutcome:
        """What is known of a case that was there before."""
        outcome.case_id = f"case-{self._numbers[request.info.request_id]}"
        outcome.registration_version = len(self.corrections[outcome.case_id])
        return outcome

    def _registered(
        self, index: int, request: RegisterPetitionRequest, first: RegisterPetitionRequest | None
    ) -> RegistrationOutcome:
        self.filings.setdefault(request.info.request_id, request)
        number = self._numbers.setdefault(request.info.request_id, len(self.filings))
        receipt = Receipt(repeated=first is not None)
        registered = RegisterPetitionResponse(
            receipt=receipt, case_id=f"case-{number}", display_number=f"HY{number}"
        )
        outcome = RegistrationOutcome(index=index, registered=registered)
        if first is not None:
            return self._told(request, outcome)
        self.standing[f"case-{number}"] = RegisterPetitionRequest()
        self.standing[f"case-{number}"].CopyFrom(request)
        self.corrections[f"case-{number}"] = []
        return outcome


def _set(message: Any, name: str, value: Any) -> None:
    if isinstance(value, Message):
        getattr(message, name).CopyFrom(value)
    else:
        setattr(message, name, value)


def row(
    number: object, content: str = "路灯不亮", user: str = "U1", time: object = "2019/2/28 11:25:05"
) -> list[Any]:
    """A row under HEADERS."""
    return [number, user, f"主题{number}", time, content]


def write_csv(path: Path, rows: Rows, headers: Sequence[str] = HEADERS, encoding: str = "utf-8") -> Path:
    """A CSV file."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([headers, *rows])
    return path


def write_xlsx(path: Path, rows: Rows, headers: Sequence[str] = HEADERS) -> Path:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (headers, *rows):
        book.active.append(list(line))
    book.save(path)
    return path


def write_json(path: Path, rows: Rows, headers: Sequence[str] = HEADERS) -> Path:
    """A JSON file: an array for .json, one object a line for .jsonl."""
    objects = [dict(zip(headers, line, strict=True)) for line in rows]
    lines = (json.dumps(one, ensure_ascii=False, default=str) for one in objects)
    text = "\n".join(lines) if path.suffix == ".jsonl" else f"[{','.join(lines)}]"
    path.write_text(text, encoding="utf-8")
    return path


def options(path: Path, report: Path | None = None, **changes: Any) -> ImportOptions:
    """Options that let the rows under HEADERS in; `columns`, `constants`, `values` go into the mapping."""
    given = {name: changes.pop(name) for name in ("columns", "values", "source") if name in changes}
    mapping = ColumnMapping.model_validate({"set": changes.pop("constants", CONSTANTS), **given})
    report = report or path.with_suffix(".jsonl.report.jsonl")
    reading = changes.pop("reading", ReadOptions())
    chosen = {"agency": AGENCY, "secret": SECRET, "limits": LIMITS, **changes}
    return ImportOptions(path, mapping=mapping, reading=reading, report=report, **chosen)


async def imported(
    chosen: ImportOptions, registrar: Registrar | None = None, reporter: ProgressReporter | None = None
) -> tuple[ImportSummary, list[dict[str, Any]]]:
    """Runs the import; gives the summary and the lines of the report."""
    summary = await run_import(chosen, registrar or MemoryRegistrar(), reporter or SilentProgress())
    return summary, report_lines(chosen.report_path)


def report_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a report in JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def reasons(lines: Sequence[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """Row and reason of each line of a report."""
    return [(line["row"], line["reason"]) for line in lines]

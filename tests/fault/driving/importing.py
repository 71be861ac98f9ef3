"""Imports under faults: made filings, file after file, each run again until it is through."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huiyin_domain.directory import Directory, OrganisationKind
from tests.fault.running_platform import HUIYIN
from tests.mainjob.input import made_filings
from tests.mainjob.lives import CITY

FILES, ROWS = 4, 80
RUNS_MAX = 12
RUN_SECONDS_MAX = 200.0


@dataclass(frozen=True, slots=True)
class Imported:
    """A row that the import said is in."""

    request_id: str
    case_id: str


class Imports:
    """One file after the other; a run that was killed is begun again."""

    def __init__(self, folder: Path, environment: Mapping[str, str], directory: Directory) -> None:
        self._folder, self._environment = folder, environment
        self._office = directory.of_kind(OrganisationKind.PETITION_OFFICE, CITY)[0].code
        self._running: asyncio.subprocess.Process | None = None
        self.runs = 0
        self.broken: list[str] = []

    def kill(self) -> bool:
        """Kills the run under way; False when there is none."""
        if self._running is None or self._running.returncode is not None:
            return False
        with suppress(ProcessLookupError):
            self._running.kill()
        return True

    async def run(self) -> None:
        """Every file, and then all of them once more, which must add nothing."""
        for number in range(FILES):
            made_filings(self._file(number), range(number * ROWS, (number + 1) * ROWS))
            await self._until_through(number)
        for number in range(FILES):
            summary = await self._until_through(number)
            if summary.get("registered", 0):
                self.broken.append(f"file {number}, imported again: {summary['registered']} rows were new")

    def _file(self, number: int) -> Path:
        return self._folder / f"filings-{number}.json"

    async def _until_through(self, number: int) -> Mapping[str, Any]:
        for _ in range(RUNS_MAX):
            status, said = await self._once(number)
            if status == 0:
                return dict(json.loads(said))
            if status > 0:
                self.broken.append(f"file {number}: the import ended with status {status}: {said[-500:]}")
        self.broken.append(f"file {number} is not through after {RUNS_MAX} runs")
        return {}

    async def _once(self, number: int) -> tuple[int, str]:
        self.runs += 1
        receipts = self._folder / f"receipts-{self.runs}.jsonl"
        settings = ("--as", f"officer@{self._office}", "--set", "channel=web", "--set", f"division={CITY}")
        program = (
            HUIYIN,
            "import",
            str(self._file(number)),
            *settings,
            "--receipts",
            str(receipts),
            "--json",
        )
        self._running = await asyncio.create_subprocess_exec(
            *program,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(RUN_SECONDS_MAX):
                said, complained = await self._running.communicate()
        finally:
            self.kill()
        status = await self._running.wait()
        return status, (complained if status else said).decode()

    def imported(self) -> list[Imported]:
        """Every row of which any run said that it is in."""
        return [row for run in range(1, self.runs + 1) for row in self._rows(run)]

    def _rows(self, run: int) -> Iterator[Imported]:
        path = self._folder / f"receipts-{run}.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole, _, _cut_by_a_kill = text.rpartition("\n")
        for line in whole.splitlines():
            row = json.loads(line)
            yield Imported(row["request_id"], row["case_id"])

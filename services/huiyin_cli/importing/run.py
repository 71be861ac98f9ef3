"""An import from file to summary: read, check, send, record."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.columns import (
    ColumnPlan,
    Mapping,
    Names,
    Recognition,
    built_in,
    known_names,
    merged,
    plan_columns,
)
from huiyin_cli.importing.convert import Converter
from huiyin_cli.importing.correction import CorrectingOptions, Corrector
from huiyin_cli.importing.faults import Fault, InputError, Reason, RowProblem, foreseen
from huiyin_cli.importing.formats import open_tables
from huiyin_cli.importing.keys import ImportKeys, Seen
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.petition_row import Conventions
from huiyin_cli.importing.progress import ProgressReporter
from huiyin_cli.importing.recorder import Answers, Recorder
from huiyin_cli.importing.report import REPORT_SUFFIX, ImportSummary, ReceiptLine, ReportLine, open_lines
from huiyin_cli.importing.sender import (
    Chunk,
    FilingSender,
    ImportStoppedError,
    Registrar,
    Sendable,
    chunks_of,
    in_order,
)
from huiyin_cli.importing.table import Headings, InputTable, Left, ReadOptions, TableRow, Tables
from huiyin_cli.importing.wording import Language, Spot, outage_text, plan_text, report_text
from huiyin_domain.context import Policy
from huiyin_kernel.clock import SystemClock
from huiyin_store.port import WorldClock


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import and how.

    `agency` imports; `secret` keys what is derived from content (see `keys`); `code_names` are the names in
    the code tables, by field. `late_reason` is why filings that are no history come late. `policy` has the
    tables by which doubts are foreseen. A `dry_run` writes nothing: with a registrar it asks what
    would become of the rows. `correct_again`: the file puts right what was put right since as well.
    """

    path: Path
    agency: str
    secret: bytes = field(repr=False)
    mapping: Mapping = field(default_factory=Mapping)
    code_names: Names = field(default_factory=dict)
    reading: ReadOptions = field(default_factory=ReadOptions)
    report: Path | None = None
    receipts: Path | None = None
    language: Language = "zh"
    limits: ImportLimits = field(default_factory=ImportLimits)
    late_reason: str = ""
    policy: Policy | None = None
    dry_run: bool = False
    correct_again: bool = False

    @property
    def report_path(self) -> Path:
        """The report's place: the one given, else next to the file."""
        return self.report or self.path.with_name(self.path.name + REPORT_SUFFIX)


async def run_import(
    options: ImportOptions,
    registrar: Registrar | None,
    reporter: ProgressReporter,
    clock: WorldClock | None = None,
) -> ImportSummary:
    """Imports a file, or only checks it when there is no registrar or this is a dry run.

    Running it again changes nothing, also after it was killed anywhere. Raises InputError when the file or
    the options are unusable; then nothing was sent.
    """
    clock = clock or SystemClock()
    started = clock.now()
    dry_run = options.dry_run or registrar is None
    asked = registrar is not None
    summary = ImportSummary(options.path.name, str(options.report_path), dry_run, asked)
    _check_outputs(options)
    recognition = built_in()
    headings = Headings(known_names(options.mapping, recognition))
    with open_tables(options.path, options.reading, options.limits, headings) as tables:
        planned, left = _planned(tables, options.mapping, recognition)
        reporter.begin(options.path.name)
        for table, plan in planned:
            unused = plan.unused(table.headers)
            summary.columns_not_imported += [one for one in unused if one not in summary.columns_not_imported]
            reporter.note(plan_text(plan, unused, table.sheet, options.language))
        for one in left:
            reporter.note(report_text(Spot(one.sheet), one.fault, options.language))
        try:
            importing = _Import(options, recognition, summary, clock)
            await importing.run(planned, left, registrar, reporter)
        finally:
            summary.seconds = (clock.now() - started).total_seconds()
            reporter.end()
    return summary


Planned = tuple[InputTable, ColumnPlan]


def _planned(tables: Tables, mapping: Mapping, recognition: Recognition) -> tuple[list[Planned], list[Left]]:
    """The tables whose columns are known, and what is left out. Raises InputError when all of it is."""
    planned, left, errors = list[Planned](), list(tables.left), list[InputError]()
    for table in tables.tables:
        try:
            plan = plan_columns(table.headers, mapping, recognition, table.sample)
        except InputError as error:
            errors.append(error)
            left.append(Left(table.sheet, error.fault, failed=True))
        else:
            planned.append((table, plan))
    if not planned:
        raise errors[0] if errors else _left_error(left)
    return planned, left


def _left_error(left: Sequence[Left]) -> InputError:
    fault = next(one.fault for one in left if one.failed)
    return InputError(fault.reason, **fault.facts)


def _check_outputs(options: ImportOptions) -> None:
    taken = [options.path.resolve()]
    for path in (options.report_path, options.receipts):
        if path is not None and path.resolve() in taken:
            raise InputError(Reason.OUTPUT_TAKEN, path=str(path))
        taken += [path.resolve()] if path is not None else []


class _Import:
    """One import, once file and options are known to be usable."""

    def __init__(
        self, options: ImportOptions, recognition: Recognition, summary: ImportSummary, clock: WorldClock
    ) -> None:
        self._options, self._summary, self._clock = options, summary, clock
        self._values = merged(options.code_names, recognition.values, options.mapping.values)

    async def run(
        self,
        planned: Sequence[Planned],
        left: Sequence[Left],
        registrar: Registrar | None,
        reporter: ProgressReporter,
    ) -> None:
        options = self._options
        with ExitStack() as stack:
            report = stack.enter_context(open_lines(options.report_path, ReportLine))
            receipts = stack.enter_context(open_lines(options.receipts, ReceiptLine))
            done = list[InputTable]()
            entries = self._entries(planned, stack.enter_context(Seen()), done)

            def fraction() -> float:
                return (len(done) - 1 + done[-1].fraction()) / len(planned) if done else 0.0

            chunks = chunks_of(entries, fraction, options.limits)
            recorder = Recorder(self._summary, report, receipts, options.language, self._foreseen)
            recorder.left(left)
            try:
                await self._send(chunks, registrar, recorder, reporter)
                self._summary.complete = True
            except ImportStoppedError as error:
                self._summary.stopped_reason = error.reason
                self._summary.stopped_message = error.message

    async def _send(
        self,
        chunks: Iterator[Chunk],
        registrar: Registrar | None,
        recorder: Recorder,
        reporter: ProgressReporter,
    ) -> None:
        def note(silent: bool) -> None:
            reporter.note(outage_text(silent=silent, language=self._options.language))

        options = self._options
        sender = FilingSender(registrar, options.limits, note, trial=options.dry_run) if registrar else None
        corrector = self._corrector(registrar, sender) if registrar and sender else None

        async def send(chunk: Chunk) -> Answers:
            if sender is None or corrector is None:
                return []
            outcomes = await sender.send(chunk.requests)
            return [
                (outcome, await corrector.corrected(filing, outcome))
                for filing, outcome in zip(chunk.filings, outcomes, strict=True)
            ]

        async with aclosing(in_order(chunks, send, self._options.limits.in_flight)) as answered:
            async for chunk, answers in answered:
                recorder.record(chunk, answers)
                reporter.advance(chunk.fraction, self._summary)

    def _corrector(self, registrar: Registrar, sender: FilingSender) -> Corrector:
        options = self._options
        keys = ImportKeys(options.agency, "", options.secret)
        codes = options.policy.codes if options.policy else None
        chosen = CorrectingOptions(
            options.path.name, keys, codes, again=options.correct_again, trial=options.dry_run
        )
        return Corrector(registrar, sender, chosen)

    def _foreseen(self, filing: RegisterPetitionRequest) -> Iterator[Fault]:
        if self._options.policy is not None:
            yield from foreseen(filing, self._options.policy, self._clock.now())

    def _entries(self, planned: Sequence[Planned], seen: Seen, done: list[InputTable]) -> Iterator[Sendable]:
        """The rows of one table after another; `done` tells which of them was begun."""
        limit, count = self._options.limits.rows_max, 0
        for table, plan in planned:
            done.append(table)
            converter = self._converter(table, plan, seen)
            for row in table.rows:
                count += 1
                if count > limit:
                    fault = Fault(Reason.REST_NOT_READ, facts={"limit": str(limit)})
                    yield RowProblem(row.number, (fault,), sheet=table.sheet)
                    return
                yield converter.convert(row) if isinstance(row, TableRow) else replace(row, sheet=table.sheet)

    def _converter(self, table: InputTable, plan: ColumnPlan, seen: Seen) -> Converter:
        options, mapping = self._options, self._options.mapping
        conventions = Conventions(
            mapping.zone, mapping.time_formats, self._values, options.limits, table.epoch
        )
        keys = ImportKeys(options.agency, plan.source, options.secret)
        return Converter(table, plan, conventions, keys, seen, options.late_reason)

"""An import from file to summary: read, check, send, record."""

from collections.abc import Iterator
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from pathlib import Path

from huiyin_cli.importing.chunks import Chunk, Entry, chunks_of
from huiyin_cli.importing.code_names import Names, merged
from huiyin_cli.importing.columns import ColumnPlan, plan_columns
from huiyin_cli.importing.convert import Converter
from huiyin_cli.importing.faults import Fault, InputError, Reason, RowProblem
from huiyin_cli.importing.formats import open_table
from huiyin_cli.importing.keys import ImportKeys
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.mapping import Mapping, Recognition, built_in
from huiyin_cli.importing.petition_row import Conventions
from huiyin_cli.importing.progress import ProgressReporter
from huiyin_cli.importing.recorder import Recorder
from huiyin_cli.importing.registrar import ImportStoppedError, Registrar
from huiyin_cli.importing.report import REPORT_SUFFIX, ReceiptLine, ReportLine, open_lines
from huiyin_cli.importing.seen import Seen
from huiyin_cli.importing.sender import Outcomes, Sender, in_order
from huiyin_cli.importing.summary import ImportSummary
from huiyin_cli.importing.table import ReadOptions, Row, Table
from huiyin_cli.importing.wording import Language, outage_text, plan_text
from huiyin_kernel.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import and how.

    `agency` imports; `secret` keys what is derived from content (see `keys`); `code_names` are the names in
    the code tables, by field. `late_reason` is why filings that are no history come late.
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

    @property
    def report_path(self) -> Path:
        """The report's place: the one given, else next to the file."""
        return self.report or self.path.with_name(self.path.name + REPORT_SUFFIX)


async def run_import(
    options: ImportOptions,
    registrar: Registrar | None,
    reporter: ProgressReporter,
    clock: Clock | None = None,
) -> ImportSummary:
    """Imports a file, or only checks it when there is no registrar.

    Running it again changes nothing, also after it was killed anywhere. Raises InputError when the file or
    the options are unusable; then nothing was sent.
    """
    clock = clock or SystemClock()
    started = clock.now()
    summary = ImportSummary(options.path.name, str(options.report_path), registrar is None)
    _check_outputs(options)
    with open_table(options.path, options.reading, options.limits) as table:
        recognition = built_in()
        plan = plan_columns(table.headers, options.mapping, recognition)
        reporter.begin(options.path.name)
        reporter.note(plan_text(plan, options.language))
        try:
            await _Import(options, plan, recognition, summary).run(table, registrar, reporter)
        finally:
            summary.seconds = (clock.now() - started).total_seconds()
            reporter.end()
    return summary


def _check_outputs(options: ImportOptions) -> None:
    taken = [options.path.resolve()]
    for path in (options.report_path, options.receipts):
        if path is not None and path.resolve() in taken:
            raise InputError(Reason.OUTPUT_TAKEN, path=str(path))
        taken += [path.resolve()] if path is not None else []


class _Import:
    """One import, once file and options are known to be usable."""

    def __init__(
        self, options: ImportOptions, plan: ColumnPlan, recognition: Recognition, summary: ImportSummary
    ) -> None:
        self._options, self._plan, self._summary = options, plan, summary
        mapping = options.mapping
        values = merged(options.code_names, recognition.values, mapping.values)
        self._conventions = Conventions(mapping.zone, mapping.time_formats, values, options.limits)

    async def run(self, table: Table, registrar: Registrar | None, reporter: ProgressReporter) -> None:
        options = self._options
        with ExitStack() as stack:
            report = stack.enter_context(open_lines(options.report_path, ReportLine))
            receipts = stack.enter_context(open_lines(options.receipts, ReceiptLine))
            entries = self._entries(table, stack.enter_context(Seen()))
            chunks = chunks_of(entries, table.fraction, options.limits)
            recorder = Recorder(self._summary, self._plan.columns, report, receipts)
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

        sender = Sender(registrar, self._options.limits, note) if registrar else None

        async def send(chunk: Chunk) -> Outcomes:
            return await sender.send(chunk.requests) if sender else []

        async with aclosing(in_order(chunks, send, self._options.limits.in_flight)) as answered:
            async for chunk, outcomes in answered:
                recorder.record(chunk, outcomes)
                reporter.advance(chunk.fraction, self._summary)

    def _entries(self, table: Table, seen: Seen) -> Iterator[Entry]:
        keys = ImportKeys(self._options.agency, self._plan.source, self._options.secret)
        late_reason = self._options.late_reason
        converter = Converter(self._plan, self._conventions, keys, seen, late_reason)
        limit = self._options.limits.rows_max
        for count, row in enumerate(table.rows, start=1):
            if count > limit:
                yield RowProblem(row.number, (Fault(Reason.REST_NOT_READ, facts={"limit": str(limit)}),))
                return
            yield converter.convert(row) if isinstance(row, Row) else row

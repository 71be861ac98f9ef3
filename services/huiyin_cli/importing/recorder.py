"""Writes down what became of each row: figures, report and receipts."""

from collections.abc import Callable, Iterable, Sequence
from itertools import repeat

from huiyin.intake.v1.service_pb2 import (
    RegisterPetitionRequest,
    RegisterPetitionResponse,
    RegistrationOutcome,
)
from huiyin_cli.importing.convert import ReadyFiling
from huiyin_cli.importing.correction import Correction
from huiyin_cli.importing.faults import Fault, Reason, RowProblem, told
from huiyin_cli.importing.report import ImportSummary, LineWriter, ReceiptLine, ReportLine
from huiyin_cli.importing.sender import REUSED, Chunk
from huiyin_cli.importing.table import Left
from huiyin_cli.importing.wording import Language, Spot, contract_name, refusal_text, report_text

Answers = Sequence[tuple[RegistrationOutcome, Correction | None]]
"""What became of each filing, and of the case of one that was there already."""

Foresee = Callable[[RegisterPetitionRequest], Iterable[Fault]]
"""What the service would doubt, as far as it can be told without it."""


class Recorder:
    """Takes the rows in their order."""

    def __init__(
        self,
        summary: ImportSummary,
        report: LineWriter,
        receipts: LineWriter,
        language: Language,
        foresee: Foresee = lambda filing: (),
    ) -> None:
        self._summary, self._report, self._receipts = summary, report, receipts
        self._language: Language = language
        self._foresee = foresee

    def left(self, sheets: Iterable[Left]) -> None:
        """Sheets that are not read."""
        for one in sheets:
            self._summary.sheets_not_read.append(one.sheet)
            self._summary.sheets_failed += one.failed
            self._fault(Spot(one.sheet), "not_read", one.fault)

    def record(self, chunk: Chunk, answered: Answers) -> None:
        """Rows with what became of them; with nothing at all when they were only checked."""
        answers = iter(answered) if answered else repeat((None, None))
        for entry in chunk.entries:
            self._summary.rows_read += 1
            if isinstance(entry, RowProblem):
                self._problem(entry)
            else:
                self._ready(entry, *next(answers))

    def _problem(self, problem: RowProblem) -> None:
        self._summary.refused += not problem.skipped
        self._summary.skipped += problem.skipped
        outcome = "skipped" if problem.skipped else "refused"
        for fault in problem.faults:
            self._fault(Spot(problem.sheet, problem.number, problem.row_id), outcome, fault)

    def _ready(
        self, filing: ReadyFiling, outcome: RegistrationOutcome | None, correction: Correction | None
    ) -> None:
        self._summary.ready += 1
        self._summary.distinct_persons += filing.new_person
        if outcome is None:
            self._in(filing, self._foresee(filing.request))
        elif correction is not None:
            self._corrected(filing, outcome, correction)
        elif outcome.HasField("registered"):
            self._registered(filing, outcome.registered)
            self._in(filing, told(outcome.registered.doubts))
        elif outcome.refusal_reason == REUSED:
            self._summary.refused += 1
            self._summary.changed += 1
            self._fault(_spot(filing), "changed", Fault(Reason.CHANGED_SINCE_IMPORT))
        else:
            self._refused(filing, outcome.refusal_reason, outcome.refusal_message)

    def _corrected(self, filing: ReadyFiling, outcome: RegistrationOutcome, correction: Correction) -> None:
        """A row whose case was there already with other content, or was put right since."""
        if correction.refusal_reason:
            self._summary.changed += 1
            self._refused(filing, correction.refusal_reason, correction.refusal_message)
            return
        if not correction.fields:
            self._summary.repeated += 1
        elif correction.kept:
            self._summary.kept += 1
            self._named(filing, "kept", Reason.CORRECTED_SINCE, correction)
        else:
            self._summary.corrected += 1
            self._named(filing, "corrected", Reason.CORRECTED, correction)
        self._receipt(filing, outcome.registered, outcome.case_id, repeated=True)
        self._in(filing, ())

    def _named(self, filing: ReadyFiling, outcome: str, reason: Reason, correction: Correction) -> None:
        """A line that names the fields of a correction."""
        fields = "、".join(contract_name(one, self._language) for one in correction.fields)
        self._fault(_spot(filing), outcome, Fault(reason, facts={"fields": fields}))

    def _registered(self, filing: ReadyFiling, response: RegisterPetitionResponse) -> None:
        repeated = response.receipt.repeated
        self._summary.repeated += repeated
        self._summary.registered += not repeated
        self._receipt(filing, response, response.case_id, repeated=repeated)

    def _receipt(
        self, filing: ReadyFiling, response: RegisterPetitionResponse, case_id: str, *, repeated: bool
    ) -> None:
        line = ReceiptLine(
            sheet=filing.sheet,
            row=filing.number,
            row_id=filing.row_id,
            case_id=case_id,
            display_number=response.display_number,
            query_code=response.query_code,
            request_id=filing.request.info.request_id,
            repeated=repeated,
        )
        if case_id:
            self._receipts.write(line)

    def _in(self, filing: ReadyFiling, doubts: Iterable[Fault]) -> None:
        """What is to be said of a filing that is in."""
        found = [*filing.doubts, *map(filing.placed, doubts)]
        self._summary.doubtful += bool(found)
        for doubt in found:
            self._fault(_spot(filing), "doubt", doubt)
        if filing.same_as_row:
            self._summary.duplicates += 1
            fault = Fault(Reason.DUPLICATE_CONTENT, "content", {"row": str(filing.same_as_row)})
            self._fault(_spot(filing), "duplicate", filing.placed(fault))

    def _refused(self, filing: ReadyFiling, reason: str, message: str) -> None:
        self._summary.refused += 1
        said = message.removeprefix(f"{reason}: ").rstrip(".。")
        text = refusal_text(_spot(filing), reason, said, self._language)
        self._line(_spot(filing), "refused", reason, Fault(Reason.REFUSED_BY_SERVICE), text)

    def _fault(self, spot: Spot, outcome: str, fault: Fault) -> None:
        self._line(spot, outcome, fault.reason.value, fault, report_text(spot, fault, self._language))

    def _line(self, spot: Spot, outcome: str, reason: str, fault: Fault, message: str) -> None:
        line = ReportLine(
            sheet=spot.sheet,
            row=spot.row,
            row_id=spot.row_id,
            outcome=outcome,
            reason=reason,
            field=fault.field,
            column=fault.column,
            place=f"{fault.place}{spot.row}" if fault.place else "",
            message=message,
        )
        self._report.write(line)


def _spot(filing: ReadyFiling) -> Spot:
    return Spot(filing.sheet, filing.number, filing.row_id)

"""Writes down what became of each row: figures, report and receipts."""

from collections.abc import Mapping
from itertools import repeat

from huiyin.intake.v1.service_pb2 import RegisterPetitionResponse, RegistrationOutcome
from huiyin_cli.importing.chunks import Chunk
from huiyin_cli.importing.convert import Filing
from huiyin_cli.importing.faults import Fault, Reason, RowProblem
from huiyin_cli.importing.report import LineWriter, ReceiptLine, ReportLine
from huiyin_cli.importing.sender import Outcomes
from huiyin_cli.importing.summary import ImportSummary
from huiyin_cli.importing.wording import sentence

_REUSED = "REQUEST_ID_REUSED"


class Recorder:
    """Takes the rows in their order."""

    def __init__(
        self, summary: ImportSummary, columns: Mapping[str, str], report: LineWriter, receipts: LineWriter
    ) -> None:
        self._summary, self._columns = summary, columns
        self._report, self._receipts = report, receipts

    def record(self, chunk: Chunk, outcomes: Outcomes) -> None:
        """Rows with their outcomes; with none at all when they were only checked."""
        answers = iter(outcomes) if outcomes else repeat(None)
        for entry in chunk.entries:
            self._summary.rows_read += 1
            if isinstance(entry, RowProblem):
                self._problem(entry)
            else:
                self._ready(entry, next(answers))

    def _problem(self, problem: RowProblem) -> None:
        self._summary.refused += 1
        for fault in problem.faults:
            self._fault(problem.number, problem.row_id, "refused", fault)

    def _ready(self, filing: Filing, outcome: RegistrationOutcome | None) -> None:
        self._summary.ready += 1
        self._summary.distinct_persons += filing.new_person
        if outcome is None:
            self._duplicate(filing)
        elif outcome.HasField("registered"):
            self._registered(filing, outcome.registered)
            self._duplicate(filing)
        elif outcome.refusal_reason == _REUSED:
            self._summary.refused += 1
            self._summary.changed += 1
            self._fault(filing.number, filing.row_id, "changed", Fault(Reason.CHANGED_SINCE_IMPORT))
        else:
            self._refused(filing, outcome)

    def _registered(self, filing: Filing, response: RegisterPetitionResponse) -> None:
        repeated = response.receipt.repeated
        self._summary.repeated += repeated
        self._summary.registered += not repeated
        line = ReceiptLine(
            row=filing.number,
            row_id=filing.row_id,
            case_id=response.case_id,
            display_number=response.display_number,
            query_code=response.query_code,
            request_id=filing.request.info.request_id,
            repeated=repeated,
        )
        self._receipts.write(line)

    def _duplicate(self, filing: Filing) -> None:
        if filing.same_as_row:
            self._summary.duplicates += 1
            fault = Fault(Reason.DUPLICATE_CONTENT, "content", {"row": str(filing.same_as_row)})
            self._fault(filing.number, filing.row_id, "duplicate", fault)

    def _refused(self, filing: Filing, outcome: RegistrationOutcome) -> None:
        self._summary.refused += 1
        reason = outcome.refusal_reason
        message = outcome.refusal_message.removeprefix(f"{reason}: ")
        self._line(filing.number, filing.row_id, "refused", reason, "", (message, message))

    def _fault(self, number: int, row_id: str, outcome: str, fault: Fault) -> None:
        messages = sentence(fault, "zh"), sentence(fault, "en")
        self._line(number, row_id, outcome, fault.reason.value, fault.field, messages)

    def _line(
        self, number: int, row_id: str, outcome: str, reason: str, field: str, messages: tuple[str, str]
    ) -> None:
        line = ReportLine(
            row=number,
            row_id=row_id,
            outcome=outcome,
            reason=reason,
            field=field,
            column=self._columns.get(field, ""),
            message=messages[0],
            message_en=messages[1],
        )
        self._report.write(line)

"""Rows to filings: the request to send, or the problem to report."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.cells import UnreadableCell, is_blank, is_personal, text_of
from huiyin_cli.importing.columns import ColumnPlan
from huiyin_cli.importing.faults import KEPT, CellError, Fault, Reason, RowProblem
from huiyin_cli.importing.keys import ImportKeys, Seen
from huiyin_cli.importing.petition_row import Conventions, PetitionRow, read_row
from huiyin_cli.importing.table import InputTable, TableRow, plain
from huiyin_kernel.codec import timestamp

SOURCE = "import"
"""The code of an imported file in the table of sources."""

_TOTALS = frozenset({"合计", "总计", "小计", "共计", "累计", "本页合计", "本页小计", "Total", "TOTAL"})


@dataclass(frozen=True, slots=True)
class ReadyFiling:
    """A row ready to be sent. `same_as_row` is the first row with the same content, 0 when there is none.

    `stated` are the fields of which the row says something without doubt; `columns` gives name and letter of
    the column by field.
    """

    number: int
    row_id: str
    request: RegisterPetitionRequest
    same_as_row: int = 0
    new_person: bool = False
    sheet: str = ""
    doubts: tuple[Fault, ...] = ()
    stated: frozenset[str] = frozenset()
    columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def placed(self, fault: Fault) -> Fault:
        """A fault with its column and the letter of that."""
        column, place = self.columns.get(fault.field, ("", ""))
        return replace(fault, column=column, place=place)


class Converter:
    """Turns the rows of one table into filings, in their order.

    `late_reason` is why a head enters late what is no history; empty when nothing is.
    """

    def __init__(
        self,
        table: InputTable,
        plan: ColumnPlan,
        conventions: Conventions,
        keys: ImportKeys,
        seen: Seen,
        late_reason: str = "",
    ) -> None:
        self._table, self._plan, self._conventions = table, plan, conventions
        self._columns = {
            name: (column, table.places.get(column, "")) for name, column in plan.columns.items()
        }
        self._keys, self._seen, self._late_reason = keys, seen, late_reason

    def convert(self, row: TableRow) -> ReadyFiling | RowProblem:
        """The filing that the row makes, or what is wrong with it."""
        if no_filing := self._no_filing(row):
            return RowProblem(row.number, (no_filing,), sheet=self._table.sheet, skipped=True)
        read = read_row(self._values(row), self._conventions)
        doubts = (*self._placed(read.faults), *row.doubts, *self._elsewhere(row))
        if read.row is None:
            return self._problem(row, doubts, self._row_id(row))
        limit = self._conventions.limits.row_bytes_max
        if _size(read.row) > limit:
            fault = Fault(Reason.ROW_TOO_LARGE, facts={"limit": str(limit)})
            return self._problem(row, (fault,), read.row.row_id)
        return self._filing(row, read.row, doubts, read.written)

    def _problem(self, row: TableRow, faults: Sequence[Fault], row_id: str) -> RowProblem:
        return RowProblem(row.number, tuple(faults), row_id, self._table.sheet)

    def _no_filing(self, row: TableRow) -> Fault | None:
        """Why the row is none: a heading again, a total, or nothing in it but a number."""
        if all(plain(_shown(cell)) == plain(name) for name, cell in row.cells.items()):
            return Fault(Reason.ROW_HEADING)
        said = {name for name, column in self._plan.columns.items() if not is_blank(row.cells.get(column))}
        texts = () if "content" in said else map(_shown, row.cells.values())
        if any(text.rstrip(":：") in _TOTALS for text in texts):
            return Fault(Reason.ROW_TOTAL)
        return Fault(Reason.ROW_EMPTY) if said <= {"row_id"} else None

    def _placed(self, faults: Sequence[Fault]) -> Iterator[Fault]:
        """The faults with their columns."""
        for fault in faults:
            column, place = self._columns.get(fault.field, ("", ""))
            yield replace(fault, column=column, place=place)

    def _elsewhere(self, row: TableRow) -> Iterator[Fault]:
        """Cells without a value in columns that are not imported."""
        used = set(self._plan.columns.values())
        for name, cell in row.cells.items():
            if isinstance(cell, UnreadableCell) and name not in used:
                yield Fault(cell.reason, "", cell.facts, name, self._table.places.get(name, ""))

    def _values(self, row: TableRow) -> Mapping[str, object]:
        cells = {name: row.cells.get(column) for name, column in self._plan.columns.items()}
        return {**cells, **self._plan.constants}

    def _row_id(self, row: TableRow) -> str:
        """The number of a row that is not sent, to find it by: never a person's."""
        text = _shown(row.cells.get(self._plan.columns.get("row_id", "")))
        return "" if is_personal(text) else text[: self._conventions.limits.row_id_chars_max]

    def _filing(
        self, row: TableRow, read: PetitionRow, doubts: tuple[Fault, ...], written: Mapping[str, str]
    ) -> ReadyFiling | RowProblem:
        number = row.number
        if read.row_id:
            name = f"{self._plan.source}\n{read.row_id}"
            first, count = self._seen.note("number", name.encode(), number)
            if count > 1:
                fault = Fault(Reason.ROW_ID_REPEATED, "row_id", {"row": str(first)})
                return self._problem(row, tuple(self._placed((fault,))), read.row_id)
        request = request_of(read, self._request_id(number, read), self._reference(read), written)
        if self._late_reason:
            request.info.late_entry.reason.clear.text = self._late_reason
        return ReadyFiling(
            number,
            read.row_id,
            request,
            self._same_as(number, read),
            self._is_new_person(read, number),
            self._table.sheet,
            doubts,
            self._stated(row, doubts),
            self._columns,
        )

    def _stated(self, row: TableRow, doubts: Sequence[Fault]) -> frozenset[str]:
        columns = self._plan.columns.items()
        said = {name for name, column in columns if not is_blank(row.cells.get(column))}
        lost = {one.field for one in doubts if one.reason not in KEPT}
        return frozenset({*said, *self._plan.constants} - lost)

    def _same_as(self, number: int, read: PetitionRow) -> int:
        """The first row with the same content, 0 when there is none before; no content is like no other."""
        content = "".join(read.content.split())
        if not content:
            return 0
        first, count = self._seen.note("content", self._keys.digest(content), number)
        return first if count > 1 else 0

    def _request_id(self, number: int, row: PetitionRow) -> str:
        if row.row_id:
            return self._keys.of_number(row.row_id)
        digest = self._keys.digest(*self._identity(row))
        _, occurrence = self._seen.note("filing", digest, number)
        return self._keys.of_content(digest, occurrence)

    def _identity(self, row: PetitionRow) -> Sequence[str]:
        """What makes a filing without a number this one: who, when and what; not how it is classed."""
        time = row.received_time if "received_time" in self._plan.columns else None
        person = (row.person_reference, row.name, row.identity_number, row.phone)
        return (*person, time.isoformat() if time else "", row.subject, row.content)

    def _reference(self, row: PetitionRow) -> str:
        """Which record it was, the same wherever the file lies: no path, no row number."""
        if not row.row_id and self._plan.source == self._plan.columns.get("row_id"):
            return ""
        return ":".join(part for part in (self._plan.source, row.row_id) if part)

    def _is_new_person(self, row: PetitionRow, number: int) -> bool:
        key = row.person_reference or row.identity_number
        return bool(key) and self._seen.note("person", self._keys.digest(key), number)[1] == 1


def request_of(
    row: PetitionRow, request_id: str, reference: str, written: Mapping[str, str]
) -> RegisterPetitionRequest:
    """The command that registers the row; `written` is what it says and its fields cannot hold."""
    request = RegisterPetitionRequest(
        info=CommandInfo(request_id=request_id, imported=True),
        channel=row.channel,
        division=row.division,
        content_class=row.content_class,
        purpose=row.purpose,
        person_count=row.person_count,
        anonymous=row.anonymous,
        source=SOURCE,
        person_reference=row.person_reference,
    )
    if row.received_time:
        request.received_time.CopyFrom(timestamp(row.received_time))
    if row.posted_time:
        request.posted_time.CopyFrom(timestamp(row.posted_time))
    if reference:
        request.source_reference.CopyFrom(_text(reference))
    if row.content:
        request.content.CopyFrom(_text(row.content))
    if row.subject:
        request.subject.CopyFrom(_text(row.subject))
    if place := written.get("division"):
        request.place_as_written.CopyFrom(_text(place))
    if rest := "\n".join(f"{name}: {text}" for name, text in written.items() if name != "division"):
        request.as_written.CopyFrom(_text(rest))
    person = _person(row)
    if person.ByteSize():
        request.petitioner.clear.person.CopyFrom(person)
    return request


def _shown(cell: object) -> str:
    try:
        return text_of(cell)
    except CellError:
        return ""


def _text(text: str) -> Secret:
    return Secret(clear=Clear(text=text))


def _person(row: PetitionRow) -> Person:
    return Person(
        name=row.name,
        identity_number=row.identity_number,
        phone=row.phone,
        address=row.address,
        contact=row.contact,
    )


def _size(row: PetitionRow) -> int:
    return sum(len(value.encode()) for value in row.__dict__.values() if isinstance(value, str))

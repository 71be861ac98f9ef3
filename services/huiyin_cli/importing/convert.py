"""Rows to filings: the request to send, or the problem to report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from huiyin.common.v1.types_pb2 import Clear, CommandInfo, Person, Secret
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin_cli.importing.cells import text_of
from huiyin_cli.importing.columns import ColumnPlan
from huiyin_cli.importing.faults import CellError, Fault, Reason, RowProblem
from huiyin_cli.importing.keys import ImportKeys
from huiyin_cli.importing.petition_row import Conventions, PetitionRow, check_row
from huiyin_cli.importing.seen import Seen
from huiyin_cli.importing.table import Row
from huiyin_kernel.codec import timestamp

SOURCE = "import"
"""The code of an imported file in the table of sources."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A row ready to be sent. `same_as_row` is the first row with the same content, 0 when there is none."""

    number: int
    row_id: str
    request: RegisterPetitionRequest
    same_as_row: int = 0
    new_person: bool = False


class Converter:
    """Turns the rows of one file into filings, in their order.

    `late_reason` is why a head enters late what is no history; empty when nothing is.
    """

    def __init__(
        self,
        plan: ColumnPlan,
        conventions: Conventions,
        keys: ImportKeys,
        seen: Seen,
        late_reason: str = "",
    ) -> None:
        self._plan, self._conventions = plan, conventions
        self._keys, self._seen, self._late_reason = keys, seen, late_reason

    def convert(self, row: Row) -> Filing | RowProblem:
        """The filing that the row makes, or what is wrong with it."""
        checked = check_row(self._values(row), self._conventions)
        if not isinstance(checked, PetitionRow):
            return RowProblem(row.number, checked, self._row_id(row))
        size, limit = _size(checked), self._conventions.limits.row_bytes_max
        if size > limit:
            fault = Fault(Reason.ROW_TOO_LARGE, facts={"bytes": str(size), "limit": str(limit)})
            return RowProblem(row.number, (fault,), checked.row_id)
        return self._filing(row.number, checked)

    def _values(self, row: Row) -> Mapping[str, object]:
        cells = {field: row.cells.get(column) for field, column in self._plan.columns.items()}
        return {**cells, **self._plan.constants}

    def _row_id(self, row: Row) -> str:
        try:
            text = text_of(row.cells.get(self._plan.columns.get("row_id", "")))
        except CellError:
            return ""
        return text[: self._conventions.limits.row_id_chars_max]

    def _filing(self, number: int, row: PetitionRow) -> Filing | RowProblem:
        if row.row_id:
            first, count = self._seen.note("number", row.row_id.encode(), number)
            if count > 1:
                fault = Fault(Reason.ROW_ID_REPEATED, "row_id", {"row": str(first)})
                return RowProblem(number, (fault,), row.row_id)
        first, count = self._seen.note("content", self._keys.digest("".join(row.content.split())), number)
        request = request_of(row, self._request_id(number, row), self._reference(row))
        if self._late_reason:
            request.info.late_entry.reason.clear.text = self._late_reason
        return Filing(
            number, row.row_id, request, first if count > 1 else 0, self._is_new_person(row, number)
        )

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
        return ":".join(part for part in (self._plan.source, row.row_id) if part)

    def _is_new_person(self, row: PetitionRow, number: int) -> bool:
        key = row.person_reference or row.identity_number
        return bool(key) and self._seen.note("person", self._keys.digest(key), number)[1] == 1


def request_of(row: PetitionRow, request_id: str, reference: str) -> RegisterPetitionRequest:
    """The command that registers the row."""
    request = RegisterPetitionRequest(
        info=CommandInfo(request_id=request_id, imported=True),
        channel=row.channel,
        content=_text(row.content),
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
    if row.subject:
        request.subject.CopyFrom(_text(row.subject))
    person = _person(row)
    if person.ByteSize():
        request.petitioner.clear.person.CopyFrom(person)
    return request


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

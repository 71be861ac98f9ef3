"""One row, read: the edge where cells become the values of a petition, with a word on each that is doubtful.

A filing is registered whatever its cells lack (promise P1): what cannot be taken is left out and reported.
One thing alone keeps a row back, a time of receipt that the mapping could say how to read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from huiyin_cli.importing.cells import count_of, is_blank, is_personal, legible, text_of, whole_number
from huiyin_cli.importing.faults import KEPT, CellError, Fault, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.times import EPOCH_1900, instant_of
from huiyin_domain.identifiers import resident_id_doubt

_PERSON_COUNT_MAX = 9999
_WRITTEN_MAX = 500
"""Characters kept of a cell that is not taken."""
_YES = frozenset({"1", "true", "yes", "y", "t", "是", "匿名", "√", "✓"})
_NO = frozenset({"", "0", "false", "no", "n", "f", "否", "实名", "×", "不是"})
_NOTHING = frozenset(
    {"-", "--", "—", "——", "/", "\\", "无", "空", "null", "none", "nil", "n/a", "na", "nan", "nat", "\\n"}
)
"""What programs and people write where there is nothing to write."""

_NEEDS_MAPPING = frozenset({Reason.TIME_FORM_UNKNOWN, Reason.TIME_AMBIGUOUS})

_IDENTITY_DOUBTS = {
    "MALFORMED": Reason.IDENTITY_MALFORMED,
    "CHECK_CHARACTER": Reason.IDENTITY_CHECK_CHARACTER,
    "BIRTH_DATE": Reason.IDENTITY_BIRTH_DATE,
}


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a file writes times and codes.

    `values` gives codes by field and name, names in lower case; `epoch` is day 0 of its serial numbers.
    """

    zone: ZoneInfo
    time_formats: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]
    limits: ImportLimits
    epoch: date = EPOCH_1900


@dataclass(slots=True)
class _Reading:
    """What the reading of one row needs, and the doubts that it raises."""

    conventions: Conventions
    doubts: list[Fault] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)

    def doubt(self, name: str, reason: Reason, cell: object, **facts: str) -> None:
        """Notes a doubt, and what stands in the cell where it is not taken."""
        self.doubts.append(Fault(reason, name, facts))
        if isinstance(cell, str) and reason not in KEPT | {Reason.TEXT_BROKEN} and not is_blank(cell):
            self.written[name] = legible(cell)[:_WRITTEN_MAX]


def _reading(info: ValidationInfo) -> _Reading:
    assert isinstance(info.context, _Reading), "rows are read by read_row"
    return info.context


def _text(cell: object, name: str, reading: _Reading) -> str:
    """The text of a cell; of a damaged one what is legible, else nothing."""
    try:
        return text_of(cell)
    except CellError as error:
        reading.doubt(name, error.reason, cell, **error.facts)
        return legible(cell) if isinstance(cell, str) else ""


def _number(cell: object, name: str, reading: _Reading) -> str:
    """A number that names someone or something; none when a program has damaged it."""
    text = _text(cell, name, reading)
    try:
        number, mended = whole_number(text)
    except CellError as error:
        reading.doubt(name, error.reason, cell, **error.facts)
        return ""
    if mended:
        reading.doubt(name, mended, cell)
    return number


def _identity_number(cell: object, name: str, reading: _Reading) -> str:
    number = _number(cell, name, reading)
    if doubt := resident_id_doubt(number) if number else None:
        reading.doubt(name, _IDENTITY_DOUBTS[doubt.reason], cell)
    return number


def _row_id(cell: object, name: str, reading: _Reading) -> str:
    """The row's own number: a name for the row alone, and never a person's."""
    number, longest = _number(cell, name, reading), reading.conventions.limits.row_id_chars_max
    if is_personal(number):
        reading.doubt(name, Reason.ROW_ID_PERSONAL, cell)
    elif len(number) > longest:
        reading.doubt(name, Reason.ROW_ID_TOO_LONG, cell, limit=str(longest))
    elif number:
        return number
    elif is_blank(cell):
        reading.doubt(name, Reason.ROW_ID_MISSING, cell)
    return ""


def _code(cell: object, name: str, reading: _Reading) -> str:
    text, longest = _text(cell, name, reading), reading.conventions.limits.code_chars_max
    if text.casefold() in _NOTHING:
        return ""
    code = reading.conventions.values.get(name, {}).get(text.casefold(), text)
    if len(code) > longest:
        reading.doubt(name, Reason.CODE_TOO_LONG, cell, limit=str(longest))
        return ""
    return code


def _received_time(cell: object, name: str, reading: _Reading) -> datetime | None:
    """When it was received. Raises CellError for a form that the mapping could tell."""
    try:
        return _moment(cell, reading)
    except CellError as error:
        if error.reason in _NEEDS_MAPPING:
            raise
        reading.doubt(name, error.reason, cell, **error.facts)
        return None


def _other_time(cell: object, name: str, reading: _Reading) -> datetime | None:
    try:
        return None if _says_nothing(cell) else _moment(cell, reading)
    except CellError as error:
        reading.doubt(name, error.reason, cell, **error.facts)
        return None


def _moment(cell: object, reading: _Reading) -> datetime:
    if _says_nothing(cell):
        raise CellError(Reason.TIME_MISSING)
    conventions = reading.conventions
    return instant_of(cell, conventions.zone, conventions.time_formats, conventions.epoch)


def _says_nothing(cell: object) -> bool:
    return text_of(cell).casefold() in _NOTHING | {""}


def _person_count(cell: object, name: str, reading: _Reading) -> int:
    text = _text(cell, name, reading)
    if text.casefold() in _NOTHING | {""}:
        return 0
    count = count_of(text)
    if count is None or not 1 <= count <= _PERSON_COUNT_MAX:
        reading.doubt(name, Reason.PERSON_COUNT_INVALID, cell, limit=str(_PERSON_COUNT_MAX))
        return 0
    return count


def _yes_no(cell: object, name: str, reading: _Reading) -> bool:
    text = _text(cell, name, reading).casefold()
    if text not in _YES | _NO | _NOTHING:
        reading.doubt(name, Reason.YES_NO_UNREADABLE, cell)
    return text in _YES


def _read_by(read: Callable[[object, str, _Reading], object]) -> BeforeValidator:
    """Reads a cell; its fault becomes pydantic's, which never repeats what stood in the cell."""

    def validate(cell: Any, info: ValidationInfo) -> object:
        try:
            return read(cell, info.field_name or "", _reading(info))
        except CellError as error:
            raise PydanticCustomError(error.reason.value, "the cell is unusable", error.facts) from None

    return BeforeValidator(validate)


Text = Annotated[str, _read_by(_text)]
Number = Annotated[str, _read_by(_number)]
Code = Annotated[str, _read_by(_code)]


class PetitionRow(BaseModel):
    """What a row says. A field that no column holds keeps its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_id: Annotated[str, _read_by(_row_id)] = ""
    person_reference: Number = ""
    name: Text = ""
    identity_number: Annotated[str, _read_by(_identity_number)] = ""
    phone: Number = ""
    address: Text = ""
    contact: Text = ""
    subject: Text = ""
    content: Text = ""
    received_time: Annotated[datetime | None, _read_by(_received_time)] = None
    posted_time: Annotated[datetime | None, _read_by(_other_time)] = None
    channel: Code = ""
    division: Code = ""
    content_class: Code = ""
    purpose: Code = ""
    person_count: Annotated[int, _read_by(_person_count)] = 0
    anonymous: Annotated[bool, _read_by(_yes_no)] = False


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What reading a row gives: its values, unless something keeps it back, and all that is to be said of it.

    `written` is by field what stands in the row and was not taken.
    """

    row: PetitionRow | None
    faults: tuple[Fault, ...]
    written: Mapping[str, str] = field(default_factory=dict)


def read_row(values: Mapping[str, object], conventions: Conventions) -> ReadRow:
    """The row's values by field, with what is doubtful; or no values, with everything that keeps it back."""
    reading = _Reading(conventions)
    try:
        row = PetitionRow.model_validate(values, context=reading)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        faults = (Fault(Reason(one["type"]), str(one["loc"][0]), {**one.get("ctx", {})}) for one in found)
        return ReadRow(None, (*faults, *reading.doubts))
    return ReadRow(row, tuple(reading.doubts), reading.written)

"""One row, checked: the edge where cells become the values of a petition, or faults with a reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, ValidationInfo
from pydantic_core import PydanticCustomError

from huiyin_cli.importing.cells import text_of
from huiyin_cli.importing.faults import CellError, Fault, Reason
from huiyin_cli.importing.limits import ImportLimits
from huiyin_cli.importing.times import instant_of

_PERSON_COUNT_MAX = 9999
_YES = frozenset({"1", "true", "yes", "y", "是", "匿名"})
_NO = frozenset({"", "0", "false", "no", "n", "否", "实名"})


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a file writes times and codes. `values` gives codes by field and name, names in lower case."""

    zone: ZoneInfo
    time_formats: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]
    limits: ImportLimits


def _text(cell: object, info: ValidationInfo) -> str:
    return text_of(cell)


def _required(cell: object, info: ValidationInfo) -> str:
    if text := text_of(cell):
        return text
    raise CellError(Reason.VALUE_MISSING)


def _row_id(cell: object, info: ValidationInfo) -> str:
    text, longest = _required(cell, info), _conventions(info).limits.row_id_chars_max
    if len(text) > longest:
        raise CellError(Reason.ROW_ID_TOO_LONG, limit=str(longest))
    return text


def _code(cell: object, info: ValidationInfo) -> str:
    conventions, text = _conventions(info), text_of(cell)
    code = conventions.values.get(info.field_name or "", {}).get(text.casefold(), text)
    if len(code) > conventions.limits.code_chars_max:
        raise CellError(Reason.CODE_TOO_LONG, limit=str(conventions.limits.code_chars_max))
    return code


def _required_code(cell: object, info: ValidationInfo) -> str:
    _required(cell, info)
    return _code(cell, info)


def _time(cell: object, info: ValidationInfo) -> datetime:
    if not text_of(cell):
        raise CellError(Reason.VALUE_MISSING)
    conventions = _conventions(info)
    return instant_of(cell, conventions.zone, conventions.time_formats)


def _optional_time(cell: object, info: ValidationInfo) -> datetime | None:
    return _time(cell, info) if text_of(cell) else None


def _person_count(cell: object, info: ValidationInfo) -> int:
    text = text_of(cell)
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _PERSON_COUNT_MAX):
        raise CellError(Reason.PERSON_COUNT_INVALID, limit=str(_PERSON_COUNT_MAX))
    return int(text)


def _yes_no(cell: object, info: ValidationInfo) -> bool:
    text = text_of(cell).casefold()
    if text not in _YES | _NO:
        raise CellError(Reason.YES_NO_UNREADABLE)
    return text in _YES


def _conventions(info: ValidationInfo) -> Conventions:
    assert isinstance(info.context, Conventions), "rows are checked by check_row"
    return info.context


def _checked(read: Callable[[object, ValidationInfo], object]) -> BeforeValidator:
    """Reads a cell; its fault becomes pydantic's, which never repeats what stood in the cell."""

    def validate(cell: Any, info: ValidationInfo) -> object:
        try:
            return read(cell, info)
        except CellError as error:
            raise PydanticCustomError(error.reason.value, "the cell is unusable", error.facts) from None

    return BeforeValidator(validate)


Text = Annotated[str, _checked(_text)]
Code = Annotated[str, _checked(_code)]
RequiredCode = Annotated[str, _checked(_required_code)]


class PetitionRow(BaseModel):
    """What a row says. A field that no column holds keeps its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row_id: Annotated[str, _checked(_row_id)] = ""
    person_reference: Text = ""
    name: Text = ""
    identity_number: Text = ""
    phone: Text = ""
    address: Text = ""
    contact: Text = ""
    subject: Text = ""
    content: Annotated[str, _checked(_required)]
    received_time: Annotated[datetime | None, _checked(_time)] = None
    posted_time: Annotated[datetime | None, _checked(_optional_time)] = None
    channel: RequiredCode
    division: RequiredCode
    content_class: Code = ""
    purpose: Code = ""
    person_count: Annotated[int, _checked(_person_count)] = 0
    anonymous: Annotated[bool, _checked(_yes_no)] = False


def check_row(values: Mapping[str, object], conventions: Conventions) -> PetitionRow | tuple[Fault, ...]:
    """The row's values by field, checked; or everything that is wrong with them."""
    try:
        return PetitionRow.model_validate(values, context=conventions)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        return tuple(Fault(Reason(one["type"]), str(one["loc"][0]), {**one.get("ctx", {})}) for one in found)

"""What can be wrong with a file or a row, as stable reasons with the facts that a sentence needs."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a file cannot be imported, or a row was not, or is worth a word. For machines; never renamed."""

    # The file or the options: nothing is sent.
    FILE_MISSING = "FILE_MISSING"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_EMPTY = "FILE_EMPTY"
    FILE_BROKEN = "FILE_BROKEN"
    FILE_ENCRYPTED = "FILE_ENCRYPTED"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FORMAT_UNKNOWN = "FORMAT_UNKNOWN"
    WRONG_ENCODING = "WRONG_ENCODING"
    ENCODING_UNKNOWN = "ENCODING_UNKNOWN"
    SHEET_MISSING = "SHEET_MISSING"
    HEADER_MISSING = "HEADER_MISSING"
    COLUMN_MISSING = "COLUMN_MISSING"
    COLUMN_AMBIGUOUS = "COLUMN_AMBIGUOUS"
    COLUMN_REPEATED = "COLUMN_REPEATED"
    COLUMN_SHARED = "COLUMN_SHARED"
    CONTENT_COLUMN_MISSING = "CONTENT_COLUMN_MISSING"
    FIELD_REQUIRED = "FIELD_REQUIRED"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    FIELD_NOT_SETTABLE = "FIELD_NOT_SETTABLE"
    FIELD_TWICE = "FIELD_TWICE"
    OPTION_MALFORMED = "OPTION_MALFORMED"
    MAPPING_INVALID = "MAPPING_INVALID"
    OUTPUT_TAKEN = "OUTPUT_TAKEN"
    OUTPUT_UNWRITABLE = "OUTPUT_UNWRITABLE"
    # A row: it is reported, the others go on.
    ROW_MALFORMED = "ROW_MALFORMED"
    ROW_LENGTH = "ROW_LENGTH"
    ROW_TOO_LARGE = "ROW_TOO_LARGE"
    ROW_NOT_OBJECT = "ROW_NOT_OBJECT"
    REST_NOT_READ = "REST_NOT_READ"
    REST_UNREADABLE = "REST_UNREADABLE"
    TEXT_BROKEN = "TEXT_BROKEN"
    NUMBER_DAMAGED = "NUMBER_DAMAGED"
    NUMBER_UNREADABLE = "NUMBER_UNREADABLE"
    VALUE_NOT_PLAIN = "VALUE_NOT_PLAIN"
    VALUE_MISSING = "VALUE_MISSING"
    CODE_TOO_LONG = "CODE_TOO_LONG"
    TIME_UNREADABLE = "TIME_UNREADABLE"
    TIME_IMPOSSIBLE = "TIME_IMPOSSIBLE"
    PERSON_COUNT_INVALID = "PERSON_COUNT_INVALID"
    YES_NO_UNREADABLE = "YES_NO_UNREADABLE"
    ROW_ID_TOO_LONG = "ROW_ID_TOO_LONG"
    ROW_ID_REPEATED = "ROW_ID_REPEATED"
    CHANGED_SINCE_IMPORT = "CHANGED_SINCE_IMPORT"
    # Registered, and worth a word.
    DUPLICATE_CONTENT = "DUPLICATE_CONTENT"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `field` names the petition's field; `facts` never hold what stood in a cell."""

    reason: Reason
    field: str = ""
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be sent: its number as a person finds it in the file, and all that is wrong."""

    number: int
    faults: tuple[Fault, ...]
    row_id: str = ""


class InputError(Exception):
    """The file or the options are unusable: nothing was sent."""

    def __init__(self, reason: Reason, **facts: str) -> None:
        super().__init__(reason, facts)
        self.fault = Fault(reason, facts=facts)


class CellError(Exception):
    """A cell does not say what its field needs."""

    def __init__(self, reason: Reason, **facts: str) -> None:
        super().__init__(reason, facts)
        self.reason, self.facts = reason, facts

"""What can be wrong with a file or a row, and what the service will doubt: stable reasons with facts."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RegisterPetitionRequest
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_domain.context import Policy
from huiyin_domain.intake.filing import taken


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
    FORMAT_OLD = "FORMAT_OLD"
    FORMAT_PAGE = "FORMAT_PAGE"
    FORMAT_OTHER = "FORMAT_OTHER"
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
    DELIMITER_INVALID = "DELIMITER_INVALID"
    # A sheet: it is named, the others go on.
    SHEET_NOT_CHOSEN = "SHEET_NOT_CHOSEN"
    SHEET_HIDDEN = "SHEET_HIDDEN"
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
    NUMBER_POINT_ZERO = "NUMBER_POINT_ZERO"
    VALUE_NOT_PLAIN = "VALUE_NOT_PLAIN"
    CODE_TOO_LONG = "CODE_TOO_LONG"
    TIME_MISSING = "TIME_MISSING"
    TIME_UNREADABLE = "TIME_UNREADABLE"
    TIME_IMPOSSIBLE = "TIME_IMPOSSIBLE"
    TIME_FORM_UNKNOWN = "TIME_FORM_UNKNOWN"
    TIME_AMBIGUOUS = "TIME_AMBIGUOUS"
    PERSON_COUNT_INVALID = "PERSON_COUNT_INVALID"
    YES_NO_UNREADABLE = "YES_NO_UNREADABLE"
    ROW_ID_TOO_LONG = "ROW_ID_TOO_LONG"
    ROW_ID_REPEATED = "ROW_ID_REPEATED"
    CHANGED_SINCE_IMPORT = "CHANGED_SINCE_IMPORT"
    CORRECTED_SINCE = "CORRECTED_SINCE"
    REFUSED_BY_SERVICE = "REFUSED_BY_SERVICE"
    # The case is put right by the row.
    CORRECTED = "CORRECTED"
    # What the service has doubts about; their names are those of the contract.
    PLACE_MISSING = "PLACE_MISSING"
    PLACE_UNKNOWN = "PLACE_UNKNOWN"
    PLACE_NOT_IN_FORCE = "PLACE_NOT_IN_FORCE"
    CHANNEL = "CHANNEL"
    PURPOSE = "PURPOSE"
    CONTENT_CLASS = "CONTENT_CLASS"
    SOURCE = "SOURCE"
    PERSON_COUNT = "PERSON_COUNT"
    RECEIVED_TIME = "RECEIVED_TIME"
    POSTED_TIME = "POSTED_TIME"
    CONTENT_MISSING = "CONTENT_MISSING"
    ENTERED_LATE = "ENTERED_LATE"
    # No filing: it is named, and nothing is missing.
    ROW_EMPTY = "ROW_EMPTY"
    ROW_TOTAL = "ROW_TOTAL"
    ROW_HEADING = "ROW_HEADING"
    # Registered, and worth a word.
    ROW_ID_PERSONAL = "ROW_ID_PERSONAL"
    ROW_ID_MISSING = "ROW_ID_MISSING"
    IDENTITY_MALFORMED = "IDENTITY_MALFORMED"
    IDENTITY_CHECK_CHARACTER = "IDENTITY_CHECK_CHARACTER"
    IDENTITY_BIRTH_DATE = "IDENTITY_BIRTH_DATE"
    FORMULA_NOT_CALCULATED = "FORMULA_NOT_CALCULATED"
    CELL_ERROR = "CELL_ERROR"
    COLUMN_WITHOUT_NAME = "COLUMN_WITHOUT_NAME"
    DUPLICATE_CONTENT = "DUPLICATE_CONTENT"


KEPT = frozenset(
    {
        Reason.NUMBER_POINT_ZERO,
        Reason.IDENTITY_MALFORMED,
        Reason.IDENTITY_CHECK_CHARACTER,
        Reason.IDENTITY_BIRTH_DATE,
    }
)
"""Doubts about a value that is taken all the same."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `field` names the petition's field; `facts` never hold what stood in a cell.

    `column` is the name of the column in the file, `place` the letter by which a spreadsheet calls it.
    """

    reason: Reason
    field: str = ""
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    column: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is not sent: its number as a person finds it in the file, and all that is wrong.

    `skipped`: nothing is wrong with it, it is no filing.
    """

    number: int
    faults: tuple[Fault, ...]
    row_id: str = ""
    sheet: str = ""
    skipped: bool = False


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


_PREFIX = "REGISTRATION_DOUBT_"
_FIELDS = {
    "PLACE_MISSING": "division",
    "PLACE_UNKNOWN": "division",
    "PLACE_NOT_IN_FORCE": "division",
    "CONTENT_MISSING": "content",
    "ENTERED_LATE": "received_time",
    "SOURCE": "",
}


def told(doubts: Iterable[RegistrationDoubt.ValueType]) -> Iterator[Fault]:
    """The doubts of an answer."""
    for doubt in doubts:
        name = RegistrationDoubt.Name(doubt).removeprefix(_PREFIX)
        yield Fault(Reason(name), _FIELDS.get(name, name.lower()))


def foreseen(filing: RegisterPetitionRequest, policy: Policy, now: datetime) -> Iterator[Fault]:
    """The doubts that need no more than the filing and the code tables."""
    found = set(taken(filing, policy, now).doubts)
    if not filing.HasField("content"):
        found.add(types.REGISTRATION_DOUBT_CONTENT_MISSING)
    yield from told(sorted(found))

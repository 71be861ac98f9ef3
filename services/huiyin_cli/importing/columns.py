"""Which column gives which field: as told, else recognised by its name; never by guess between two."""

import unicodedata
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from dataclasses import dataclass

from huiyin_cli.importing.faults import InputError, Reason
from huiyin_cli.importing.mapping import Mapping, Recognition

FIELDS = (
    "row_id", "person_reference", "name", "identity_number", "phone", "address", "contact", "subject",
    "content", "received_time", "posted_time", "channel", "division", "content_class", "purpose",
    "person_count", "anonymous",
)  # fmt: skip
"""What a row can say."""

SETTABLE = frozenset(
    {"channel", "division", "content_class", "purpose", "received_time", "posted_time", "person_count",
     "anonymous"}
)  # fmt: skip
"""What can hold for all rows of a file. Nothing about a person or a matter can."""

_REQUIRED = ("channel", "division")
_PERSONAL = ("person_reference", "name", "identity_number", "phone", "address", "contact")


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Columns by field, constants by field, and the source that the rows' own numbers belong to."""

    columns: Dict[str, str]
    constants: Dict[str, str]
    source: str

    def without(self) -> tuple[str, ...]:
        """Columns that were not found and that people will ask about."""
        expected = ("row_id", "person_reference", "subject", "received_time")
        return tuple(field for field in expected if field not in {*self.columns, *self.constants})


def plan_columns(headers: Sequence[str], mapping: Mapping, recognition: Recognition) -> ColumnPlan:
    """The plan for a file with these columns. Raises InputError."""
    _check_fields(mapping)
    matches = _matches(headers, recognition)
    columns = _recognised(matches, mapping) | _told(headers, mapping)
    if "content" not in columns:
        raise InputError(Reason.CONTENT_COLUMN_MISSING, columns=_listed(headers))
    for field in _REQUIRED:
        if field not in columns and not mapping.set.get(field):
            raise InputError(Reason.FIELD_REQUIRED, field=field)
    _check_row_id(columns, matches)
    return ColumnPlan(columns, dict(mapping.set), mapping.source or columns.get("row_id", ""))


def _check_fields(mapping: Mapping) -> None:
    for field in (*mapping.columns, *mapping.set, *mapping.values):
        if field not in FIELDS:
            raise InputError(Reason.FIELD_UNKNOWN, field=field, fields=", ".join(FIELDS))
    for field in mapping.set:
        if field not in SETTABLE:
            raise InputError(Reason.FIELD_NOT_SETTABLE, field=field, fields=", ".join(sorted(SETTABLE)))
        if field in mapping.columns:
            raise InputError(Reason.FIELD_TWICE, field=field)


def _told(headers: Sequence[str], mapping: Mapping) -> dict[str, str]:
    told = {field: column for field, column in mapping.columns.items() if column}
    for field, column in told.items():
        _check_column(field, column, headers)
    return told


def _check_column(field: str, column: str, headers: Sequence[str]) -> None:
    if column not in headers:
        raise InputError(Reason.COLUMN_MISSING, field=field, column=column, columns=_listed(headers))
    if headers.count(column) > 1:
        raise InputError(Reason.COLUMN_REPEATED, field=field, column=column)


def _matches(headers: Sequence[str], recognition: Recognition) -> dict[str, list[str]]:
    """For each field the columns that have one of its names."""
    known = {field: set(map(_plain, names)) for field, names in recognition.columns.items()}
    return {
        field: [header for header in headers if _plain(header) in names] for field, names in known.items()
    }


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in folded if character.isalnum())


def _recognised(matches: Dict[str, list[str]], mapping: Mapping) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, headers in matches.items():
        if not headers or field in mapping.columns or field in mapping.set:
            continue
        if len(headers) > 1:
            raise InputError(Reason.COLUMN_AMBIGUOUS, field=field, columns=_listed(headers))
        if headers[0] not in mapping.columns.values():
            found[field] = headers[0]
    return found


def _check_row_id(columns: Dict[str, str], matches: Dict[str, list[str]]) -> None:
    """The row's number is kept in clear: a column that is, or is called, a person's cannot be it."""
    for field in _PERSONAL:
        if columns.get("row_id") in {columns.get(field, ""), *matches.get(field, ())}:
            raise InputError(Reason.COLUMN_SHARED, field=field, column=columns["row_id"])


def _listed(headers: Sequence[str]) -> str:
    return "、".join(header for header in headers if header)

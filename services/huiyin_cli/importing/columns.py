"""Which column of a file is which field, which name which code: as told, or as exports have it."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from importlib import resources
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from huiyin_cli.importing.cells import looks_like_identity, looks_like_phone, text_of
from huiyin_cli.importing.faults import CellError, InputError, Reason
from huiyin_cli.importing.table import TableRow, bare, plain
from huiyin_domain.codes import CodeTable, CodeTables

RECOGNITION = "recognition.toml"


class Recognition(BaseModel):
    """Column names and names of codes that are recognised without being told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    columns: dict[str, list[str]]
    values: dict[str, dict[str, str]]


class Mapping(BaseModel):
    """Which column holds which field (empty: none does), what holds for all rows, and how to read values.

    `source` names the system that gave the rows their numbers: equal numbers of one source are one filing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(default="", max_length=80)
    time_zone: str = "Asia/Shanghai"
    time_formats: tuple[str, ...] = ()
    columns: dict[str, str] = Field(default_factory=dict)
    set: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError) as error:
            message = f"no time zone is called {name!r}"
            raise ValueError(message) from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """Where times without a zone were written down."""
        return ZoneInfo(self.time_zone)


def built_in() -> Recognition:
    """The recognition that ships with the command."""
    text = resources.files(__package__).joinpath(RECOGNITION).read_text(encoding="utf-8")
    return Recognition.model_validate(tomllib.loads(text))


def load_mapping(path: Path | None) -> Mapping:
    """The mapping in a TOML file; without one, an empty mapping. Raises InputError."""
    if path is None:
        return Mapping()
    try:
        return _validated(tomllib.loads(path.read_text(encoding="utf-8-sig")), str(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(Reason.MAPPING_INVALID, path=str(path), detail=str(error)) from error


def _validated(values: dict[str, object], origin: str) -> Mapping:
    try:
        return Mapping.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(Reason.MAPPING_INVALID, path=origin, detail=f"{where}: {first['msg']}") from error


def with_options(
    mapping: Mapping, columns: Iterable[str], constants: Iterable[str], source: str = ""
) -> Mapping:
    """The mapping with `--map field=Column`, `--set field=value` and `--source` going before it."""
    mapped, fixed = _pairs("--map", columns), _pairs("--set", constants)
    for field in mapped.keys() & fixed.keys():
        raise InputError(Reason.FIELD_TWICE, field=field)
    kept_columns = {field: column for field, column in mapping.columns.items() if field not in fixed}
    kept_constants = {field: value for field, value in mapping.set.items() if field not in mapped}
    changes: dict[str, object] = {"columns": kept_columns | mapped, "set": kept_constants | fixed}
    if source:
        changes["source"] = source
    return _validated(mapping.model_dump() | changes, "--source")


def _pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        field, equals, value = text.partition("=")
        if not equals or not field.strip() or field.strip() in pairs:
            raise InputError(Reason.OPTION_MALFORMED, option=option, text=text)
        pairs[field.strip()] = value.strip()
    return pairs


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

    def unused(self, headers: Sequence[str]) -> tuple[str, ...]:
        """Columns of the file of which nothing is imported."""
        return tuple(header for header in headers if header and header not in self.columns.values())

    def without(self) -> tuple[str, ...]:
        """Columns that were not found and that people will ask about."""
        expected = ("row_id", "person_reference", "subject", "received_time")
        return tuple(field for field in expected if field not in {*self.columns, *self.constants})


def known_names(mapping: Mapping, recognition: Recognition) -> Iterator[str]:
    """Names by which a line is known to be the one that names the columns."""
    yield from chain.from_iterable(recognition.columns.values())
    yield from mapping.columns.values()


def plan_columns(
    headers: Sequence[str], mapping: Mapping, recognition: Recognition, sample: Sequence[TableRow] = ()
) -> ColumnPlan:
    """The plan for a table with these columns, which `sample` shows at work. Raises InputError."""
    _check_fields(mapping)
    matches = _matches(headers, recognition)
    columns = _by_values(_recognised(matches, mapping), mapping, sample) | _told(headers, mapping)
    if "content" not in columns:
        raise InputError(Reason.CONTENT_COLUMN_MISSING, columns=_listed(headers))
    for field in _REQUIRED:
        if field not in columns and not mapping.set.get(field) and mapping.columns.get(field) != "":
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
    if column not in headers and column in map(bare, headers):
        raise InputError(Reason.COLUMN_REPEATED, field=field, column=column)
    if column not in headers:
        raise InputError(Reason.COLUMN_MISSING, field=field, column=column, columns=_listed(headers))


def _matches(headers: Sequence[str], recognition: Recognition) -> dict[str, list[str]]:
    """For each field the columns that have one of its names."""
    known = {field: set(map(plain, names)) for field, names in recognition.columns.items()}
    return {
        field: [header for header in headers if {plain(header), plain(bare(header))} & names]
        for field, names in known.items()
    }


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


def _by_values(columns: dict[str, str], mapping: Mapping, sample: Sequence[TableRow]) -> dict[str, str]:
    """A column called ID that holds people's numbers is what it holds, and no number of the row."""
    column = columns.get("row_id", "")
    texts = [text for row in sample if column and (text := _shown(row.cells.get(column)))]
    if not texts:
        return columns
    for field, is_one in (("identity_number", looks_like_identity), ("phone", looks_like_phone)):
        if sum(map(is_one, texts)) * 2 > len(texts) and field not in {*columns, *mapping.columns}:
            return {name: one for name, one in columns.items() if name != "row_id"} | {field: column}
    return columns


def _shown(cell: object) -> str:
    try:
        return text_of(cell)
    except CellError:
        return ""


def _check_row_id(columns: Dict[str, str], matches: Dict[str, list[str]]) -> None:
    """The row's number is kept in clear: a column that is, or is called, a person's cannot be it."""
    for field in _PERSONAL:
        if columns.get("row_id") in {columns.get(field, ""), *matches.get(field, ())}:
            raise InputError(Reason.COLUMN_SHARED, field=field, column=columns["row_id"])


def _listed(headers: Sequence[str]) -> str:
    return "、".join(header for header in headers if header)


Names = Dict[str, Dict[str, str]]


def names_in(tables: CodeTables) -> dict[str, dict[str, str]]:
    """Codes by field and name. No divisions: a name such as 朝阳区 stands for several."""
    by_field = {
        "channel": tables.channels,
        "purpose": tables.purposes,
        "content_class": tables.content_classes,
    }
    return {field: _unambiguous(table) for field, table in by_field.items()}


def _unambiguous(table: CodeTable) -> dict[str, str]:
    named = list(_named(table))
    uses = Counter(name for name, _ in named)
    return {name: code for name, code in named if uses[name] == 1}


def _named(table: CodeTable) -> Iterator[tuple[str, str]]:
    for code in table.codes.values():
        for name in {code.name_zh, code.name_en} - {""}:
            yield name, code.code


def merged(*sources: Names) -> dict[str, dict[str, str]]:
    """All of them, later ones going before earlier ones; names in lower case."""
    together: dict[str, dict[str, str]] = {}
    for source in sources:
        for field, names in source.items():
            folded = {name.casefold(): code for name, code in names.items()}
            together[field] = together.get(field, {}) | folded
    return together

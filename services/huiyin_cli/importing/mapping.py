"""What the caller says about a file's columns: a TOML mapping file, and options that go before it."""

import tomllib
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from huiyin_cli.importing.faults import InputError, Reason

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

"""Policy files are read strictly: an error names the file, the line or entry, and what to do."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

ENTRIES_SHOWN_MAX = 5


class PolicyError(Exception):
    """A policy file is missing, malformed or altered: nothing starts on half a policy."""


class Entry(BaseModel):
    """A part of a policy file: no field may be unknown or of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


EntryT = TypeVar("EntryT", bound=Entry)


def read_text(path: Path) -> str:
    """The text of a policy file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{path}: the file is missing; put it there or give another data folder") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(
            f"{path}: cannot be read ({error}); it has to be a readable file in UTF-8"
        ) from error


def parse(path: Path, text: str, form: type[EntryT]) -> EntryT:
    """The content of a policy file in its form."""
    try:
        return form.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{path}: not TOML: {error}; correct the file there") from error
    except ValidationError as error:
        raise PolicyError(f"{path}: {_faults(error)}; correct the file") from error


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False)
    shown = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in faults]
    more = f" and {len(shown) - ENTRIES_SHOWN_MAX} more" if len(shown) > ENTRIES_SHOWN_MAX else ""
    return "; ".join(shown[:ENTRIES_SHOWN_MAX]) + more

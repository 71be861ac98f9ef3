"""The fields of a correction as a person or a program gives them: FIELD=VALUE, or a JSON object."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import typer
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Clear, Person, Secret
from huiyin.intake.v1.service_pb2 import CorrectRegistrationRequest as Request
from huiyin.intake.v1.types_pb2 import RegistrationDoubt
from huiyin_domain.dates import SHANGHAI
from huiyin_domain.intake.registered import FIELDS, SEALED_FIELDS
from huiyin_kernel.codec import timestamp

_DOUBT = "REGISTRATION_DOUBT_"
_TIMES = ("received_time", "posted_time")
_FORMS = {
    "petitioner": "an object of name, identity_number, phone, address, contact",
    "received_time": "a day or time such as 2026-11-20 or 2026-11-20T09:30",
    "posted_time": "a day or time such as 2026-11-20 or 2026-11-20T09:30",
    "person_count": "a number",
    "anonymous": "true or false",
}


def put(request: Request, name: str, value: Any) -> None:
    """Sets a field of a correction from a value as JSON has it; null puts it right to nothing.

    Raises a usage error that names the field and never repeats the value.
    """
    if name not in FIELDS:
        raise typer.BadParameter(f"{name} is no field of a registration: give some of {', '.join(FIELDS)}")
    request.fields.append(name)
    if value is None:
        return
    try:
        filled: Any = _message(name, value)
        if isinstance(filled, Message):
            getattr(request, name).CopyFrom(filled)
        else:
            setattr(request, name, filled)
    except (TypeError, ValueError, ParseError):
        raise typer.BadParameter(f"{name} takes {_FORMS.get(name, 'a text')}") from None


def _message(name: str, value: Any) -> Any:
    if name == "petitioner":
        return Secret(clear=Clear(person=ParseDict(value, Person())))
    if name in SEALED_FIELDS:
        return sealed_text(value)
    return timestamp(_time(value)) if name in _TIMES else value


def sealed_text(words: str) -> Secret:
    """A text that the service seals."""
    secret = Secret()
    secret.clear.text = words
    return secret


def _time(text: str) -> datetime:
    """A time without offset is Shanghai's."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def from_options(given: list[str]) -> dict[str, Any]:
    """Fields given as FIELD=VALUE; an empty value puts one right to nothing. Raises a usage error."""
    values: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set takes FIELD=VALUE, not {name!r}")
        if name in SEALED_FIELDS:
            raise typer.BadParameter(
                f"{name} is personal or free text: give it by --file, never on a command line"
            )
        values[name] = _plain(name, value)
    return values


def _plain(name: str, value: str) -> Any:
    if name in ("person_count", "anonymous") and value:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value or None


def from_file(file: str) -> dict[str, Any]:
    """Fields of a JSON object in a file, or on standard input for -. Raises a usage error."""
    if not file:
        return {}
    try:
        found = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        line = getattr(error, "lineno", 0)
        where = f"{file}, line {line}" if line else file
        raise typer.BadParameter(f"{where}: cannot be read as JSON") from None
    if not isinstance(found, dict):
        raise typer.BadParameter(f"{file} holds no JSON object of fields")
    return found


def doubts(names: list[str]) -> list[RegistrationDoubt.ValueType]:
    """Doubts about a registration by their names, such as PLACE_UNKNOWN. Raises a usage error."""
    known = {name.removeprefix(_DOUBT): number for name, number in RegistrationDoubt.items() if number}
    if unknown := [name for name in names if name.upper() not in known]:
        raise typer.BadParameter(f"{unknown[0]!r} is no doubt: give some of {', '.join(known)}")
    return [known[name.upper()] for name in names]

"""States and case views as bytes and back: the same gives the same bytes, so that replay can compare."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from huiyin_domain.cases.parts import (
    CaseView,
    Filing,
    IntakePart,
    JudicialPart,
    ReceptionPart,
    SupervisionPart,
)
from huiyin_domain.participation import Ground, Participation


def to_text(value: Any) -> str:
    """A value as JSON, with its sets in order."""
    return _PLAIN.encode(value)


def reader(kind: Any) -> Callable[[Any], Any]:
    """Makes values of a type again from what json.loads gives."""
    origin, given = get_origin(kind), get_args(kind)
    if origin is UnionType:
        [one] = (each for each in given if each is not NoneType)
        read = reader(one)
        return lambda value: None if value is None else read(value)
    if origin is tuple and given[-1] is not ...:
        return _each(lambda *values: values, given)
    if origin in (tuple, frozenset):
        read = reader(given[0])
        return lambda values: origin(values if read is _same else map(read, values))
    return _reader_of_class(kind)


def _reader_of_class(kind: Any) -> Callable[[Any], Any]:
    if kind is datetime:
        return datetime.fromisoformat
    if kind is bytes:
        return bytes.fromhex
    if issubclass(kind, Enum):
        return lambda value: kind(value)
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = get_type_hints(kind)
        names = [one.name for one in fields(kind)] if is_dataclass(kind) else kind._fields
        return _each(kind, [hints[name] for name in names])
    return _same


def _each(make: Callable[..., Any], kinds: Any) -> Callable[[Any], Any]:
    """A reader of several values, each by its own type."""
    readers = [reader(kind) for kind in kinds]
    others = [(place, read) for place, read in enumerate(readers) if read is not _same]

    def read_all(values: list[Any]) -> Any:
        for place, read in others:
            values[place] = read(values[place])
        return make(*values)

    return read_all


def _same(value: Any) -> Any:
    return value


def _plain(value: Any) -> Any:
    """What json knows, of what it does not know. Raises TypeError for a type that nobody may keep."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value):
        return [getattr(value, one.name) for one in fields(value)]
    message = f"{type(value).__name__} is kept in no state"
    raise TypeError(message)


_PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_plain)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def to_bytes(view: CaseView) -> bytes:
    """The view as JSON with sorted keys, in UTF-8."""
    fields = {
        "intake": _part(view.intake) | {"filing": view.intake.filing._asdict()},
        "judicial": _part(view.judicial),
        "reception": _part(view.reception),
        "supervision": _part(view.supervision),
        "event_count": view.event_count,
    }
    return _ENCODER.encode(fields).encode()


def _part(part: IntakePart | JudicialPart | ReceptionPart | SupervisionPart) -> dict[str, Any]:
    return part._asdict() | {"participation": part.participation._asdict()}


def from_bytes(data: bytes) -> CaseView:
    """The view that gave these bytes."""
    fields = json.loads(data)
    intake = _fields(fields["intake"])
    filing = Filing(**intake.pop("filing"))
    return CaseView(
        intake=IntakePart(filing=filing, **intake),
        judicial=JudicialPart(**_fields(fields["judicial"])),
        reception=ReceptionPart(**_fields(fields["reception"])),
        supervision=SupervisionPart(**_fields(fields["supervision"])),
        event_count=fields["event_count"],
    )


def _fields(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows lists alone; the parts hold tuples."""
    held = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return held | {"participation": _participation(values["participation"])}


def _participation(values: dict[str, Any]) -> Participation:
    grounds = tuple(Ground(*ground) for ground in values["grounds"])
    return Participation(grounds, tuple(values["former"]), tuple(values["disputed"]))

"""States as JSON and back, by the types of their fields. The same state gives the same bytes.

Named tuples and data classes are lists of their fields, in order: what is kept has no names in it, so a state
whose fields change is folded anew.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints


def to_text(value: Any) -> str:
    """A value as JSON, with its sets in order."""
    return _ENCODER.encode(value)


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


_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_plain)

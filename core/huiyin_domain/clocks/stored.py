"""The marks of a case as bytes and back. The same marks give the same bytes, so that replay can compare."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Matter, Milestone

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)

MARKS_MAX = 10_000
"""Marks whose text is remembered, a kilobyte each: a case adds one and is kept with all of them."""


def to_bytes(state: CaseClocks) -> bytes:
    """The state as JSON with sorted keys, in UTF-8; what a mark does not have is left out."""
    streams = (
        f"{_ENCODER.encode(stream)}:[{','.join(map(_text, marks))}]"
        for stream, marks in sorted(state.streams.items())
    )
    return f'{{"case_id":{_ENCODER.encode(state.case_id)},"streams":{{{",".join(streams)}}}}}'.encode()


def from_bytes(data: bytes) -> CaseClocks:
    """The state that gave these bytes."""
    whole = json.loads(data)
    streams = {name: tuple(_mark(one) for one in marks) for name, marks in whole["streams"].items()}
    return CaseClocks(whole["case_id"], streams)


@lru_cache(maxsize=MARKS_MAX)
def _text(mark: Mark) -> str:
    """A mark as JSON. What it does not have is empty, nought or false."""
    return _ENCODER.encode(
        {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in zip(Mark._fields, mark, strict=True)
            if value
        }
    )


def _mark(plain: dict[str, Any]) -> Mark:
    return Mark(**{name: _READERS.get(name, _same)(value) for name, value in plain.items()})


def _same(value: Any) -> Any:
    return value


def _keys(pairs: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(pair) for pair in pairs)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "milestone": Milestone,
    "time": datetime.fromisoformat,
    "recorded": datetime.fromisoformat,
    "keys": _keys,
    "due": date.fromisoformat,
    "base": datetime.fromisoformat,
    "begins": datetime.fromisoformat,
    "matter": Matter,
}

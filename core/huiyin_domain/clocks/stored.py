"""The marks of a case as bytes and back. The same marks give the same bytes, so that replay can compare."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from huiyin_domain.clocks.fold import CaseClocks
from huiyin_domain.clocks.mark import Mark
from huiyin_domain.clocks.milestone import Matter, Milestone


def to_bytes(state: CaseClocks) -> bytes:
    """The state as JSON with sorted keys, in UTF-8; what a mark does not have is left out."""
    streams = {stream: [_plain(one) for one in marks] for stream, marks in state.streams.items()}
    whole = {"case_id": state.case_id, "streams": streams}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def from_bytes(data: bytes) -> CaseClocks:
    """The state that gave these bytes."""
    whole = json.loads(data)
    streams = {name: tuple(_mark(one) for one in marks) for name, marks in whole["streams"].items()}
    return CaseClocks(whole["case_id"], streams)


def _plain(mark: Mark) -> dict[str, Any]:
    return {
        name: _text(value) for name, value in mark._asdict().items() if value not in (None, "", (), 0, False)
    }


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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

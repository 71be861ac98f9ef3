"""Which processes run, since when, started again how often: written by who starts them, read by who asks."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from huiyin_kernel.identity.files import write_whole


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """One process that ought to run. `pid` is None while it does not."""

    name: str
    pid: int | None
    started_time: datetime | None
    restart_count: int

    @property
    def is_running(self) -> bool:
        """Whether it runs now; a table that outlived its writer names processes that are gone."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # it is there, as somebody else's
            return True
        return True


class ProcessTable:
    """The file; written when something in it changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: list[ProcessRow] = []

    def write(self, rows: Iterable[ProcessRow]) -> None:
        """Tells others."""
        now = list(rows)
        if now != self._written:
            content = json.dumps([asdict(row) for row in now], indent=2, default=str)
            write_whole(self._path, content.encode() + b"\n", mode=0o644)
            self._written = now

    def remove(self) -> None:
        """Nothing ought to run any more."""
        self._path.unlink(missing_ok=True)


def read_table(path: Path) -> list[ProcessRow]:
    """What was last written; nothing when the platform was stopped in good order or never started."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [_row(row["name"], row["pid"], row["started_time"], row["restart_count"]) for row in rows]


def _row(name: str, pid: int | None, started: str | None, restarts: int) -> ProcessRow:
    return ProcessRow(name, pid, datetime.fromisoformat(started) if started else None, restarts)

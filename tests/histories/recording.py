"""The files of a recorded history, and reading them again."""

import gzip
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

from huiyin_audit.history import History, read_history, write_history
from huiyin_domain.clocks.timetable import RULES as CLOCK_RULES
from huiyin_kernel.codec import EVENT_TYPES
from tests.histories.contracts import shape

RETIRED = frozenset({"huiyin.intake.v1.PetitionSplit"})
"""Event types that are read for ever and written no more."""

FOLDER = Path(__file__).parent
HISTORY, TYPES, RULES, CONTRACTS = "history.jsonl.gz", "types.json", "rules.json", "contracts.json"


def versions() -> list[str]:
    """The versions of which there is a recording, oldest first."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{HISTORY}"))


@cache
def history(version: str) -> History:
    """What a version wrote, as this build reads it."""
    with gzip.open(FOLDER / version / HISTORY, "rt", encoding="utf-8") as file:
        return read_history(file)


def write(version: str, recorded: History) -> None:
    """Writes what this build's version recorded, and which event types, rules and shapes it knows."""
    folder = FOLDER / version
    folder.mkdir(exist_ok=True)
    with (
        (folder / HISTORY).open("wb") as raw,
        gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
    ):
        write_history(recorded, file)
    write_json(version, TYPES, sorted(EVENT_TYPES.keys() - RETIRED))
    write_json(version, RULES, sorted({rule.id for rule in CLOCK_RULES}))
    write_json(version, CONTRACTS, shape())


def read_json(version: str, name: str) -> Any:
    """Something kept beside a recording."""
    return json.loads((FOLDER / version / name).read_text(encoding="utf-8"))


def write_json(version: str, name: str, value: object) -> None:
    """Keeps something beside a recording."""
    text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    (FOLDER / version / name).write_text(text, encoding="utf-8")

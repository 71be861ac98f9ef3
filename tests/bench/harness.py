"""Measurements beside a raw baseline of the same run, kept in build/bench.json."""

import json
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[2] / "build" / "bench.json"
ROUNDS = 5

QUIET_IDLE_MIN = 0.9
QUIET_WAIT_SECONDS_MAX = 20.0
_LOAD = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement. `ratio` is value / baseline_value: absolute figures differ from machine to machine."""

    name: str
    value: float
    unit: str
    baseline: str
    baseline_value: float
    ratio: float


def compared(name: str, unit: str, baseline: str, pairs: Sequence[tuple[float, float]]) -> Record:
    """A record of (value, baseline value) pairs, each measured one right after the other.

    The ratio is the median of the pairs' ratios: a neighbour who takes the machine for a while spoils one
    pair, not the comparison.
    """
    return Record(
        name,
        round(statistics.median(value for value, _ in pairs), 2),
        unit,
        baseline,
        round(statistics.median(raw for _, raw in pairs), 2),
        round(statistics.median(value / raw for value, raw in pairs), 3),
    )


def quiet() -> None:
    """Waits for a bounded time until nobody else uses the machine; where that cannot be known, not at all."""
    until = time.monotonic() + QUIET_WAIT_SECONDS_MAX
    while _LOAD.exists() and _idle_share(0.3) < QUIET_IDLE_MIN and time.monotonic() < until:
        pass


def _idle_share(seconds: float) -> float:
    before = _ticks()
    time.sleep(seconds)
    spent = [after - earlier for after, earlier in zip(_ticks(), before, strict=True)]
    return spent[3] / max(sum(spent), 1)


def _ticks() -> list[int]:
    return [int(ticks) for ticks in _LOAD.read_text().split("\n", 1)[0].split()[1:9]]


def save(records: Iterable[Record], path: Path = RESULTS) -> None:
    """Merges records into the list of results, by name."""
    kept = {entry["name"]: entry for entry in json.loads(path.read_text())} if path.exists() else {}
    kept |= {record.name: asdict(record) for record in records}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(list(kept.values()), indent=2) + "\n")


def show(record: Record) -> None:
    """Prints a record as one line."""
    measured = f"{record.value:>12,.2f} {record.unit}"
    base = f"{record.baseline} ({record.baseline_value:,.2f})"
    print(f"{record.name:<24}{measured:<24}{record.ratio:>7.2f} x {base}")

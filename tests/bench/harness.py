"""Measurements, alone or beside a raw baseline of the same run."""

import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

QUICK = bool(os.environ.get("QUICK"))
"""Fewer rounds and smaller ones, to see that it runs: its figures are rough."""
ROUNDS = 2 if QUICK else 5

QUIET_IDLE_MIN = 0.9
QUIET_WAIT_SECONDS_MAX = 0.0 if QUICK else 20.0
_LOAD = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement: the median of its rounds, with the least and the most.

    `ratio` is value / baseline_value, for absolute figures differ from machine to machine; None without a
    baseline.
    """

    name: str
    unit: str
    value: float
    least: float
    most: float
    baseline: str = ""
    baseline_value: float | None = None
    ratio: float | None = None
    ratio_least: float | None = None
    ratio_most: float | None = None


def measured(name: str, unit: str, values: Sequence[float]) -> Record:
    """A record of values that stand for themselves, such as CPU time of the same work."""
    return Record(name, unit, *_spread(values, 2))


def measured_each(name: str, unit: str, values: Mapping[str, float]) -> list[Record]:
    """A record for each part of a whole, the greatest first, and one for the whole."""
    parts = sorted(values.items(), key=lambda part: -part[1])
    found = [measured(f"{name}: {part}", unit, [value]) for part, value in parts if value >= 0.005]
    return [measured(name, unit, [sum(values.values())]), *found]


def compared(name: str, unit: str, baseline: str, pairs: Sequence[tuple[float, float]]) -> Record:
    """A record of (value, baseline value) pairs, each measured one right after the other.

    The ratio is the median of the pairs' ratios: a neighbour who takes the machine for a while spoils one
    pair, not the comparison.
    """
    base = round(statistics.median(raw for _, raw in pairs), 2)
    ratios = _spread([value / raw for value, raw in pairs], 3)
    return Record(name, unit, *_spread([value for value, _ in pairs], 2), baseline, base, *ratios)


def _spread(values: Sequence[float], digits: int) -> tuple[float, float, float]:
    """Median, least and most."""
    middle = statistics.median(values)
    return round(middle, digits), round(min(values), digits), round(max(values), digits)


def percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return sorted(seconds)[min(int(len(seconds) * share), len(seconds) - 1)] * 1e3


def quiet() -> None:
    """Waits for a bounded time until nobody else uses the machine; where that cannot be known, not at all."""
    until = time.monotonic() + QUIET_WAIT_SECONDS_MAX
    while _LOAD.exists() and time.monotonic() < until and _idle_share(0.3) < QUIET_IDLE_MIN:
        pass


def _idle_share(seconds: float) -> float:
    before = _ticks()
    time.sleep(seconds)
    spent = [after - earlier for after, earlier in zip(_ticks(), before, strict=True)]
    return spent[3] / max(sum(spent), 1)


def _ticks() -> list[int]:
    return [int(ticks) for ticks in _LOAD.read_text().split("\n", 1)[0].split()[1:9]]

"""What a recorded history gives: what may never change, and what rules of a later version may judge anew."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from huiyin.common.v1.types_pb2 import Track
from huiyin.intake.v1.types_pb2 import PetitionStatus
from huiyin_domain.clocks.clock import Clock
from huiyin_domain.figures.derive import contributions
from huiyin_kernel.policy import load_policy
from tests.histories import folding, recording
from tests.support.folding import Memory

Kept = dict[str, Any]


def lasting(version: str) -> Kept:
    """What people were told: who holds a case, on which epoch, what it is, what came after what."""
    return {
        "cases": {case_id: _case(version, case_id) for case_id in sorted(folding.cases(version))},
        "timeline": folding.timeline(version).order(),
        "streams": dict(Counter(stream.partition("-")[0] for stream in folding.streams(version))),
    }


def _case(version: str, case_id: str) -> Kept:
    view = folding.cases(version)[case_id].view
    intake = view.intake
    return {
        "responsible_unit": intake.responsible_unit,
        "epoch": intake.epoch,
        "status": PetitionStatus.Name(intake.status),
        "track": Track.Name(intake.track),
        "accused_units": list(intake.accused_units),
        "linked_case_ids": list(intake.linked_case_ids),
        "passed_clocks": list(view.supervision.passed_clocks),
        "events": view.event_count,
    }


def judged(version: str) -> Kept:
    """Dates, figures and what else follows from rules, calendars and policy, which change with reason."""
    case_ids = sorted(folding.cases(version))
    return {
        "clocks": {case_id: _clocks(version, case_id) for case_id in case_ids},
        "figures": _figures(version),
        "reached": _reached(version),
        "shown": _shown(folding.shown(version)),
    }


def _clocks(version: str, case_id: str) -> Mapping[str, str]:
    return {clock.clock_id: _told(clock) for clock in folding.clocks_of(version, case_id)}


def _told(clock: Clock) -> str:
    how = "void" if clock.void else clock.end.value if clock.end else "running"
    return f"{clock.unit or 'petitioner'} {clock.raw_due} {clock.rolled_due} {how}"


def _figures(version: str) -> Mapping[str, int]:
    calendar, counted = load_policy().timetable, Counter[str]()
    for state in folding.cases(version).values():
        for one in contributions(state, calendar):
            counted[f"{one.month} {one.unit} {one.measure.value} {one.piece.value}"] += 1
    return counted


def _reached(version: str) -> Mapping[str, list[str]]:
    """Who has had something of a case."""
    found: dict[str, set[str]] = {}
    for placed, _ in folding.timeline(version).entries:
        found.setdefault(placed.case_id, set()).update(placed.recipients)
    return {case_id: sorted(agencies) for case_id, agencies in sorted(found.items())}


def _shown(memory: Memory) -> Mapping[str, int]:
    return Counter(sink for sink, _ in memory.displayed())


KEPT: dict[str, Callable[[str], Kept]] = {"lasting.json": lasting, "judged.json": judged}
"""By the name of the file beside the recording."""


def changed(version: str, name: str) -> list[str]:
    """Where this build comes to something else than what is kept; each as its path."""
    kept = recording.read_json(version, name)
    return list(_differences(kept["expected"], KEPT[name](version), ""))


def _differences(kept: Any, found: Any, path: str) -> list[str]:
    if isinstance(kept, dict) and isinstance(found, Mapping):
        names = sorted({*kept, *found})
        return [
            each for name in names for each in _differences(kept.get(name), found.get(name), f"{path}/{name}")
        ]
    return [] if kept == found else [f"{path}: {kept!r} became {found!r}"]


def keep(version: str, name: str, reason: str) -> None:
    """Keeps what this build comes to, and why it is so."""
    try:
        reasons = list(recording.read_json(version, name)["reasons"])
    except FileNotFoundError:
        reasons = []
    recording.write_json(version, name, {"reasons": [*reasons, reason], "expected": KEPT[name](version)})

"""Results of benchmarks: shown as lines, kept in build/bench.json with machine, date and commit."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.harness import QUICK, Record

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "build" / "bench.json"


def save(record: Record, path: Path = RESULTS) -> None:
    """Puts a record into the list of results, in place of the one of that name."""
    kept = {entry["name"]: entry for entry in load(path)}
    kept[record.name] = {**asdict(record), **_circumstances()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"records": list(kept.values())}, indent=2, ensure_ascii=False) + "\n")


def load(path: Path = RESULTS) -> list[dict[str, Any]]:
    """All results so far."""
    found: list[dict[str, Any]] = json.loads(path.read_text())["records"] if path.exists() else []
    return found


def _circumstances() -> Mapping[str, object]:
    """When, where and of what."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": commit(),
        "machine": machine(),
        "quick": QUICK,
    }


def commit() -> str:
    """The commit that is measured, with a mark when files were changed since."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()


def machine() -> str:
    """Processor, cores and memory."""
    cores, gigabytes = os.cpu_count(), os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{_processor()}, {cores} cores, {gigabytes:.0f} GB, {platform.system()}"


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def show(record: Record) -> None:
    """Prints a record as one line."""
    line = f"{record.name:<44}{record.value:>12,.2f} {record.unit:<12}"
    if record.ratio is not None:
        line += f"{record.ratio:>8.2f} [{record.ratio_least:.2f} to {record.ratio_most:.2f}]"
        line += f" x {record.baseline} ({record.baseline_value:,.2f})"
    elif record.least != record.most:
        line += f"[{record.least:,.2f} to {record.most:,.2f}]"
    print(line.rstrip(), flush=True)

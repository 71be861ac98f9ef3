"""CPU time of a running platform by process, from /proc: services, launcher, brokers, database backends."""

import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from huiyin_kernel.settings import Settings
from huiyin_launcher.processes import read_table

_PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
_BACKEND = re.compile(r"postgres: huiyin_(\w+) ")
LAUNCHER, DATABASE, ENDED = "launcher", "postgres", "postgres ended"


@dataclass(frozen=True, slots=True)
class Spent:
    """What one process has spent until now, in seconds; `children` is what its ended children had."""

    name: str
    seconds: float
    children: float


class Processes:
    """All processes of a platform, found below the process that `huiyin up` is."""

    def __init__(self, settings: Settings, launcher: int) -> None:
        self._settings, self._launcher = settings, launcher

    def spent(self) -> Mapping[int, Spent]:
        """What each process that runs now has spent, by process id."""
        stats = dict(_stats())
        below = _below(self._launcher, {pid: parent for pid, (parent, *_) in stats.items()})
        names = {row.pid: row.name for row in read_table(self._settings.paths.processes)}
        names[self._launcher] = LAUNCHER
        return {pid: Spent(names.get(pid) or _of_database(pid), *stats[pid][1:]) for pid in below}

    def cpu_seconds(self) -> float:
        """What all of them have spent together, those included that have ended."""
        return sum(one.seconds + one.children for one in self.spent().values())


def difference(before: Mapping[int, Spent], after: Mapping[int, Spent]) -> Mapping[str, float]:
    """CPU seconds between two looks, by name.

    A backend that ended in between is counted by its parent, which had not counted what it spent before.
    """
    found: dict[str, float] = defaultdict(float)
    for pid, one in after.items():
        found[one.name] += one.seconds - (before[pid].seconds if pid in before else 0.0)
        if one.name == DATABASE:
            found[ENDED] += one.children - (before[pid].children if pid in before else 0.0)
    found[ENDED] -= sum(
        one.seconds for pid, one in before.items() if pid not in after and one.name.startswith(DATABASE)
    )
    return {name: seconds for name, seconds in found.items() if seconds > 0}


def tree_seconds(top: int) -> float:
    """CPU seconds of a process and all below it until now, those included that have ended."""
    stats = dict(_stats())
    below = _below(top, {pid: parent for pid, (parent, *_) in stats.items()})
    return sum(sum(stats[pid][1:]) for pid in below)


class Apart(NamedTuple):
    """What a program of its own said and took, with the processes that it began."""

    said: str
    seconds: float
    """Of the processors."""


def run_apart(module: str, *arguments: str) -> Apart:
    """Runs a module as a program. Raises RuntimeError when it fails."""
    command = (sys.executable, "-m", module, *arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as it:
        assert it.stdout is not None
        said = it.stdout.read()
        _, status, usage = os.wait4(it.pid, 0)
        it.returncode = os.waitstatus_to_exitcode(status)
    if it.returncode:
        raise RuntimeError(f"{module} failed: {said}")
    return Apart(said, usage.ru_utime + usage.ru_stime)


def _stats() -> list[tuple[int, tuple[int, float, float]]]:
    """Parent, own CPU seconds and those of ended children, of every process."""
    found = []
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
        own, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
        found.append((int(folder.name), (int(fields[1]), own / _TICKS, children / _TICKS)))
    return found


def _below(top: int, parents: Mapping[int, int]) -> list[int]:
    """A process and all that stand below it."""
    found, wanted = list[int](), [top]
    while wanted:
        pid = wanted.pop()
        found.append(pid)
        wanted += [child for child, parent in parents.items() if parent == pid]
    return found


def _of_database(pid: int) -> str:
    """The service whose backend a process is, or the database itself; another child by its program."""
    try:
        title = (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ENDED
    if backend := _BACKEND.match(title):
        return f"{DATABASE} {backend[1]}"
    if title.startswith("postgres: "):
        return f"{DATABASE} upkeep"
    program = Path(title.split(" ", 1)[0]).name
    return DATABASE if program == "postgres" else program or ENDED

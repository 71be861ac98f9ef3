"""Starts child processes, restarts those that crash, and ends them all in order.

Log files that processes write to by file descriptor, kept within a bound.

Which processes run, since when, started again how often: written by who starts them, read by who asks.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.files import write_whole
from huiyin_kernel.telemetry.logs import readable
from huiyin_launcher.embedded.account import ending_with_us

LOG_BYTES_MAX = 20_000_000
LAST_WORDS_BYTES = 4000


def open_log(path: Path) -> BinaryIO:
    """Opens a log for appending; what a process inherits stays valid when the file is rotated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rotate(path)
    return path.open("ab")


def rotate(path: Path) -> None:
    """Moves a full log's content aside, over the older one; who writes to it goes on at the beginning."""
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        shutil.copyfile(path, path.with_suffix(".log.1"))
        with path.open("r+b") as file:
            file.truncate()


def last_words(path: Path, length: int = LAST_WORDS_BYTES) -> str:
    """The end of a log, to be shown when its process failed."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - length))
        return readable(file.read().decode("utf-8", "replace")).strip()


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


RESTART_SECONDS_FIRST = 0.2
RESTART_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0  # a child that ran this long is new again: its next crash waits the first time only
POLL_SECONDS = 0.1
LOOK_SECONDS = 1.0
"""Between rounds in which nothing ended and all run."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """A child process: the program that is run, its environment and its log, and whom it yields to (nice)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log_file: Path
    nice: int = 0


def python_module(name: str) -> tuple[str, ...]:
    """The command that runs a module with the Python of this process."""
    return (sys.executable, "-m", name)


class Child:
    """One child process through its lives."""

    def __init__(self, spec: ChildSpec, inherited: tuple[int, ...] = ()) -> None:
        self.spec = spec
        self.crashes = 0
        self._recent_crashes = 0
        self._inherited = inherited
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._started_time: datetime | None = None
        self._start_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process while it runs."""
        return self._process.pid if self._process is not None and not self.has_ended else None

    def row(self) -> ProcessRow:
        """What the table of processes says of it."""
        return ProcessRow(self.spec.name, self.pid, self._started_time, self.crashes)

    @property
    def has_ended(self) -> bool:
        """Whether it was started and runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Starts it. It is killed when this process ends without stopping it; services survive that."""
        with open_log(self.spec.log_file) as log:
            self._process = subprocess.Popen(  # noqa: S603 - programs that the platform is made of
                ending_with_us(self.spec.command, signal.SIGKILL, nice=self.spec.nice),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.spec.environment),
                pass_fds=self._inherited,
                start_new_session=True,  # Ctrl-C reaches the parent alone, which ends the rest in order
            )
        self._started, self._started_time = time.monotonic(), SystemClock().now()

    def look(self, say: Say) -> None:
        """Notes a crash and starts again when its wait is over."""
        if self._process is not None and self.has_ended:
            self._crashed(self._process.returncode, say)
        if self._process is None and time.monotonic() >= self._start_at:
            self.start()

    def _crashed(self, code: int, say: Say) -> None:
        self._process = None
        steady = time.monotonic() - self._started > STEADY_SECONDS
        self._recent_crashes = 0 if steady else self._recent_crashes
        wait = min(RESTART_SECONDS_FIRST * 2**self._recent_crashes, RESTART_SECONDS_MAX)
        self._start_at = time.monotonic() + wait
        self._recent_crashes += 1
        self.crashes += 1
        say(
            f"{self.spec.name} ended ({_how(code)}), time {self.crashes}; starts again in {wait:.1f} s; "
            f"see {self.spec.log_file}"
        )

    def ask_to_stop(self) -> None:
        """Asks it to end in good order."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def kill(self) -> None:
        """Ends it at once, without a word to it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ensure_stopped(self, deadline: float) -> bool:
        """Waits until the deadline (monotonic seconds), then kills; whether it ended in good order."""
        if self._process is None:
            return True
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, deadline - time.monotonic()))
            return True
        self.kill()
        return False


class Supervisor:
    """Children in their order of start. Use it from the main thread."""

    def __init__(self, children: Sequence[Child], say: Say, stop_seconds: float) -> None:
        self.children = tuple(children)
        self._say = say
        self._stop_seconds = stop_seconds

    def start(self) -> None:
        """Starts all, without waiting for any to be ready."""
        for child in self.children:
            child.start()

    def look(self) -> None:
        """One round: restarts what crashed and keeps logs within bounds."""
        for child in self.children:
            child.look(self._say)
            rotate(child.spec.log_file)

    def stop(self) -> None:
        """Asks the last started first, and waits for all within one bound; what stays is killed."""
        deadline = time.monotonic() + self._stop_seconds
        for child in reversed(self.children):
            child.ask_to_stop()
        for child in reversed(self.children):
            if not child.ensure_stopped(deadline):
                self._say(f"{child.spec.name} did not end within {self._stop_seconds:g} s and was killed")


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

"""Starts child processes, restarts those that crash, and ends them all in order."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huiyin_kernel.clock import SystemClock
from huiyin_launcher.embedded.launching import ending_with_us
from huiyin_launcher.logfiles import open_log, rotate
from huiyin_launcher.process_table import ProcessRow

RESTART_SECONDS_FIRST = 0.2
RESTART_SECONDS_MAX = 30.0
STEADY_SECONDS = 60.0  # a child that ran this long is new again: its next crash waits the first time only
POLL_SECONDS = 0.1

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """A child process: the program that is run, its environment and its log."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log_file: Path


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
                ending_with_us(self.spec.command, signal.SIGKILL),
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

"""Starts `huiyin up` as a person would, and looks at what it started."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huiyin_kernel.home import Home
from huiyin_launcher.processes import read_table
from tests.support.places import ports_of_its_own

READY_SECONDS = 90.0
CLUSTER_READY_SECONDS = 180.0  # a dozen processes start, on two cores beside other tests
HUIYIN = str(Path(sys.executable).with_name("huiyin"))


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Waits; an error when it did not happen in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("it did not happen in time")
        time.sleep(0.05)


def descendants(pid: int) -> dict[int, str]:
    """Processes below one, with their command lines."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(folder.name))
    found: dict[int, str] = {}
    todo = [pid]
    while todo:
        for child in parents.get(todo.pop(), []):
            found[child] = command_line(child)
            todo.append(child)
    return found


def command_line(pid: int) -> str:
    """A process's command line; empty when it is gone or only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Platform:
    """One run of `huiyin up` on a data folder."""

    def __init__(
        self, home: Path, settings: Mapping[str, str] | None = None, *, cluster: bool = False
    ) -> None:
        self.home = home
        self._ready_seconds = CLUSTER_READY_SECONDS if cluster else READY_SECONDS
        own = {"HUIYIN_HOME": str(home), **ports_of_its_own()}
        self.environment = {**os.environ, **own, **(settings or {})}
        self.said = home.with_suffix(".said")
        self._said_before = self.said.stat().st_size if self.said.exists() else 0
        with self.said.open("ab") as said:
            program = [HUIYIN, "up", *(["--cluster"] if cluster else [])]
            self.process = subprocess.Popen(program, env=self.environment, stdout=said, stderr=said)

    def text(self) -> str:
        """All it has said in all runs on this folder."""
        return self.said.read_text(encoding="utf-8")

    def said_since_start(self) -> str:
        """What it has said in this run."""
        return self.said.read_bytes()[self._said_before :].decode()

    def wait_ready(self) -> None:
        """Waits until it greets."""
        before = self.text().count("Huiyin is up")

        def greeted_or_ended() -> bool:
            return self.text().count("Huiyin is up") > before or self.process.poll() is not None

        wait_until(greeted_or_ended, self._ready_seconds)
        assert self.process.poll() is None, self.text()

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name: postgres, kafka-1, intake, relay-1, worker-1 and so on."""
        table = read_table(Home(self.home).processes)
        return {row.name: row.pid for row in table if row.pid is not None and row.is_running}

    def pid_of(self, part: str) -> int | None:
        """The process below whose command line contains the text."""
        return next((pid for pid, line in descendants(self.process.pid).items() if part in line), None)

    def huiyin(self, *arguments: str) -> Any:
        """What a `huiyin` command answers as JSON."""
        program = [HUIYIN, *arguments, "--json"]
        done = subprocess.run(program, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def huiyin_anyway(self, *arguments: str) -> Any:
        """The same for a command whose exit status is part of its answer."""
        program = [HUIYIN, *arguments, "--json"]
        done = subprocess.run(program, env=self.environment, capture_output=True, text=True, check=False)
        return json.loads(done.stdout)

    def endpoints(self) -> Any:
        """Where services, database and Kafka are."""
        return json.loads(Home(self.home).endpoints.read_text())

    def answers(self, *arguments: str) -> bool:
        """Whether a `huiyin` command succeeds now."""
        done = subprocess.run([HUIYIN, *arguments], env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def kill_everything(self) -> None:
        """Kills the platform and all below it, in no order, without warning."""
        for pid in (*descendants(self.process.pid), self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()

    def stop(self) -> int:
        """Stops it as Ctrl-C does; its exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def running(home: Path) -> Iterator[Platform]:
    """The platform, ready; ended afterwards whatever happened."""
    platform = Platform(home)
    try:
        platform.wait_ready()
        yield platform
        if platform.process.poll() is None:
            platform.stop()
    finally:
        if platform.process.poll() is None:
            platform.kill_everything()

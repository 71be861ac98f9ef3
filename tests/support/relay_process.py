"""Relays as processes of their own, to be killed and paused."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from huiyin_kernel.settings import Settings
from tests.support.relaying import RelayDatabase


class RelayProcess:
    """One relay."""

    def __init__(self, settings: Settings, database: RelayDatabase, log_file: Path, name: str) -> None:
        own = {
            "HUIYIN_HOME": str(settings.home),
            "HUIYIN_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
            "HUIYIN_DATABASE_URL": database.dsn,
            "HUIYIN_REGION": database.region,
            "HUIYIN_INSTANCE": name,
        }
        self.log_file = log_file
        with log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huiyin_relay"], env={**os.environ, **own}, stdout=log, stderr=log
            )

    def signal(self, number: int) -> None:
        """Sends a signal."""
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 15.0) -> int:
        """Asks it to end; its exit status."""
        self.process.terminate()
        return self.process.wait(seconds)

    def said(self, text: str) -> int:
        """How often its log says something."""
        return self.log_file.read_text(errors="replace").count(text)

    def until_said(self, text: str, seconds: float = 30.0) -> None:
        """Waits until its log says something."""
        wait_until(lambda: self.said(text) > 0, f"{text!r} in {self.log_file}", seconds)


def wait_until(happened: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Waits; an error when it did not happen in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.05)


class Relays:
    """The relays of one test; all are gone afterwards."""

    def __init__(self, settings: Settings, database: RelayDatabase, folder: Path) -> None:
        self._settings, self._database, self._folder = settings, database, folder
        self._started: list[RelayProcess] = []

    def start(self, name: str = "relay-1") -> RelayProcess:
        """Starts one."""
        log_file = self._folder / f"{name}-{len(self._started)}.log"
        relay = RelayProcess(self._settings, self._database, log_file, name)
        self._started.append(relay)
        return relay

    def end(self) -> None:
        """Kills what still runs."""
        for relay in self._started:
            if relay.process.poll() is None:
                relay.signal(signal.SIGKILL)
                relay.process.wait()


@contextmanager
def relays(settings: Settings, database: RelayDatabase, folder: Path) -> Iterator[Relays]:
    """A place for relays."""
    made = Relays(settings, database, folder)
    try:
        yield made
    finally:
        made.end()

"""The data folder of an installation: where each thing is kept, and locks that end with who holds them."""

import fcntl
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


def default_home(prefix: str = sys.prefix, environment: Mapping[str, str] = os.environ) -> Path:
    """`var` beside a virtualenv named .venv, else the user's data folder (XDG)."""
    if Path(prefix).name == ".venv":
        return Path(prefix).parent / "var"
    base = environment.get("XDG_DATA_HOME") or Path(environment.get("HOME", "/var/lib")) / ".local" / "share"
    return Path(base) / "huiyin"


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under the data folder."""

    root: Path

    @property
    def identity(self) -> Path:
        """Certificate authority, certificates, token keys, development users."""
        return self.root / "identity"

    @property
    def secrets(self) -> Path:
        """Passwords and the master key; only the owner may enter."""
        return self.root / "secrets"

    @property
    def rings(self) -> Path:
        """The rings of master keys, one for each service that seals; only the owner may enter."""
        return self.secrets / "rings"

    def ring(self, service: str) -> Path:
        """The ring that wraps the data keys of a service: losing it is losing all that it sealed."""
        return self.rings / f"{service}.json"

    @property
    def shared_ring(self) -> Path:
        """The one ring of all services that version 0.1 made."""
        return self.secrets / "master.json"

    @property
    def databases(self) -> Path:
        """Connection strings by service name, and of the auditor, who may only read, as "auditor" (JSON)."""
        return self.secrets / "databases.json"

    @property
    def access(self) -> Path:
        """One process's own connection string, in a data folder of its own."""
        return self.secrets / "access"

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL server."""
        return self.root / "postgres"

    @property
    def kafka(self) -> Path:
        """The Kafka brokers that `huiyin up --cluster` starts."""
        return self.root / "kafka"

    @property
    def workers(self) -> Path:
        """What stream workers keep beside Kafka: copies of their tables, rebuilt when lost."""
        return self.root / "workers"

    @property
    def logs(self) -> Path:
        """A log file for each process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What is true only while the platform runs: locks and endpoints."""
        return self.root / "run"

    @property
    def endpoints(self) -> Path:
        """Where each service listens (JSON); there only while the platform runs."""
        return self.run / "endpoints.json"

    @property
    def processes(self) -> Path:
        """Which processes run (process_table.py); there only while the platform runs."""
        return self.run / "processes.json"

    @property
    def samples_begun(self) -> Path:
        """The instant at which the sample cases begin."""
        return self.root / "samples-begun"

    @property
    def samples_loaded(self) -> Path:
        """Marks that the sample cases were loaded."""
        return self.root / "samples-loaded"

    def make(self) -> None:
        """Makes the folders; those that hold secrets are closed to others."""
        for folder in (self.root, self.logs, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.identity, self.secrets):
            folder.mkdir(mode=0o700, exist_ok=True)


POLL_SECONDS = 0.05


class FolderLock:
    """An exclusive lock on a file (flock). The kernel drops it when the last process that holds it is gone.

    An inheritable lock is handed to child processes by file descriptor, so that it stays held until the
    last of them has ended too: taking it means that nobody of an earlier run is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, timeout_seconds: float = 0.0) -> bool:
        """Takes the lock; False when others still held it after the time allowed."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + timeout_seconds
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return False
            time.sleep(POLL_SECONDS)
        self._descriptor = descriptor
        return True

    @property
    def descriptor(self) -> int:
        """The open file that holds the lock, to be handed to children."""
        if self._descriptor is None:
            raise RuntimeError(f"the lock {self.path} is not held")
        return self._descriptor

    def release(self) -> None:
        """Gives up this process's hold; children that were handed the lock keep theirs."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

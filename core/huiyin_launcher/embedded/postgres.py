"""Runs a PostgreSQL server in a folder as a child of this process, through crashes of either."""

import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from huiyin_launcher.embedded import account, claim, cluster
from huiyin_launcher.embedded.account import ending_with_us, server_environment
from huiyin_launcher.embedded.claim import Claim, PostgresError
from huiyin_launcher.embedded.cluster import ADMIN
from huiyin_launcher.processes import last_words, open_log

START_TIMEOUT_SECONDS = 300.0  # crash recovery replays up to max_wal_size
STOP_TIMEOUT_SECONDS = 20.0  # for each of three requests, each ruder than the last
POLL_SECONDS = 0.02
START_ATTEMPTS = 5  # another took the port, or the server was killed while it started

SETTINGS = {
    "listen_addresses": claim.LOOPBACK,
    "unix_socket_directories": "",  # everything speaks TCP with scram; a socket path may be too long
    "max_connections": "100",
    "shared_buffers": "192MB",
    "wal_level": "replica",
    "max_wal_size": "1GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_compression": "on",  # of those pages; pglz, which every build has
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # two cores; and parallel queries overrun small /dev/shm
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",  # the log goes to our file
    "log_min_duration_statement": "1s",
    "log_parameter_max_length": "0",  # no values in the log
    "log_parameter_max_length_on_error": "0",
}


Port = int | Callable[[], int] | None
"""A port; or what chooses one, asked when the folder is ours and nobody of an earlier run is left."""


class EmbeddedPostgres:
    """A PostgreSQL server on the loopback address, in a folder of its own.

    The server ends with this process, however that ends; what survives an unclean end is waited for and
    then recovered. A second owner of the same folder is refused. Use it from the main thread.
    """

    def __init__(self, directory: Path, port: Port = None, log_file: Path | None = None) -> None:
        self.directory = directory.resolve()
        self.log_file = log_file or self.directory / "postgresql.log"
        self.passed_over: tuple[str, ...] = ()
        self.version = ""
        self._wanted_port = port
        self._port = 0
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._claim = Claim(self.directory, self._pid_file)

    @property
    def data(self) -> Path:
        """The server's data folder."""
        return self.directory / "data"

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def port(self) -> int:
        """Where it listens; 0 before the start."""
        return self._port

    @property
    def admin_dsn(self) -> str:
        """Connection string of the administrator; holds the password: never log it."""
        if self._port == 0:
            raise PostgresError("the server is not started: call start() first")
        return f"postgresql://{ADMIN}:{self._password}@{claim.LOOPBACK}:{self._port}/postgres"

    @property
    def pid(self) -> int | None:
        """The server's process while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Makes the data folder on first use, recovers what was left behind, returns when it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._claim.take()
        try:
            self._prepare_and_launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the server in good order; after a time, without waiting for good order (it recovers)."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if self._process is None or self._process.poll() is not None:
                break
            self._process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_SECONDS)
        self._process = None
        self._claim.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _prepare_and_launch(self) -> None:
        found = cluster.find_binaries(cluster.made_by(self.data))
        self.passed_over, self.version = found.passed_over, found.binaries.version
        user = account.choose(self.data, found.binaries.folder)
        self._password = cluster.admin_password(self.directory / "admin.password")
        if cluster.made_by(self.data) is None:
            cluster.make(self.data, found.binaries, user, self._password)
        wanted = self._wanted_port() if callable(self._wanted_port) else self._wanted_port
        for attempt in range(START_ATTEMPTS):
            if attempt:
                self._claim.renew()
            self._port = wanted or claim.free_port()
            self._launch(found.binaries, user)
            if self._becomes_ready():
                return
        raise PostgresError(
            f"PostgreSQL did not start on port {self._port}; its last words: {last_words(self.log_file)}"
        )

    def _launch(self, found: cluster.Binaries, user: account.Account) -> None:
        program = [found.program("postgres"), "-D", str(self.data), "-p", str(self._port)]
        for name, value in SETTINGS.items():
            program += ["-c", f"{name}={value}"]
        with open_log(self.log_file) as log:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed program with fixed arguments
                ending_with_us(program, signal.SIGINT, user),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=server_environment(),
                pass_fds=(self._claim.descriptor,),
                start_new_session=True,  # Ctrl-C is for us: the services end before their store
            )

    def _becomes_ready(self) -> bool:
        """Waits for the server's own word in its pid file; False when it ended instead."""
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self._process.poll() is None:
            if self._status() == "ready":
                return True
            if time.monotonic() > deadline:
                raise PostgresError(
                    f"not ready after {START_TIMEOUT_SECONDS:.0f} s: {last_words(self.log_file)}"
                )
            time.sleep(POLL_SECONDS)
        return False

    def _status(self) -> str:
        try:
            lines = self._pid_file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ""
        return lines[7].strip() if len(lines) > 7 else ""

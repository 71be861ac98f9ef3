"""A platform for benchmarks: its folder is removed and its processes end, however the bench ends."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from huiyin_cli.database import DATABASE
from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.cluster import ADMIN
from tests.bench.processes import Processes
from tests.mainjob.process import huiyin, started_platform

PROGRAM = "HUIYIN_BENCH_PROGRAM"
"""The `huiyin` of another checkout, to be measured by this one; without it, our own."""

_PREFIX = "huiyin-bench-"


@dataclass(frozen=True, slots=True)
class Platform:
    """A running platform under measurement."""

    settings: Settings
    processes: Processes

    def administrator(self) -> "psycopg.Connection[tuple[object, ...]]":
        """A connection to the database of the platform that may see everything."""
        return psycopg.connect(self.admin_dsn, autocommit=True)

    @property
    def admin_dsn(self) -> str:
        """The administrator's access to the database of the platform."""
        paths = self.settings.paths
        password = (paths.postgres / "admin.password").read_text(encoding="utf-8").strip()
        port = (paths.postgres / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[3]
        return make_conninfo(host="127.0.0.1", port=port, user=ADMIN, password=password, dbname=DATABASE)


@contextmanager
def bench_folder() -> Iterator[Path]:
    """A folder of this process's own, which others may enter; of a killed process the next one removes it."""
    place = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def remove_leftovers() -> None:
    """Removes the folders of benches that were killed."""
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        owner = place.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def platform(home: Path, *, cluster: bool = False) -> Iterator[Platform]:
    """The platform as `huiyin up` starts it, in a data folder that may hold a store already."""
    program = os.environ.get(PROGRAM, "")
    with started_platform(home, cluster=cluster, program=program) as (settings, launcher):
        yield Platform(settings, Processes(settings, launcher))


def audited(place: Platform) -> None:
    """Has the auditor look at what was measured: a record that is not sound was not worth measuring."""
    for question in ("verify", "promises"):
        done = huiyin(place.settings.paths.root, "audit", question, check=False)
        if done.returncode:
            raise RuntimeError(f"audit {question} finds fault with what was measured:\n{done.stdout}")

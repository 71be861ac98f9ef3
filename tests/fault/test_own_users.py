"""Each process runs as a user of its own with its own secrets alone, as `huiyin prepare` leaves them."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from huiyin_cli.children import SERVICES, ProcessPart
from huiyin_cli.installation import PROCESSES, owner_of
from huiyin_kernel.home import Home
from huiyin_kernel.settings import LOG_NAMES, RING_NAMES, SERVICE_NAMES
from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.fault.running_platform import HUIYIN, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = os.geteuid() == 0
FIRST_USER = 61_011 if ROOT else None
"""Users are of a number each; only root can give folders to others, else all are ours."""
REACHABLE = all(folder.stat().st_mode & stat.S_IXOTH for folder in Path(sys.executable).resolve().parents)
"""Whether other users can run this Python; where it is in a closed folder, root runs the services."""
READY_SECONDS = 90.0


@dataclass
class Installation:
    """A data folder of the administrator's, and one for each process."""

    home: Path
    folder: Path
    admin_dsn: str
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def place(self, name: str) -> Home:
        return Home(self.folder / name)

    def huiyin(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        """A command of the administrator's."""
        environment = {**self.environment, "HUIYIN_HOME": str(self.home), **more}
        return subprocess.run([HUIYIN, *words], env=environment, capture_output=True, text=True, check=False)

    def prepare(self) -> subprocess.CompletedProcess[str]:
        users = ["--first-user", str(FIRST_USER)] if FIRST_USER else []
        return self.huiyin("prepare", str(self.folder), *users, HUIYIN_DATABASE_URL=self.admin_dsn)

    def start(self, part: ProcessPart) -> None:
        """A process as its user, told where things are and no secret."""
        name = part.access or part.name
        given = {**self.environment, "HUIYIN_HOME": str(self.place(name).root)}
        owner = owner_of(name, FIRST_USER)
        become = {"user": owner.user, "group": owner.group, "extra_groups": []} if owner else {}
        identity = become if REACHABLE else {}
        command = [sys.executable, "-m", part.module]
        with (self.folder.parent / f"{part.name}.log").open("ab") as log:
            streams = {"stdout": log, "stderr": log}
            self.running[part.name] = subprocess.Popen(command, env=given, **streams, **identity)  # type: ignore[call-overload] # options by name

    def log(self, name: str) -> str:
        return (self.folder.parent / f"{name}.log").read_text()

    def stop(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)


@pytest.fixture(scope="module")
def installation(postgres_server: EmbeddedPostgres) -> Iterator[Installation]:
    """Prepared, with all services running; in a folder through which other users may pass."""
    with ExitStack() as ends:
        base = Path(tempfile.mkdtemp(prefix="huiyin-users-"))
        ends.callback(shutil.rmtree, base)
        base.chmod(0o755)
        folder = base / "processes"
        folder.mkdir()
        ports = {f"HUIYIN_ADDRESSES__{name.upper()}": f"127.0.0.1:{free_port()}" for name in SERVICE_NAMES}
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        one = Installation(base / "home", folder, postgres_server.admin_dsn, {**kept, **ports})
        done = one.prepare()
        assert done.returncode == 0, done.stderr
        ends.callback(_drop, postgres_server.admin_dsn)
        ends.callback(one.stop)
        for part in SERVICES:
            one.start(part)
        wait_until(lambda: _serves(one), READY_SECONDS)
        yield one


def _serves(one: Installation) -> bool:
    ended = [name for name, process in one.running.items() if process.poll() is not None]
    assert not ended, one.log(ended[0])
    return one.huiyin("case", "list", "--json").returncode == 0


def _drop(admin_dsn: str) -> None:
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE huiyin WITH (FORCE)"))


def test_the_platform_works_though_no_process_has_more_than_its_own(installation: Installation) -> None:
    file = installation.folder.parent / "filings.csv"
    file.write_text("内容\n路灯不亮，请修理\n")
    words = ("import", str(file), "--set", "channel=web", "--set", "division=990101", "--json")
    profiles = (installation.home / "identity" / "tokens").glob("officer@*.jwt")
    office = next(path.stem for path in profiles if "262Q" in path.stem or "MB" not in path.stem)
    done = installation.huiyin(*words, "--as", office)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_folder_holds_its_own_secrets_and_no_other(installation: Installation) -> None:
    for name in PROCESSES:
        root = installation.place(name).root
        files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        secrets = {path for path in files if path.endswith(".key") or path.startswith("secrets/")}
        expected = {f"identity/services/{name}.key"}
        expected |= {"secrets/access"} if name != "worker" else set()
        expected |= {f"secrets/rings/{name}.json"} if name in RING_NAMES else set()
        assert {path for path in secrets if not path.endswith(".lock")} == expected


def test_each_folder_is_its_users_and_closed_to_all_others(installation: Installation) -> None:
    for name in PROCESSES:
        root = installation.place(name).root
        owner = owner_of(name, FIRST_USER)
        for path in (root, *root.rglob("*")):
            status = path.stat()
            assert (owner is None) or (status.st_uid, status.st_gid) == (owner.user, owner.group)
            if path.suffix not in (".crt", ".json") or path.parent.name == "rings":
                assert stat.S_IMODE(status.st_mode) & 0o077 == 0, path


def test_nothing_secret_is_in_the_environment_of_any_process(installation: Installation) -> None:
    for process in installation.running.values():
        seen = Path(f"/proc/{process.pid}/environ").read_bytes()
        assert b"postgresql" not in seen
        assert b"password" not in seen.lower()


@pytest.mark.skipif(not ROOT, reason="only root can become the users of others")
@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_a_service_that_was_taken_over_cannot_read_the_secrets_of_others(
    installation: Installation, name: str
) -> None:
    owner = owner_of(name, FIRST_USER)
    assert owner is not None
    others = [installation.place(other) for other in PROCESSES if other != name]
    files = [path for place in others for path in place.root.rglob("*") if path.is_file()]
    files += [path for path in installation.home.rglob("*") if path.is_file() and path.suffix == ".key"]
    done = subprocess.run(
        ["/bin/cat", *map(str, files)],
        user=owner.user, group=owner.group, extra_groups=[], capture_output=True, check=False,
    )  # fmt: skip
    assert len(files) > len(PROCESSES)
    assert done.stdout == b""


@pytest.mark.parametrize("name", LOG_NAMES)
def test_a_services_access_opens_its_own_schema_alone(installation: Installation, name: str) -> None:
    with psycopg.connect(installation.place(name).access.read_text(), autocommit=True) as own:
        own.execute(sql.SQL("SELECT FROM {}.event").format(sql.Identifier(name)))
        for other in (*set(LOG_NAMES) - {name}, "exchange"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                own.execute(sql.SQL("SELECT FROM {}.key").format(sql.Identifier(other)))


def test_prepared_again_nothing_is_lost_and_rings_stay(installation: Installation) -> None:
    before = [installation.place(name).ring(name).read_bytes() for name in RING_NAMES]
    assert installation.prepare().returncode == 0
    assert [installation.place(name).ring(name).read_bytes() for name in RING_NAMES] == before
    assert not [name for name in RING_NAMES if Home(installation.home).ring(name).exists()]
    time.sleep(1.0)
    assert _serves(installation)


def test_a_ring_is_rotated_in_the_folder_of_its_service(installation: Installation) -> None:
    place = installation.place("intake")
    before = place.ring("intake").read_bytes()
    done = installation.huiyin("vault", "rotate", "--json", HUIYIN_HOME=str(place.root))
    assert done.returncode == 0, done.stderr
    assert '"intake"' in done.stdout
    assert '"judicial"' not in done.stdout
    assert place.ring("intake").read_bytes() != before


def test_a_lost_ring_is_told_before_anything_starts(installation: Installation) -> None:
    ring = installation.place("judicial").ring("judicial")
    kept = ring.read_bytes()
    ring.unlink()
    try:
        done = installation.prepare()
        assert done.returncode == 1
        assert "judicial@990000 is sealed under another ring" in done.stderr
    finally:
        ring.write_bytes(kept)
        ring.chmod(0o600)
        assert installation.prepare().returncode == 0


def test_without_a_database_it_is_said_what_is_missing(installation: Installation) -> None:
    done = installation.huiyin("prepare", str(installation.folder))
    assert (done.returncode, "HUIYIN_DATABASE_URL" in done.stderr) == (1, True)

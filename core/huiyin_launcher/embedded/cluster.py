"""Makes a PostgreSQL data folder, whole or not at all."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from huiyin_launcher.embedded.account import Account
from huiyin_launcher.embedded.binaries import Binaries
from huiyin_launcher.embedded.errors import PostgresError
from huiyin_launcher.embedded.launching import ending_with_us, server_environment

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

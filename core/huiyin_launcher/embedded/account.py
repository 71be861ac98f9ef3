"""The operating-system user that the server runs as: ourselves, or an ordinary user when we are root.

Starts programs that end with this process, through launch.py.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from huiyin_launcher.embedded.claim import AccountError

ACCOUNT_NAME = "huiyin-postgres"
FALLBACK_NAMES = ("postgres", "nobody")
_CAP_DAC_READ_SEARCH = 2


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. `change`: we are root and hand over; `search`: through folders closed to it."""

    user: int
    group: int
    change: bool
    search: bool = False

    def own(self, path: Path) -> None:
        """Hands a file or an empty folder of ours to the server's user."""
        if self.change:
            os.chown(path, self.user, self.group)


def choose(folder: Path, programs: Path) -> Account:
    """The user for a data folder: its owner, or ours, or as root an ordinary user made or found for it.

    PostgreSQL refuses to run as root. Permissions of the user's own folders are never changed: where some
    are closed to that user, the server keeps the single right to pass through them.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), change=False)
    entry = _owner(folder) or _ordinary_user()
    closed = [place for place in (folder.parent, programs) if not _reachable(place, entry)]
    if closed and not _may_give_search():
        raise AccountError(
            f"PostgreSQL does not run as root, and its user {entry.pw_name} cannot reach {closed[0]}: start "
            f"as an ordinary user, or move the project to a folder that others may enter, such as /opt"
        )
    return Account(entry.pw_uid, entry.pw_gid, change=True, search=bool(closed))


def _owner(folder: Path) -> pwd.struct_passwd | None:
    """The user that already owns the data, if it is an ordinary one."""
    if not folder.exists() or folder.stat().st_uid == 0:
        return None
    try:
        return pwd.getpwuid(folder.stat().st_uid)
    except KeyError:
        raise AccountError(
            f"{folder} belongs to user number {folder.stat().st_uid}, who is not known on this machine: "
            f"give it to an ordinary user (chown -R) or start as its owner"
        ) from None


def _ordinary_user() -> pwd.struct_passwd:
    entry = _lookup(ACCOUNT_NAME) or _make()
    for name in FALLBACK_NAMES:
        entry = entry or _lookup(name)
    if entry is None:
        raise AccountError("PostgreSQL does not run as root and no ordinary user could be made or found")
    return entry


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make() -> pwd.struct_passwd | None:
    """Makes the user; where that cannot be done (read-only /etc, no useradd) another one is found."""
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        return None
    subprocess.run(  # noqa: S603 - a fixed program with fixed arguments
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT_NAME],
        capture_output=True,
        check=False,
    )
    return _lookup(ACCOUNT_NAME)


def _reachable(place: Path, entry: pwd.struct_passwd) -> bool:
    """Whether the user may enter the folder and all folders above it (by the mode bits)."""
    resolved = place.resolve()
    return all(_may_enter(folder, entry) for folder in (resolved, *resolved.parents) if folder.exists())


def _may_enter(folder: Path, entry: pwd.struct_passwd) -> bool:
    status = folder.stat()
    if status.st_uid == entry.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == entry.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _may_give_search() -> bool:
    """Whether this root holds the right to pass through closed folders (a container's root may not)."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    permitted = next(line.split()[1] for line in status.splitlines() if line.startswith("CapPrm:"))
    return bool(int(permitted, 16) >> _CAP_DAC_READ_SEARCH & 1)


_LAUNCHER = Path(__file__).with_name("launch.py")


def ending_with_us(
    program: Sequence[str], on_parent_death: signal.Signals, account: Account | None = None, nice: int = 0
) -> list[str]:
    """The command line that runs the program so that it gets the signal when this process is gone.

    With `nice` above 0 it yields the processor to what has less.

    Start it from a thread that lives as long as the process (the main one): the kernel watches the thread.
    """
    command = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    command += ["--parent", str(os.getpid()), "--signal", on_parent_death.name]
    command += ["--nice", str(nice)] if nice else []
    if account is not None and account.change:
        command += ["--user", str(account.user), "--group", str(account.group)]
        command += ["--search"] if account.search else []
    return [*command, "--", *program]


def server_environment() -> Mapping[str, str]:
    """What a database server is given of our environment: no PG* settings, no secrets of ours."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}

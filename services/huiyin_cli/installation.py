"""A data folder set up: folders, identities, master keys; also one for a process with its own secrets alone.

What is there already stays as it is.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.home import FolderLock, Home
from huiyin_kernel.identity.development import TOKEN_VALIDITY, ensure_development_identities
from huiyin_kernel.identity.files import KeyFileError, make_private_directory, write_whole
from huiyin_kernel.identity.profiles import ClientProfile, find_profile, write_profiles
from huiyin_kernel.policy import PolicyError, load_policy
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import RING_NAMES, SERVICE_NAMES, ServiceName, Settings
from huiyin_kernel.vault.master import create_key_file
from huiyin_kernel.vault.rings import WrongRingError, ensure_ring, ensure_rings, open_ring, ring_environment
from huiyin_store.port import StoreError
from huiyin_store.postgres import PostgresEventStore

OWNER_SECONDS = 2.0  # an owner that was killed this instant is given the time to be gone
CHILDREN_SECONDS = 15.0


class SetupError(Exception):
    """The platform cannot start; the message says why and what to do, in both languages."""


class FolderClaim:
    """The data folder is ours alone, and no process of an earlier run is left."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._owner = FolderLock(home.run / "owner.lock")
        self._children = FolderLock(home.run / "children.lock")

    @property
    def descriptor(self) -> int:
        """The lock that children inherit."""
        return self._children.descriptor

    def take(self) -> None:
        """Raises SetupError when the platform runs here already."""
        if not self._owner.take(OWNER_SECONDS):
            raise SetupError(
                f"回音已在此数据目录运行：{self._home.root}；请先停止它，或用 HUIYIN_HOME 指定另一目录。\n"
                f"Huiyin runs on this data folder already: {self._home.root}; stop it first, or choose "
                f"another folder with HUIYIN_HOME."
            )
        if not self._children.take(CHILDREN_SECONDS):
            self._owner.release()
            raise SetupError(
                f"上次运行的进程仍未结束，请先结束它们。\n"
                f"Processes of an earlier run are still there: end those that hold "
                f"{self._children.path}."
            )

    def release(self) -> None:
        """Leaves the folder to the next start."""
        self._children.release()
        self._owner.release()


def make_folders(home: Home) -> None:
    """Makes the folders. Raises SetupError where that is not allowed."""
    try:
        home.make()
    except OSError as error:
        raise SetupError(
            f"不能使用数据目录 {home.root}：{error.strerror}；请改权限或用 HUIYIN_HOME 指定另一目录。\n"
            f"The data folder {home.root} cannot be used: {error.strerror} ({error.filename}); change "
            f"its owner, or choose another folder with HUIYIN_HOME."
        ) from error


def make_identities(settings: Settings) -> ClientIdentity:
    """Makes or renews certificates, tokens and master keys; returns the command line's own identity."""
    identity = make_own_identities(settings)
    try:
        _ensure_rings(settings.paths)
    except KeyFileError as error:
        raise SetupError(str(error)) from error
    return identity


def make_own_identities(settings: Settings) -> ClientIdentity:
    """The same without master keys, for an installation whose services have them in folders of their own."""
    home, lifetime = settings.paths, timedelta(hours=settings.limits.token_hours_max)
    validity = min(TOKEN_VALIDITY, lifetime)
    try:
        identities = ensure_development_identities(
            home.root, load_policy().directory, token_validity=validity
        )
        return ClientIdentity.of(identities.service("cli"))
    except (KeyFileError, PolicyError) as error:
        raise SetupError(str(error)) from error


def _ensure_rings(home: Home) -> None:
    """Makes the rings of a new installation; one that lost a ring is not given another."""
    missing = [name for name in RING_NAMES if not _has_ring(home, name)]
    if not missing:
        return
    if home.databases.exists() and not home.shared_ring.exists():
        lost = " ".join(str(home.ring(name)) for name in missing)
        raise SetupError(
            f"主密钥文件不在，而数据库已有以它密封的内容；请从备份恢复：{lost}\n"
            f"Key files are gone, but there is data sealed under them: put them back from your backup: {lost}"
        )
    ensure_rings(home, SystemClock())


def _has_ring(home: Home, name: ServiceName) -> bool:
    return bool(ring_environment(os.environ, name)) or home.ring(name).exists()


async def check_rings(settings: Settings, accesses: Mapping[str, str]) -> None:
    """Returns when each database was sealed under the ring that is here. Raises SetupError."""
    for name in RING_NAMES:
        await check_ring(settings.paths, name, accesses[name], settings.log_name(name))


async def check_ring(home: Home, name: ServiceName, access: str, log: str) -> None:
    """The same for one service, whose ring is in a data folder. Raises SetupError."""
    try:
        master = open_ring(home, name, os.environ, SystemClock())
        store = await PostgresEventStore.open(access, name, log)
        try:
            await ensure_ring(store, master)
        finally:
            await store.aclose()
    except (KeyFileError, WrongRingError, StoreError) as error:
        raise SetupError(f"主密钥与数据库不符，或不能核对 · {error}") from error


WITHOUT_DATABASE = "worker"
PROCESSES = (*SERVICE_NAMES, "relay", WITHOUT_DATABASE)
"""Every process that has secrets, in the order of its users."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The user and group that a folder belongs to."""

    user: int
    group: int


def owner_of(name: str, first_user: int | None) -> Owner | None:
    """The user of a process: users are numbered in the order of PROCESSES; None: whoever runs this."""
    if first_user is None:
        return None
    number = first_user + PROCESSES.index(name)
    return Owner(number, number)


def hand_out(home: Home, place: Home, name: str, access: str | None, owner: Owner | None) -> None:
    """Writes what a process needs of an installation into a folder of its own, private to its user.

    Certificates, issuers and access are written anew each time; the ring of keys is the process's own from
    then on, and stays as it is: a rotation may have changed it. Raises KeyFileError or OSError.
    """
    folders = (place.root, place.identity, place.identity / "services", place.secrets, place.rings)
    for folder in (*folders, place.logs, place.run, place.workers):
        make_private_directory(folder)
    _identity(home, place, f"service@{name}")
    if access is not None:
        write_whole(place.access, access.encode() + b"\n")
    if name in RING_NAMES:
        _ring(home, place, name)
    if owner is not None:
        _give(place.root, owner)


def _identity(home: Home, place: Home, profile_name: str) -> None:
    profile = find_profile(home.identity, profile_name)

    def moved(path: Path) -> Path:
        return place.identity / path.relative_to(home.identity)

    write_whole(moved(profile.authority), profile.authority.read_bytes(), mode=0o644)
    write_whole(moved(profile.certificate), profile.certificate.read_bytes(), mode=0o644)
    write_whole(moved(profile.key), profile.read_key())
    issuers = home.identity / "issuers.json"
    write_whole(moved(issuers), issuers.read_bytes(), mode=0o644)
    own = ClientProfile(
        profile_name, moved(profile.authority), moved(profile.certificate), moved(profile.key)
    )
    write_profiles(place.identity, {profile_name: own})


def _ring(home: Home, place: Home, name: str) -> None:
    """The installation's, moved here, where it has one; else a fresh one, which nobody else ever sees."""
    ours, theirs = home.ring(name), place.ring(name)
    if theirs.exists():
        return
    if ours.exists():
        write_whole(theirs, ours.read_bytes())
        ours.unlink()
    else:
        create_key_file(theirs, SystemClock())


def _give(folder: Path, owner: Owner) -> None:
    for parent, folders, files in os.walk(folder):
        for path in (parent, *(f"{parent}/{name}" for name in (*folders, *files))):
            os.chown(path, owner.user, owner.group, follow_symlinks=False)

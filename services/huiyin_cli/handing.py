"""A data folder for one process, with its own secrets alone: so that it can run as a user of its own."""

import os
from dataclasses import dataclass
from pathlib import Path

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.home import Home
from huiyin_kernel.identity.files import make_private_directory, write_whole
from huiyin_kernel.identity.profiles import ClientProfile, find_profile, write_profiles
from huiyin_kernel.settings import RING_NAMES, SERVICE_NAMES
from huiyin_kernel.vault.master import create_key_file

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

"""Runs @asyncapi/parser on documents. It is installed once, as locked, under build/."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huiyin_kernel.home import FolderLock
from tests.house.tree import ROOT
from tests.support.left_out import leave_out

SOURCES = Path(__file__).with_name("parser")
FILES = ("package.json", "package-lock.json", ".npmrc", "check.mjs")
INSTALL_SECONDS_MAX = 300
CHECK_SECONDS_MAX = 240.0
NPM_LINES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Parsed:
    """What the parser says of a document: sentences, and the addresses of its channels."""

    errors: list[str]
    warnings: list[str]
    channels: list[str]


def parse(*documents: Path) -> list[Parsed]:
    """Has the parser read documents. Left out where node is missing, a failure in CI."""
    if missing := [program for program in ("node", "npm") if shutil.which(program) is None]:
        leave_out(f"no {' and no '.join(missing)} on PATH: @asyncapi/parser needs Node.js")
    done = subprocess.run(
        ["node", "check.mjs", *map(str, documents)],
        cwd=_installed(),
        capture_output=True,
        text=True,
        timeout=CHECK_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [_parsed(verdict) for verdict in json.loads(done.stdout)]


def _parsed(verdict: Any) -> Parsed:
    said: dict[str, list[str]] = {"error": [], "warning": [], "information": [], "hint": []}
    for finding in verdict["findings"]:
        said[finding["severity"]].append(finding["sentence"])
    return Parsed(said["error"], said["warning"], verdict.get("channels") or [])


def _installed() -> Path:
    """The folder with the parser of this lock."""
    content = b"\0".join((SOURCES / name).read_bytes() for name in FILES)
    folder = ROOT / "build" / "asyncapi" / hashlib.sha256(content).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder / ".lock")
    assert lock.take(INSTALL_SECONDS_MAX), f"somebody else still installs into {folder}"
    try:
        if not (folder / ".installed").exists():
            _install(folder)
    finally:
        lock.release()
    return folder


def _install(folder: Path) -> None:
    for name in FILES:
        shutil.copyfile(SOURCES / name, folder / name)
    done = subprocess.run(
        ["npm", "ci", "--ignore-scripts"],
        cwd=folder,
        env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        said = "; ".join(done.stderr.strip().splitlines()[:NPM_LINES_SHOWN])
        leave_out(f"npm could not install @asyncapi/parser: {said}")
    (folder / ".installed").touch()

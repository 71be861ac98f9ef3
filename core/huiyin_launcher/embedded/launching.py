"""Starts programs that end with this process, through launch.py."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from huiyin_launcher.embedded.account import Account

_LAUNCHER = Path(__file__).with_name("launch.py")


def ending_with_us(
    program: Sequence[str], on_parent_death: signal.Signals, account: Account | None = None
) -> list[str]:
    """The command line that runs the program so that it gets the signal when this process is gone.

    Start it from a thread that lives as long as the process (the main one): the kernel watches the thread.
    """
    command = [sys.executable, "-I", "-S", str(_LAUNCHER)]
    command += ["--parent", str(os.getpid()), "--signal", on_parent_death.name]
    if account is not None and account.change:
        command += ["--user", str(account.user), "--group", str(account.group)]
        command += ["--search"] if account.search else []
    return [*command, "--", *program]


def server_environment() -> Mapping[str, str]:
    """What a database server is given of our environment: no PG* settings, no secrets of ours."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "SYSTEMROOT")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}

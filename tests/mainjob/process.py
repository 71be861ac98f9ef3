"""The platform as a user starts it: `huiyin up` in a folder of its own, and the command beside it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huiyin_kernel.settings import Settings
from huiyin_launcher.embedded.account import ending_with_us
from tests.support.places import ports_of_its_own

READY_SECONDS_MAX = 90.0
CLUSTER_READY_SECONDS_MAX = 240.0
STOP_SECONDS_MAX = 60.0
UP = b"Huiyin is up after"
"""What `huiyin up` says once all is there that a newcomer looks for."""


def command() -> str:
    """The `huiyin` program of this environment."""
    return str(Path(sys.executable).with_name("huiyin"))


def environment(home: Path, samples: bool = False) -> dict[str, str]:
    """The environment in which every process finds this platform."""
    return {**os.environ, "HUIYIN_HOME": str(home), "HUIYIN_SAMPLES": str(samples).lower()}


@contextmanager
def running_platform(home: Path, samples: bool = False, *, cluster: bool = False) -> Iterator[Settings]:
    """A running platform, with or without Kafka; stopped in good order afterwards."""
    with started_platform(home, samples, cluster=cluster) as (settings, _):
        yield settings


@contextmanager
def started_platform(
    home: Path, samples: bool = False, *, cluster: bool = False, program: str = ""
) -> Iterator[tuple[Settings, int]]:
    """The same, with the id of the process that looks after all others; `program` is another `huiyin`.

    It stops in good order too when this process is killed. Call it from the main thread.
    """
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.log").open("ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(  # our own program
            ending_with_us([program or command(), "up", *(["--cluster"] if cluster else [])], signal.SIGINT),
            env={**environment(home, samples), **ports_of_its_own()},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        seconds = CLUSTER_READY_SECONDS_MAX if cluster else READY_SECONDS_MAX
        _wait_until_ready(process, settings, said_before, seconds)
        yield settings, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS_MAX)


def _wait_until_ready(
    process: "subprocess.Popen[bytes]", settings: Settings, begin: int, seconds: float
) -> None:
    """Until it says that it is up: its samples are loaded by then, and the lists show them."""
    deadline = time.monotonic() + seconds
    log = settings.paths.root / "up.log"
    while UP not in log.read_bytes()[begin:]:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the platform did not start:\n{log.read_text()}")
        time.sleep(0.1)


def huiyin(home: Path, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Runs the command as a user would; its standard error goes to ours."""
    done = subprocess.run(  # our own program
        [command(), *arguments], env=environment(home), stdout=subprocess.PIPE, text=True, check=False
    )
    if check and done.returncode:
        raise RuntimeError(f"huiyin {' '.join(arguments)} ended with {done.returncode}: {done.stdout}")
    return done

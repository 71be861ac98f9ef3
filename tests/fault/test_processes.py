"""Children that crash are started again, end in order, and never outlive their parent."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from huiyin_launcher.processes import Child, ChildSpec, Supervisor, python_module

STEADY = """
import signal, sys, time
def end(*_):
    print("ends", flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("runs", flush=True)
while True:
    time.sleep(0.05)
"""
DEAF = STEADY.replace("signal.signal(signal.SIGTERM, end)", "signal.signal(signal.SIGTERM, signal.SIG_IGN)")
CRASHING = "raise SystemExit(3)"
PARENT = """
import sys, time
from pathlib import Path
from huiyin_launcher.processes import Child, ChildSpec, python_module
command = python_module("steady")
child = Child(ChildSpec("steady", command, {"PYTHONPATH": sys.argv[1]}, Path(sys.argv[1]) / "steady.log"))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path: Path) -> Callable[[str, str], Child]:
    """Makes a child that runs a module with this text."""

    def make(name: str, text: str, nice: int = 0) -> Child:
        (tmp_path / f"{name}.py").write_text(text)
        environment = {"PYTHONPATH": str(tmp_path)}
        return Child(ChildSpec(name, python_module(name), environment, tmp_path / f"{name}.log", nice))

    return make


def test_a_child_may_yield_the_processor_to_the_others_whenever_it_is_started(
    child: Callable[..., Child],
) -> None:
    yielding = child("polite", "import os\nprint(os.nice(0))\nraise SystemExit(3)", nice=5)
    said: list[str] = []
    yielding.start()

    def crashed_twice() -> bool:
        yielding.look(said.append)
        return yielding.crashes == 2

    wait_until(crashed_twice)
    assert log_of(yielding).split() == [str(min(os.nice(0) + 5, 19))] * 2


def log_of(child: Child) -> str:
    return child.spec.log_file.read_text()


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def look_until(supervisor: Supervisor, condition: Callable[[], bool]) -> None:
    """Lets the supervisor do its rounds until something is so."""

    def looked() -> bool:
        supervisor.look()
        return condition()

    wait_until(looked)


def ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_all_are_asked_and_end_in_good_order(child: Callable[[str, str], Child]) -> None:
    children = [child("one", STEADY), child("two", STEADY)]
    supervisor = Supervisor(children, print, stop_seconds=5)
    supervisor.start()
    wait_until(lambda: all("runs" in log_of(each) for each in children))
    supervisor.stop()
    assert all(log_of(each) == "runs\nends\n" and each.pid is None for each in children)


def test_one_that_does_not_listen_is_killed_in_time_and_said(child: Callable[[str, str], Child]) -> None:
    said: list[str] = []
    deaf = child("deaf", DEAF)
    supervisor = Supervisor([deaf], said.append, stop_seconds=0.3)
    supervisor.start()
    wait_until(lambda: "runs" in log_of(deaf))
    supervisor.stop()
    assert deaf.pid is None
    assert said == ["deaf did not end within 0.3 s and was killed"]


def test_a_killed_child_is_started_again_and_counted(child: Callable[[str, str], Child]) -> None:
    said: list[str] = []
    steady = child("steady", STEADY)
    supervisor = Supervisor([steady], said.append, stop_seconds=5)
    supervisor.start()
    wait_until(lambda: "runs" in log_of(steady))
    first = steady.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    look_until(supervisor, lambda: log_of(steady).count("runs") == 2)
    assert steady.crashes == 1
    assert steady.pid != first
    assert "steady ended (killed by SIGKILL), time 1; starts again in 0.2 s" in said[0]
    supervisor.stop()


def test_one_that_keeps_crashing_waits_longer_each_time(child: Callable[[str, str], Child]) -> None:
    said: list[str] = []
    crashing = child("crashing", CRASHING)
    supervisor = Supervisor([crashing], said.append, stop_seconds=5)
    supervisor.start()
    look_until(supervisor, lambda: len(said) == 3)
    assert [line.partition("again in ")[2].split()[0] for line in said] == ["0.2", "0.4", "0.8"]
    assert "exit status 3" in said[0]
    supervisor.stop()


def test_no_child_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    (tmp_path / "steady.py").write_text(STEADY)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        wait_until(lambda: "runs" in (tmp_path / "steady.log").read_text())
        parent.kill()
    wait_until(lambda: ended(pid))

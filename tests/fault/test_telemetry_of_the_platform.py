"""The platform as a person starts it: its status, its log files, and one trace over all its processes."""

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.settings import Settings
from tests.fault.platform_status import status
from tests.fault.running_platform import Platform, wait_until
from tests.support.searching import found_in_all, read_files
from tests.support.traced_meeting import VALUES, meeting
from tests.support.tracing import TRACE, loose_ends, written_spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SERVICES = {"intake", "reception", "judicial", "supervision", "streams"}


@dataclass(frozen=True)
class Ran:
    """The platform after a joint meeting, every call of which was traced."""

    platform: Platform
    events: list[Event]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Started without samples, so that all that is recorded is ours."""
    home = tmp_path_factory.mktemp("telemetry") / "home"
    platform = Platform(home, {"HUIYIN_TRACES_FILE": "traces.jsonl", "HUIYIN_SAMPLES": "false"})
    try:
        platform.wait_ready()
        yield Ran(platform, asyncio.run(meeting(Settings(home=home))))
        platform.stop()
    finally:
        if platform.process.poll() is None:
            platform.kill_everything()


def test_one_trace_joins_what_all_processes_did(ran: Ran) -> None:
    file = ran.platform.home / "traces.jsonl"

    def processes() -> set[str]:
        return {span.process for span in written_spans(file) if span.trace_id == TRACE}

    wait_until(
        lambda: processes() >= SERVICES - {"judicial", "streams"} | {"streams-folds"}
    )  # folds come after the answers
    assert loose_ends(ran.events, written_spans(file)) == []
    assert any(event.type.endswith(".ItemSettled") for event in ran.events)


def test_log_files_are_json_and_neither_they_nor_spans_name_a_person(ran: Ran) -> None:
    files = read_files(ran.platform.home / "logs")
    files |= {"traces": (ran.platform.home / "traces.jsonl").read_bytes()}
    assert {f"{name}.log" for name in SERVICES} <= files.keys()
    assert found_in_all(files, VALUES) == {}
    for name in SERVICES:
        first = json.loads(files[f"{name}.log"].splitlines()[0])
        assert (first["process"], first["level"]) == (name, "info")


def test_all_is_well_and_everything_caught_up(ran: Ran) -> None:
    wait_until(lambda: status(ran.platform)[0] == 0)
    _, found = status(ran.platform)
    assert (found["ok"], found["wrong"]) == (True, [])
    assert {process["name"] for process in found["processes"] if process["serving"]} >= SERVICES
    wait_until(lambda: all(r["behind_count"] == 0 for r in status(ran.platform)[1]["readers"]))
    consumers = {reader["consumer"] for reader in found["readers"]}
    assert consumers >= {"intake-inbox", "reception-inbox", "streams-case", "supervision-clocks"}


def test_a_process_that_is_down_is_said_and_the_rest_is_shown(ran: Ran) -> None:
    pid = ran.platform.pid_of("-m huiyin_judicial")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # it is there, and does not answer
    try:
        code, found = status(ran.platform)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert code == 1
    assert any("judicial does not answer" in sentence for sentence in found["wrong"])
    assert any(log["position"] for log in found["logs"])


def test_a_process_that_was_started_again_is_told_from_one_that_was_not(ran: Ran) -> None:
    pid = ran.platform.pid_of("-m huiyin_judicial")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: ran.platform.pid_of("-m huiyin_judicial") not in (None, pid))
    wait_until(lambda: status(ran.platform)[0] == 0)
    restarts = {p["name"]: p["restart_count"] for p in status(ran.platform)[1]["processes"]}
    assert restarts["judicial"] >= 1
    assert restarts["intake"] == 0


def test_metrics_of_every_process_are_on_the_loopback_address(ran: Ran) -> None:
    endpoints = json.loads((ran.platform.home / "run" / "endpoints.json").read_text())
    assert endpoints["metrics"].keys() >= SERVICES


def test_after_the_end_nothing_is_said_to_run(ran: Ran, tmp_path: Path) -> None:
    ran.platform.stop()
    code, found = status(ran.platform)
    assert code == 1
    assert not any(process["running"] for process in found["processes"])

"""`huiyin up --cluster` starts the whole cluster mode on one machine, heals it, and leaves nothing behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from huiyin_cli.children import BEHIND, SERVICES
from huiyin_cli.client import open_client
from huiyin_client import Config
from huiyin_kafka.admin import look_at_brokers
from huiyin_kernel.home import FolderLock, Home
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.settings import Settings
from huiyin_launcher.processes import read_table
from tests.fault.running_platform import Platform, command_line, descendants, wait_until
from tests.house.tree import ROOT
from tests.support.calling import DIRECTORY, OFFICE, handed_over
from tests.support.kafka import runtime

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BROKERS = ("kafka-1", "kafka-2", "kafka-3")
PROCESSES = [part.name for part in (*SERVICES, *BEHIND)]
SYSTEM_SECONDS = 120.0
STOP_SECONDS = 45.0  # ten on two idle cores; here other tests run beside it


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all runs of this file."""
    return tmp_path_factory.mktemp("up-cluster") / "home"


@pytest.fixture(scope="module")
def runs() -> Iterator[list[Platform]]:
    """All runs on the folder; the last one is ended when the file is done."""
    runtime()
    started: list[Platform] = []
    yield started
    if started and started[-1].process.poll() is None:
        started[-1].kill_everything()


@pytest.fixture
def platform(home: Path, runs: list[Platform]) -> Platform:
    """The platform in cluster mode, running and ready: the one of the test before if it still runs."""
    if not runs or runs[-1].process.poll() is not None:
        runs.append(Platform(home, cluster=True))
        runs[-1].wait_ready()
    return runs[-1]


def all_brokers_serve(platform: Platform) -> bool:
    """Whether each broker itself answers, and counts all of them."""
    profile = find_profile(Home(platform.home).identity, "service@cli")
    addresses = platform.endpoints()["kafka"].split(",")
    seen = [look_at_brokers(address, profile).brokers for address in addresses]
    return seen == [len(BROKERS)] * len(BROKERS)


def case_ids(platform: Platform) -> set[str]:
    return {case["case_id"] for case in platform.huiyin("case", "list")}


def held_locks(home: Path) -> list[Path]:
    """The lock files of the folder that some process still holds."""
    return [path for path in sorted(home.rglob("*.lock")) if is_held(FolderLock(path))]


def is_held(lock: FolderLock) -> bool:
    taken = lock.take()
    lock.release()
    return not taken


def test_an_empty_folder_becomes_a_whole_cluster_with_its_samples(platform: Platform) -> None:
    assert set(platform.pids()) == {"postgres", *BROKERS, *PROCESSES}
    assert all_brokers_serve(platform)
    assert case_ids(platform)


def test_the_samples_reach_the_stream_workers_by_way_of_kafka_and_nothing_ended(platform: Platform) -> None:
    def handled() -> int:
        workers = platform.huiyin_anyway("status")["workers"]
        return sum(each["handled_count"] for each in workers if each["process"].startswith("worker-"))

    wait_until(lambda: handled() > 0, 60)
    table = read_table(Home(platform.home).processes)
    assert {row.name: row.restart_count for row in table if row.restart_count} == {}


def test_what_the_workers_put_out_is_shown(platform: Platform) -> None:
    def counted() -> int:
        counters = platform.huiyin("insight", "counters")["counters"]
        return sum(int(each["case_count"]) for each in counters)

    wait_until(lambda: counted() == len(case_ids(platform)), 60)


def test_topics_are_as_the_catalogue_says(platform: Platform) -> None:
    assert platform.huiyin("topics", "diff")["differences"] == []


def test_kafka_and_store_agree(platform: Platform) -> None:
    found = platform.huiyin("audit", "compare")
    assert found["agrees"]
    by_topic = {each["topic"]: each for each in found["topics"]}
    for topic in ("huiyin.intake.v1.events", "huiyin.case.v1.timeline"):
        assert by_topic[topic]["record_count"] > 0


def test_an_agencys_system_has_its_whole_conversation_over_kafka(platform: Platform, tmp_path: Path) -> None:
    unit = next(unit.code for unit in DIRECTORY if not cases_of(platform, unit.code))
    case_id = asyncio.run(handed_over_to(platform, unit))
    done = subprocess.run(
        [sys.executable, "examples/agency.py", str(configured(platform, unit, tmp_path))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SYSTEM_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    published = [line.strip() for line in said if line.startswith("  ")]
    assert len(published) == 4, done.stdout
    assert all(": event " in line for line in published), done.stdout
    assert said[-1].startswith(f"{case_id} ")
    assert said[-1].endswith(" OpinionServed")


def cases_of(platform: Platform, unit: str) -> list[object]:
    found: list[object] = platform.huiyin("case", "list", "--as", f"officer@{unit}")
    return found


async def handed_over_to(platform: Platform, unit: str) -> str:
    async with open_client(f"officer@{OFFICE}", Settings(home=platform.home)) as client:
        return await handed_over(client, unit)


def configured(platform: Platform, unit: str, folder: Path) -> Path:
    """The configuration file of an agency's system that has Kafka and the exchange's address only."""
    found = Config.of_home(platform.home, unit, kafka=True)
    places = {"authority": found.authority, "certificate": found.certificate, "key": found.key}
    lines = [f'{name} = "{path}"' for name, path in places.items()]
    lines += [f'agency = "{unit}"', f'kafka = "{found.kafka}"', 'journal = "agency.journal"', "[services]"]
    file = folder / "agency.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize("name", ["kafka-2", "postgres", "intake", "relay-1", "worker-1"])
def test_what_is_killed_is_started_again(platform: Platform, name: str) -> None:
    killed = platform.pids()[name]
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: platform.pids().get(name) not in (None, killed), 30)
    wait_until(lambda: all_brokers_serve(platform), 60)
    wait_until(lambda: platform.answers("case", "list"), 30)


def test_a_kill_of_the_supervisor_ends_all_and_a_later_start_finds_everything(
    platform: Platform, runs: list[Platform]
) -> None:
    before, started = case_ids(platform), descendants(platform.process.pid)
    platform.process.kill()
    platform.process.wait()
    wait_until(lambda: not any(command_line(pid) == line for pid, line in started.items()), 30)
    runs.append(Platform(platform.home, cluster=True))
    runs[-1].wait_ready()
    assert case_ids(runs[-1]) == before
    assert all_brokers_serve(runs[-1])


def test_an_interrupt_stops_all_in_time_and_leaves_neither_process_nor_lock(
    platform: Platform, home: Path
) -> None:
    started = descendants(platform.process.pid)
    begun = time.monotonic()
    assert platform.stop() == 0
    assert time.monotonic() - begun < STOP_SECONDS
    assert {pid: line for pid, line in started.items() if command_line(pid) == line} == {}
    assert held_locks(home) == []
    assert not (home / "run" / "endpoints.json").exists()
    assert platform.said_since_start().count("was killed") == 0

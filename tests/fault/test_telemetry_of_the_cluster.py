"""In cluster mode one trace joins a command, its event, the relay, the reaction and what follows from it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from huiyin.event.v1.event_pb2 import Event
from huiyin_kernel.settings import Settings
from tests.fault.platform_status import status
from tests.fault.running_platform import Platform, wait_until
from tests.support.kafka import runtime
from tests.support.searching import found_in_all, read_files
from tests.support.traced_meeting import VALUES, meeting
from tests.support.tracing import CALLER, TRACE, WrittenSpan, loose_ends, written_spans

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Ran:
    """The cluster after a joint meeting, every call of which was traced."""

    platform: Platform
    events: list[Event]

    def spans(self) -> list[WrittenSpan]:
        """What all processes have written by now."""
        return written_spans(self.platform.home / "traces.jsonl")


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """Started without samples, so that all that is recorded is ours."""
    runtime()
    home = tmp_path_factory.mktemp("telemetry-cluster") / "home"
    told = {"HUIYIN_TRACES_FILE": "traces.jsonl", "HUIYIN_SAMPLES": "false"}
    platform = Platform(home, told, cluster=True)
    try:
        platform.wait_ready()
        yield Ran(platform, asyncio.run(meeting(Settings(home=home))))
        platform.stop()
    finally:
        if platform.process.poll() is None:
            platform.kill_everything()


def test_every_event_hangs_on_a_span_and_a_reaction_on_what_caused_it(ran: Ran) -> None:
    assert loose_ends(ran.events, ran.spans()) == []


def test_between_an_event_and_its_reaction_stands_the_relay(ran: Ran) -> None:
    by_id = {span.span_id: span for span in ran.spans()}
    settled = next(event for event in ran.events if event.type.endswith(".ItemSettled"))
    chain, at = [], settled.metadata.trace_parent[36:52]
    while at in by_id:
        chain.append(by_id[at].name)
        at = by_id[at].parent_id
    assert chain == [
        "reception-inbox ResolutionItemApplied",
        "relay intake@990000",
        "intake-inbox ResolutionBound",
        "relay reception@990000",
        "huiyin.reception.v1.ReceptionService/BindResolution",
    ]
    assert at == CALLER


def test_workers_stand_in_the_same_trace(ran: Ran) -> None:
    def worked() -> bool:
        return any(s.process.startswith("worker-") and s.trace_id == TRACE for s in ran.spans())

    wait_until(worked, 60)


def test_nothing_that_the_cluster_tells_of_itself_names_a_person(ran: Ran) -> None:
    files = read_files(ran.platform.home / "logs")
    files |= {"traces": (ran.platform.home / "traces.jsonl").read_bytes()}
    assert found_in_all(files, VALUES) == {}
    assert {"relay-1.log", "kafka-1.log"} <= files.keys()


def test_all_is_well_and_the_relay_has_caught_up(ran: Ran) -> None:
    said: list[str] = []

    def at_rest() -> bool:
        code, found = status(ran.platform)
        said[:] = found["wrong"]
        relayed = [reader for reader in found["readers"] if reader["consumer"] == "relay"]
        return code == 0 and bool(relayed) and not any(reader["behind_count"] for reader in relayed)

    try:
        wait_until(at_rest, 60)
    except TimeoutError:
        pytest.fail(f"it does not come to rest: {said}")
    _, found = status(ran.platform)
    assert (found["cluster"], found["kafka"]["broker_count"]) == (True, 3)
    assert {relay["process"] for relay in found["relays"]} <= {"relay-1", "relay-2"}

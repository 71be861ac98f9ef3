"""`huiyin status` finds what is wrong, says nothing where all is well, and works when everything is down."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huiyin_cli.main import app
from huiyin_cli.status import report
from huiyin_cli.status.command import document, print_status
from huiyin_cli.status.readings import (
    Samples,
    clocks,
    exchange,
    read_samples,
    readers,
    relays,
    samples_in,
    timeline,
    workers,
)
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.policy import load_policy
from huiyin_launcher.embedded.claim import free_port

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
PROCESS = report.ProcessState("intake", True, 4711, NOW, 0, True, True, 90.0)
LOG = report.LogState("intake@990000", 7, NOW)
READER = report.ReaderState("reception-inbox", "intake@990000", "reception", 7, 0.0, 2.0, 0)
RELAY = report.RelayState("intake@990000", "relay-1", 3, 7)
TIMELINE = report.TimelineState(12, 0, 0.0, alarm=False)
KAFKA = report.KafkaState(3, 3)
CLOCK = report.ClockState("supervision", False, {"database": -0.1, "log": 0.0})
LETTERS = report.DeadLetterState("reception", 0)
WELL = report.Status(
    asked_time=NOW,
    cluster=True,
    processes=[PROCESS],
    logs=[LOG],
    readers=[READER],
    relays=[RELAY],
    timeline=TIMELINE,
    exchange=report.ExchangeState(0, {}),
    workers=[report.WorkerState("hot", "worker-1", 5, 0, {})],
    kafka=KAFKA,
    dead_letters=[LETTERS],
    clocks=[CLOCK],
)
WRONG = {
    "does not run": replace(WELL, processes=[replace(PROCESS, running=False)]),
    "does not answer": replace(WELL, processes=[replace(PROCESS, serving=False)]),
    "shows no metrics": replace(WELL, processes=[replace(PROCESS, measured=False)]),
    "keeps ending: 3 restarts": replace(WELL, processes=[replace(PROCESS, restart_count=3, up_seconds=20.0)]),
    "cannot be read": replace(WELL, logs=[replace(LOG, position=None)]),
    "31 s behind": replace(WELL, readers=[replace(READER, lag_seconds=31.0)]),
    "heard nothing for 99 s": replace(WELL, readers=[replace(READER, silence_seconds=99.0)]),
    "no relay holds the lease": replace(WELL, relays=[replace(RELAY, process="")]),
    "relay-1 does not publish": replace(WELL, relays=[replace(RELAY, position=None)]),
    "waits for its cause": replace(WELL, timeline=replace(TIMELINE, alarm=True, held_seconds=40.0)),
    "only 2/3 brokers": replace(WELL, kafka=replace(KAFKA, broker_count=2)),
    "lack replicas: 1": replace(WELL, kafka=replace(KAFKA, under_replicated=("huiyin.x/0",))),
    "supervision 的时钟与数据库相差 +3600 秒": replace(
        WELL, clocks=[replace(CLOCK, doubted=True, ahead_seconds={"database": 3600.0, "log": 0.0})]
    ),
    "differs from the time server's by -86400 s: no lateness is recorded": replace(
        WELL, clocks=[replace(CLOCK, doubted=True, ahead_seconds={"database": 0.2, "reference": -86400.0})]
    ),
    "dead letters: 2": replace(WELL, dead_letters=[replace(LETTERS, count=2)]),
}


def test_where_all_is_well_nothing_is_said() -> None:
    assert WELL.wrong() == []
    assert document(WELL)["ok"] is True


@pytest.mark.parametrize("sentence, status", WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_is_said_in_one_sentence(sentence: str, status: report.Status) -> None:
    (said,) = status.wrong()
    assert sentence in said
    assert document(status)["ok"] is False


def test_a_status_is_shown_and_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    print_status(WELL)
    print_status(WRONG["does not run"])
    shown = capsys.readouterr().out
    assert all(
        word in shown for word in ("reception-inbox", "relay-1", "3/3", "everything is well", "does not run")
    )
    assert json.loads(json.dumps(document(WELL)))["processes"][0]["started_time"] == NOW.isoformat()


PAGE = """
huiyin_consumer_position{consumer="reception-inbox",log="intake@990000"} 5.0
huiyin_consumer_lag_seconds{consumer="reception-inbox",log="intake@990000"} 1.5
huiyin_consumer_silence_seconds{consumer="reception-inbox",log="intake@990000"} 0.5
huiyin_consumer_position{consumer="relay",log="intake@990000"} 6.0
huiyin_relay_active{source="intake@990000"} 1.0
huiyin_relay_lease_epoch{source="intake@990000"} 4.0
huiyin_timeline_sequence 12.0
huiyin_timeline_held 1.0
huiyin_timeline_alarm 1.0
huiyin_exchange_in_flight{channel="kafka"} 2.0
huiyin_exchange_waiting{agency="990101"} 3.0
huiyin_worker_handled_total{worker="hot"} 9.0
huiyin_machine_clock_ahead_seconds{against="database"} 75.0
huiyin_machine_clock_doubted 1.0
huiyin_worker_lag{topic="huiyin.case.v1.timeline",worker="hot"} 2.0
python_info 1.0
"""


def samples(process: str, page: str = PAGE) -> Samples:
    return Samples(samples_in(process, page), [process])


def test_readers_are_measured_against_the_ends_of_the_logs() -> None:
    reader, relay = readers(samples("reception"), {"intake@990000": 8})
    assert relay.consumer == "relay"
    assert (reader.position, reader.behind_count, reader.lag_seconds) == (5, 3, 1.5)
    assert {unknown.behind_count for unknown in readers(samples("reception"), {})} == {None}


def test_a_relay_names_the_holder_of_its_lease_and_a_source_without_one() -> None:
    standby = PAGE.replace('relay_active{source="intake@990000"} 1', 'relay_active{source="intake@990000"} 0')
    both = Samples([*samples_in("relay-1", PAGE), *samples_in("relay-2", standby)], ["relay-1", "relay-2"])
    assert relays(both) == [report.RelayState("intake@990000", "relay-1", 4, 6)]
    assert relays(samples("relay-2", standby)) == [report.RelayState("intake@990000", "", 0, None)]


def test_timeline_exchange_and_workers_are_read_from_their_processes() -> None:
    assert timeline(samples("streams-folds")) == report.TimelineState(12, 1, 0.0, alarm=True)
    assert timeline(samples("intake")) is None
    assert exchange(samples("exchange")) == report.ExchangeState(2, {"990101": 3})
    assert exchange(samples("intake")) is None
    assert workers(samples("worker-1")) == [
        report.WorkerState("hot", "worker-1", 9, 0, {"huiyin.case.v1.timeline": 2})
    ]


def test_a_machines_clock_is_told_by_those_processes_that_compare_it() -> None:
    assert clocks(samples("supervision")) == [
        report.ClockState("supervision", doubted=True, ahead_seconds={"database": 75.0})
    ]
    assert clocks(samples("relay-1", "huiyin_machine_clock_doubted 0.0\n")) == []


def test_a_process_that_does_not_answer_is_missing_from_those_that_did() -> None:
    assert read_samples({"intake": free_port()}).answered == frozenset()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder on which nothing runs."""
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path))
    for name in ("INTAKE", "RECEPTION", "JUDICIAL", "SUPERVISION", "STREAMS", "EXCHANGE"):
        monkeypatch.setenv(f"HUIYIN_ADDRESSES__{name}", f"127.0.0.1:{free_port()}")
    return tmp_path


def test_a_platform_that_does_not_run_is_said_part_by_part_with_exit_status_1(home: Path) -> None:
    ensure_development_identities(home, load_policy().directory)
    result = CliRunner().invoke(app, ["status", "--json"])
    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"]) == (1, False)
    assert {process["running"] for process in found["processes"]} == {False}
    assert "the log intake@990000 cannot be read" in " ".join(found["wrong"])


def test_a_folder_that_was_never_used_is_said_in_one_sentence(home: Path) -> None:
    result = CliRunner().invoke(app, ["status"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1

"""Spans join up across processes, are written only where wanted, and pass a caller's trace on always."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import trace_export, traces
from huiyin_kernel.telemetry.trace_export import start_tracing

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = PARENT[:-2] + "00"


class Spans:
    """What is written to the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> list[Any]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def named(self, name: str) -> Any:
        (found,) = [span for span in self.all() if span["name"] == name]
        return found


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Spans]:
    """A process that writes spans."""
    stop = start_tracing("intake", Settings(home=tmp_path, traces_file="traces.jsonl"))
    yield Spans(tmp_path / "traces.jsonl")
    stop()


def test_where_none_are_written_there_is_no_trace() -> None:
    with traces.span("work") as here:
        assert (here.traceparent, traces.current_traceparent()) == ("", "")
    assert not traces.tracing()


@pytest.mark.parametrize("parent", [PARENT, UNSAMPLED])
def test_a_callers_trace_is_passed_on_by_a_process_that_writes_none(parent: str) -> None:
    with traces.span("work", parent=parent):
        assert traces.current_traceparent() == parent
        with traces.span("part of it"):
            assert traces.current_traceparent() == parent
    assert traces.current_traceparent() == ""


def test_a_wrong_traceparent_is_not_passed_on() -> None:
    with traces.span("work", parent="00-x-y-01"):
        assert traces.current_traceparent() == ""


def test_a_span_hangs_below_its_parent_in_the_same_trace(written: Spans) -> None:
    with traces.span("command", PARENT, "server", method="Register") as here:
        here.note(position=7)
        event = traces.current_traceparent()
    with traces.reacting("reaction", event, consumer="reception-inbox"):
        pass
    command, reaction = written.named("command"), written.named("reaction")
    assert (command["trace_id"], command["parent_id"]) == (PARENT[3:35], PARENT[36:52])
    assert (reaction["trace_id"], reaction["parent_id"]) == (PARENT[3:35], command["span_id"])
    assert command["attributes"] == {"huiyin.method": "Register", "huiyin.position": 7}
    assert (command["process"], command["kind"], reaction["kind"]) == ("intake", "server", "consumer")


def test_a_caller_who_does_not_want_it_written_is_heeded(written: Spans) -> None:
    with traces.span("command", UNSAMPLED):
        assert traces.current_traceparent() == UNSAMPLED
    assert written.all() == []


def test_of_a_trace_that_is_not_in_the_share_nothing_is_passed_on(tmp_path: Path) -> None:
    stop = start_tracing("intake", Settings(home=tmp_path, traces_file="none.jsonl", traces_ratio=0))
    try:
        with traces.span("command"):
            assert traces.current_traceparent() == ""
    finally:
        stop()
    assert (tmp_path / "none.jsonl").read_text() == ""


def test_an_error_is_named_and_its_text_is_not(written: Spans) -> None:
    with pytest.raises(ValueError, match="欧阳"), traces.span("command"):
        raise ValueError("欧阳测试")
    assert (written.named("command")["status"], written.named("command")["failure"]) == (
        "ERROR",
        "ValueError",
    )
    assert "欧阳" not in written.path.read_text()


def test_an_event_that_was_not_traced_leaves_no_span(written: Spans) -> None:
    with traces.reacting("reaction", ""):
        assert traces.current_traceparent() == ""
    traces.record("fold", "", 1, "consumer", dict)
    assert written.all() == []


def test_of_a_batch_each_traced_event_has_a_span(written: Spans) -> None:
    traces.record("fold", PARENT, 1_000, "consumer", lambda: {"position": 3})
    fold = written.named("fold")
    assert (fold["parent_id"], fold["start_ns"]) == (PARENT[36:52], 1_000)
    assert fold["attributes"] == {"huiyin.position": 3}


def test_the_way_an_event_came_stands_between_it_and_its_reaction() -> None:
    way = PARENT.replace("00f067aa0ba902b7", "00f067aa0ba902b8")
    traces.arriving(way)
    assert traces.parent_of(PARENT) == way
    other = PARENT.replace("4bf9", "5bf9")
    assert traces.parent_of(other) == other
    traces.arriving("")
    assert traces.parent_of(PARENT) == PARENT


def test_a_full_file_takes_no_more(written: Spans, monkeypatch: pytest.MonkeyPatch) -> None:
    with traces.span("first"):
        pass
    monkeypatch.setattr(trace_export, "FILE_BYTES_MAX", 1)
    with traces.span("second"):
        pass
    assert [span["name"] for span in written.all()] == ["first"]

"""A collector that speaks OTLP gets the spans; one that is away costs nothing but its spans."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as otlp
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as otlp_grpc

from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry.trace_export import start_tracing
from huiyin_kernel.telemetry.traces import span
from huiyin_launcher.embedded.claim import free_port

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Collector(otlp_grpc.TraceServiceServicer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        self.resources: list[Any] = []
        self.port = 0

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name in the contract
        self.resources += request.resource_spans
        return otlp.ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector on the loopback address."""
    collector, server = Collector(), grpc.server(ThreadPoolExecutor(2))
    otlp_grpc.add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call] # generated
    collector.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector
    server.stop(None).wait()


def traced(tmp_path: Path, port: int) -> None:
    """A process that makes one span and ends."""
    stop = start_tracing("intake", Settings(home=tmp_path, traces_endpoint=f"http://127.0.0.1:{port}"))
    with span("command", PARENT, "server", position=7):
        pass
    stop()


def test_a_collector_gets_each_span_with_its_process_and_parent(tmp_path: Path, collector: Collector) -> None:
    traced(tmp_path, collector.port)
    (resource,) = collector.resources
    (sent,) = resource.scope_spans[0].spans
    names = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert (names["service.name"], names["service.namespace"]) == ("intake", "huiyin")
    assert (sent.name, sent.trace_id.hex(), sent.parent_span_id.hex()) == (
        "command",
        PARENT[3:35],
        PARENT[36:52],
    )
    assert {each.key: each.value.int_value for each in sent.attributes} == {"huiyin.position": 7}


def test_a_collector_that_is_away_does_not_hold_up_the_end(tmp_path: Path) -> None:
    begun = time.monotonic()
    traced(tmp_path, free_port())
    assert time.monotonic() - begun < 10


def test_the_usual_variable_of_opentelemetry_names_the_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317")
    assert Settings().traces_endpoint == "http://collector:4317"
    monkeypatch.setenv("HUIYIN_TRACES_ENDPOINT", "http://own:4317")
    assert Settings().traces_endpoint == "http://own:4317"

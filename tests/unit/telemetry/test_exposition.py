"""A process shows its metrics on the loopback address, and works without where the port is taken."""

import socket
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.start import expose
from huiyin_launcher.embedded.claim import free_port


def shown(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_are_shown_while_the_process_runs() -> None:
    port = free_port()
    stop = expose("intake", port)
    metrics.DEAD_LETTERS.labels("tests-inbox", "tests@990000").inc()
    found = shown(port)
    assert found["huiyin_dead_letters_total[('consumer', 'tests-inbox'), ('log', 'tests@990000')]"] == 1
    assert any(name.startswith("process_start_time_seconds") for name in found)
    stop()
    with pytest.raises(OSError, match="refused"):
        shown(port)


def test_a_port_that_is_taken_is_said_and_no_more(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        expose("intake", taken.getsockname()[1])()
    assert "choose another HUIYIN_METRICS_PORT" in caplog.text


def test_port_0_shows_nothing() -> None:
    expose("intake", 0)()

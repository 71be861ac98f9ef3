"""Starts logs, metrics and traces of a process, from its settings; every process calls it first.

Metrics are shown to Prometheus: GET /metrics on a port of the loopback address.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import start_http_server

from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.logs import start_logging
from huiyin_kernel.telemetry.metrics import REGISTRY

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"


def expose(process: str, port: int) -> Callable[[], None]:
    """Serves the metrics from a thread of its own; returns what ends that. Port 0 serves nothing.

    A port that is taken is said and no more: a platform works without being watched.
    """
    metrics.PROCESS_INFO.labels(process, version("huiyin")).set(1)
    if not port:
        return lambda: None
    try:
        server, thread = start_http_server(port, LOOPBACK, REGISTRY)
    except OSError as error:
        log.warning("no metrics: port %d cannot be had (%s); choose another HUIYIN_METRICS_PORT", port, error)
        return lambda: None

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


@contextmanager
def telemetry(process: str, settings: Settings) -> Iterator[None]:
    """Telemetry while the process runs; at its end the last spans are written out."""
    start_logging(process, settings.log_format, settings.log_level)
    stop_metrics = expose(process, settings.metrics_port)
    stop_traces = _traces(process, settings)
    try:
        yield
    finally:
        stop_traces()
        stop_metrics()


def _traces(process: str, settings: Settings) -> Callable[[], None]:
    if not settings.traces_endpoint and settings.traces_path is None:
        return lambda: None
    # Imported here: without a place for spans the SDK is not loaded.
    from huiyin_kernel.telemetry.trace_export import start_tracing

    return start_tracing(process, settings)

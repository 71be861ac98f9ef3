"""Starts logs, metrics and traces of a process, from its settings; every process calls it first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry.exposition import expose
from huiyin_kernel.telemetry.logs import start_logging


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

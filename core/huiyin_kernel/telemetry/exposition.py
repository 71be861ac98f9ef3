"""Shows the metrics of this process to Prometheus: GET /metrics on a port of the loopback address."""

import logging
from collections.abc import Callable
from importlib.metadata import version

from prometheus_client import start_http_server

from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.families import REGISTRY

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

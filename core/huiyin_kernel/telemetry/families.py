"""How a metric is made: one registry for the process, and every metric with a sentence that says what it is.

Values of labels are names of logs, methods, reasons and the like: few, known beforehand, never a person's.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

PREFIX = "huiyin_"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COUNTS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)

REGISTRY = CollectorRegistry(auto_describe=True)
"""All metrics of this process; /metrics shows them."""

disable_created_metrics()  # type: ignore[no-untyped-call] # when a counter began is nobody's question
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)


@dataclass(frozen=True, slots=True)
class Family:
    """A metric as docs/telemetry.md lists it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    sentence: str


CATALOGUE: list[Family] = []
"""Every metric that was made, in order."""


def counter(name: str, sentence: str, *labels: str) -> Counter:
    """What only grows."""
    CATALOGUE.append(Family(f"{PREFIX}{name}_total", "counter", labels, sentence))
    return Counter(PREFIX + name, sentence, labels, registry=REGISTRY)


def gauge(name: str, sentence: str, *labels: str) -> Gauge:
    """What goes up and down."""
    CATALOGUE.append(Family(PREFIX + name, "gauge", labels, sentence))
    return Gauge(PREFIX + name, sentence, labels, registry=REGISTRY)


def seconds(name: str, sentence: str, *labels: str) -> Histogram:
    """How long something took."""
    CATALOGUE.append(Family(PREFIX + name, "histogram", labels, sentence))
    return Histogram(PREFIX + name, sentence, labels, registry=REGISTRY, buckets=SECONDS)


def sizes(name: str, sentence: str, *labels: str) -> Histogram:
    """How many things went together."""
    CATALOGUE.append(Family(PREFIX + name, "histogram", labels, sentence))
    return Histogram(PREFIX + name, sentence, labels, registry=REGISTRY, buckets=COUNTS)

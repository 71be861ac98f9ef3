"""What a platform that nobody calls takes of a core, by process: embedded, and with Kafka if it can run."""

import shutil
import time
from collections.abc import Iterator

from tests.bench.harness import QUICK, Record, measured_each
from tests.bench.platform import Platform, bench_folder, platform
from tests.bench.processes import difference
from tests.bench.rest import until_at_rest

SECONDS = 8.0 if QUICK else 20.0
RESTING_CLUSTER = 0.6
"""Of a core: what brokers and workers take at the most when they are idle."""


def measure() -> Iterator[Record]:
    """Shares of one core, in per cent."""
    with bench_folder() as folder, platform(folder / "home") as place:
        until_at_rest(place)
        yield from _idle(place, "idle_embedded")
    if shutil.which("java") and shutil.which("mvn"):
        with bench_folder() as folder, platform(folder / "home", cluster=True) as place:
            until_at_rest(place, RESTING_CLUSTER)
            yield from _idle(place, "idle_cluster")


def _idle(place: Platform, name: str) -> Iterator[Record]:
    before, began = place.processes.spent(), time.monotonic()
    time.sleep(SECONDS)
    spent, seconds = difference(before, place.processes.spent()), time.monotonic() - began
    each = {process: one / seconds * 100 for process, one in spent.items()}
    yield from measured_each(name, "% of a core", each)

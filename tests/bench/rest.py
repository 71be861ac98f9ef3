"""Whether a platform is at rest: nothing folds, fires or catches up any more."""

import time

from tests.bench.platform import Platform

WINDOW_SECONDS = 1.0
RESTING_SHARE_MAX = 0.12
"""Of a core, above what the platform takes when idle."""
REST_SECONDS_MAX = 300.0


def idle_share(place: Platform, seconds: float) -> float:
    """Cores that the platform takes while nobody calls it."""
    before, began = place.processes.cpu_seconds(), time.monotonic()
    time.sleep(seconds)
    return (place.processes.cpu_seconds() - before) / (time.monotonic() - began)


def until_at_rest(place: Platform, idle: float = 0.0, seconds: float = REST_SECONDS_MAX) -> None:
    """Waits until the platform takes no more CPU time than when it is idle. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while idle_share(place, WINDOW_SECONDS) > idle + RESTING_SHARE_MAX:
        if time.monotonic() > until:
            raise TimeoutError(f"the platform does not come to rest within {seconds:g} s")

"""What the auditor does, as a program of its own that says how many seconds and how much memory it took."""

import asyncio
import resource
import sys
import time
from pathlib import Path

from huiyin_audit.findings import PromiseOutcome
from huiyin_audit.live_models import READ_MODELS
from huiyin_audit.replay_logs import compare_models
from huiyin_audit.verify_log import verify_logs

LOG = "intake@990000"
PART_EVENTS = 10_000
"""Parts of a replay, small beside the log: memory must not grow with it."""


async def verify(dsn: str) -> None:
    """Raises AssertionError when the log is not sound."""
    report = await verify_logs(dsn, [LOG])
    assert report.sound, report


async def replay(dsn: str) -> None:
    """Raises AssertionError when a live model is not what the log gives."""
    for schema, folds in READ_MODELS:
        for verdict in await compare_models(dsn, [LOG], schema, folds, part_events=PART_EVENTS):
            assert verdict.outcome is PromiseOutcome.HOLDS, verdict


def main(question: str, dsn: str) -> None:
    """Prints how long it took, and the MB of its largest process at once."""
    began = time.perf_counter()
    asyncio.run({"verify": verify, "replay": replay}[question](dsn))
    print(time.perf_counter() - began, peak_megabytes())


def peak_megabytes() -> float:
    """Of this process or of one that it began, whichever was larger.

    What the system says to a parent of its child (ru_maxrss) begins with what the parent had when it began
    it: a benchmark that filled a database would be taken for the auditor.
    """
    status = Path("/proc/self/status").read_text()
    own = int(status.partition("VmHWM:")[2].split()[0])
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])

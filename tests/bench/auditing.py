"""What the auditor does, as a program of its own that says how many seconds it took."""

import asyncio
import sys
import time

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
    """Prints how long it took."""
    began = time.perf_counter()
    asyncio.run({"verify": verify, "replay": replay}[question](dsn))
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(*sys.argv[1:])

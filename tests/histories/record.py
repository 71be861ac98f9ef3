"""Records a history of this version: `python -m tests.histories.record 0.2` (see README.md beside this)."""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from huiyin_audit.history import History, load_from_database
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.histories import expected, recording
from tests.histories.desks import StoryDesks
from tests.histories.filing import registered
from tests.histories.hard_lives import HARD_LIVES
from tests.histories.judicial_lives import JUDICIAL_LIVES
from tests.histories.ratings import rated_and_taken_back
from tests.histories.sittings import SITTINGS
from tests.histories.story import Story, told
from tests.mainjob.lives import LIVES
from tests.support.calling import LOGS

BEGIN = datetime(2018, 3, 1, 1, 0, tzinfo=UTC)
"""A day from which on the story stays within the years whose calendars are known."""


def main() -> None:
    """Drives every flow through the services and writes the folder of the version."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version", help="of the code that records, such as 0.1")
    version = str(parser.parse_args().version)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as server:
        history = asyncio.run(_recorded(server.admin_dsn, Path(folder) / "home"))
    written = {entry.record.type for log in history.logs.values() for entry in log}
    if missing := EVENT_TYPES.keys() - recording.RETIRED - written:
        sys.exit(f"no flow of the story writes {', '.join(sorted(missing))}: add one that does")
    recording.write(version, history)
    for name in expected.KEPT:
        expected.keep(version, name, f"as version {version} had it")
    events = sum(map(len, history.logs.values()))
    print(f"{version}: {events} events, {len(history.calls)} calls in {time.monotonic() - began:.0f} s")


async def _recorded(admin_dsn: str, home: Path) -> History:
    async with told(admin_dsn, home, BEGIN) as story, StoryDesks(story) as desks:
        await _tell(story, desks)
        logs = [story.platform.settings.log_name(name) for name in LOGS]
        return await load_from_database(story.platform.dsns["auditor"], logs, desks.calls(), at_rest=True)


async def _tell(story: Story, desks: StoryDesks) -> None:
    for course in LIVES:
        print(f"{story.clock.now().date()} {course.__name__}", flush=True)
        await course(await registered(desks, f"示例事项：{course.__name__}"))
    for chapter in (*SITTINGS, *HARD_LIVES, *JUDICIAL_LIVES, rated_and_taken_back):
        print(f"{story.clock.now().date()} {chapter.__name__}", flush=True)
        await chapter(desks)
    await story.rest()


if __name__ == "__main__":
    main()

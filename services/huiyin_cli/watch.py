"""Looks after all that was started: what ended is started again, who runs is written, tokens are renewed.

Development tokens last a day at most, a run may last for months.
"""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from huiyin_cli.database import Database
from huiyin_cli.installation import SetupError, make_identities
from huiyin_kernel.settings import Settings
from huiyin_launcher.processes import (
    LOOK_SECONDS,
    POLL_SECONDS,
    Child,
    ProcessRow,
    ProcessTable,
    Say,
    Supervisor,
    last_words,
)
from huiyin_store.durable_reads import set_within

TIMES_PER_VALIDITY = 4
"""Renewed so often that a renewal that fails can be tried again before anybody notices."""


class Renewal:
    """Is looked after now and then, and renews when it is time."""

    def __init__(self, settings: Settings, say: Say, seconds: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._say, self._seconds = settings, say, seconds
        self._every = settings.limits.token_hours_max * 3600 / TIMES_PER_VALIDITY
        self._next = seconds() + self._every

    def look(self) -> None:
        """Renews what is due; what goes wrong is said, and tried again in time."""
        if self._seconds() < self._next:
            return
        self._next = self._seconds() + self._every
        try:
            make_identities(self._settings)
        except SetupError as error:
            self._say(f"令牌未能更新 · tokens could not be renewed: {error}")


READY_SECONDS = 90.0
CRASHES_WHILE_STARTING_MAX = 5


@dataclass(slots=True)
class Watch:
    """What is looked after; supervisors are added as they start."""

    database: Database
    table: ProcessTable
    renewal: Renewal
    supervisors: list[Supervisor] = field(default_factory=list)

    def look(self) -> None:
        """One round."""
        self.database.look()
        self.renewal.look()
        for supervisor in self.supervisors:
            supervisor.look()
        self.table.write(self._rows())

    async def for_ever(self) -> None:
        """Round after round: at once when a process ended, soon while one does not run, else now and then."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGCHLD, ended.set)
        try:
            while True:
                ended.clear()
                self.look()
                await set_within(ended, LOOK_SECONDS if self._all_run() else POLL_SECONDS)
        finally:
            loop.remove_signal_handler(signal.SIGCHLD)

    def _all_run(self) -> bool:
        return all(row.pid is not None for row in self._rows())

    def until(self, children: list[Child], is_ready: Callable[[Child], bool]) -> None:
        """Goes round until all are ready. Raises SetupError, with the end of the log of one that is not."""
        waiting, deadline = children, time.monotonic() + READY_SECONDS
        while waiting := [child for child in waiting if not is_ready(child)]:
            self.look()
            late = time.monotonic() > deadline
            for child in waiting:
                if late or child.crashes >= CRASHES_WHILE_STARTING_MAX:
                    raise SetupError(_did_not_start(child))
            time.sleep(POLL_SECONDS)

    def _rows(self) -> Iterator[ProcessRow]:
        if self.database.pid is not None:
            yield ProcessRow("postgres", self.database.pid, None, self.database.restarts)
        for supervisor in self.supervisors:
            yield from (child.row() for child in supervisor.children)


def _did_not_start(child: Child) -> str:
    return (
        f"{child.spec.name} 未能启动，日志末尾如下 · {child.spec.name} did not start; the end of its log:\n"
        f"{last_words(child.spec.log_file)}\n({child.spec.log_file})"
    )

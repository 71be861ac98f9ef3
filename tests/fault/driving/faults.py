"""Carries a plan of faults out on the running platform, and notes what was hit."""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from tests.fault.driving.keeper import Keeper
from tests.fault.driving.plan import Fault, Kind
from tests.fault.running_platform import descendants


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault as it went: `hit` counts the processes that it reached, none when there was none to hit."""

    time: datetime
    fault: Fault
    hit: int

    def __str__(self) -> str:
        missed = "" if self.hit else " (nothing was there to hit)"
        return f"{self.time:%H:%M:%S.%f} {self.fault}{missed}"


class Faults:
    """Injects faults one after the other; what is frozen thaws while the next ones go on.

    Each is written to a file at once, so that it is known even of a round that does not end.
    """

    def __init__(self, keeper: Keeper, kill_import: Callable[[], bool], file: Path) -> None:
        self._keeper, self._kill_import, self._file = keeper, kill_import, file
        self.injected: list[Injected] = []

    async def carry_out(self, plan: Sequence[Fault]) -> None:
        """The whole plan; returns when the last fault is over."""
        async with asyncio.TaskGroup() as lasting:
            for fault in plan:
                await asyncio.sleep(fault.wait_seconds)
                time = datetime.now(UTC)
                hit = await self._inject(fault, lasting)
                self._note(Injected(time, fault, hit))

    def _note(self, injected: Injected) -> None:
        self.injected.append(injected)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{injected}\n")

    async def _inject(self, fault: Fault, lasting: asyncio.TaskGroup) -> int:
        match fault.kind:
            case Kind.KILL_SERVICE:
                return _send(signal.SIGKILL, self._processes(f"-m huiyin_{fault.service}"))
            case Kind.KILL_DATABASE:
                return _send(signal.SIGKILL, self._processes("postgres -D"))
            case Kind.STOP_DATABASE:
                return _send(signal.SIGQUIT, self._processes("postgres -D"))
            case Kind.KILL_BACKEND:
                return _send(signal.SIGKILL, self._processes(f"postgres: huiyin_{fault.service}")[:1])
            case Kind.FREEZE_SERVICE:
                return self._freeze(f"-m huiyin_{fault.service}", fault.seconds, lasting)
            case Kind.FREEZE_DATABASE:
                return self._freeze("postgres", fault.seconds, lasting)
            case Kind.KILL_SUPERVISOR:
                return await self._kill_supervisor(fault.seconds)
            case Kind.KILL_EVERYTHING:
                return await self._kill_everything(fault.seconds)
            case Kind.KILL_IMPORT:
                return int(self._kill_import())
        assert_never(fault.kind)

    def _processes(self, part: str) -> list[int]:
        """Processes of the platform whose command line contains the text."""
        return [pid for pid, line in descendants(self._keeper.platform.process.pid).items() if part in line]

    def _freeze(self, part: str, seconds: float, lasting: asyncio.TaskGroup) -> int:
        frozen = {pid: _started(pid) for pid in self._processes(part)}
        hit = _send(signal.SIGSTOP, list(frozen))
        lasting.create_task(_thaw(frozen, seconds))
        return hit

    async def _kill_supervisor(self, seconds: float) -> int:
        process = self._keeper.platform.process
        process.kill()
        process.wait()
        await asyncio.sleep(seconds)
        self._keeper.start_again()
        return 1

    async def _kill_everything(self, seconds: float) -> int:
        platform = self._keeper.platform
        count = 1 + len(descendants(platform.process.pid))
        platform.kill_everything()
        await asyncio.sleep(seconds)
        self._keeper.start_again()
        return count


async def _thaw(frozen: dict[int, str], seconds: float) -> None:
    await asyncio.sleep(seconds)
    _send(signal.SIGCONT, [pid for pid, started in frozen.items() if _started(pid) == started])


def _started(pid: int) -> str:
    """When a process started, in the system's own count; tells it from a later one of the same number."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _send(number: signal.Signals, pids: Sequence[int]) -> int:
    """Signals each process that still is; how many were."""
    sent = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            sent += 1
    return sent

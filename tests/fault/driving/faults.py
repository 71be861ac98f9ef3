"""Carries a plan of faults out on the running platform, and notes what was hit."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.fault.driving.keeper import Keeper
from tests.fault.driving.plan import WORKERS, Fault, Kind
from tests.fault.running_platform import descendants

WORKER_MODULE = "huiyin_streams.faust_host"

_SIGNALS = {
    Kind.KILL_SERVICE: signal.SIGKILL,
    Kind.KILL_DATABASE: signal.SIGKILL,
    Kind.STOP_DATABASE: signal.SIGQUIT,
    Kind.KILL_BACKEND: signal.SIGKILL,
    Kind.KILL_RELAY: signal.SIGKILL,
    Kind.KILL_WORKER: signal.SIGKILL,
    Kind.STOP_WORKER: signal.SIGTERM,
    Kind.KILL_BROKER: signal.SIGKILL,
    Kind.STOP_BROKER: signal.SIGTERM,
}
"""Faults that are one signal to each of their processes."""


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
        if fault.kind in _SIGNALS:
            return _send(_SIGNALS[fault.kind], self._targets(fault))
        match fault.kind:
            case Kind.KILL_SUPERVISOR:
                return await self._kill_supervisor(fault.seconds)
            case Kind.KILL_EVERYTHING:
                return await self._kill_everything(fault.seconds)
            case Kind.KILL_IMPORT:
                return int(self._kill_import())
            case Kind.JOIN_WORKER:
                return self._join_worker(fault.seconds, lasting)
        return _freeze(self._targets(fault), fault.seconds, lasting)

    def _targets(self, fault: Fault) -> list[int]:
        """The processes that a fault hits or freezes."""
        match fault.kind:
            case Kind.KILL_SERVICE | Kind.FREEZE_SERVICE:
                return self._processes(f"-m huiyin_{fault.process}")
            case Kind.KILL_DATABASE | Kind.STOP_DATABASE:
                return self._processes("postgres -D")
            case Kind.FREEZE_DATABASE:
                return self._processes("postgres")
            case Kind.KILL_BACKEND:
                return self._processes(f"postgres: huiyin_{fault.process}")[:1]
        return self._named(fault.process)

    def _named(self, name: str) -> list[int]:
        """The process of this name; none while it does not run. A number that is not ours is not touched."""
        pid, ours = self._keeper.platform.pids().get(name), descendants(self._keeper.platform.process.pid)
        return [pid] if pid in ours else []

    def _join_worker(self, seconds: float, lasting: asyncio.TaskGroup) -> int:
        """One more worker, told what the first one was told; it leaves in good order."""
        like = self._named(WORKERS[0])
        environment = environment_of(like[0]) if like else {}
        if environment:
            lasting.create_task(_join_and_leave({**environment, **_ONE_MORE}, seconds, self._file.parent))
        return int(bool(environment))

    def _processes(self, part: str) -> list[int]:
        """Processes of the platform whose command line contains the text."""
        return [pid for pid, line in descendants(self._keeper.platform.process.pid).items() if part in line]

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


def _freeze(pids: Sequence[int], seconds: float, lasting: asyncio.TaskGroup) -> int:
    frozen = {pid: _started(pid) for pid in pids}
    hit = _send(signal.SIGSTOP, list(frozen))
    lasting.create_task(_thaw(frozen, seconds))
    return hit


_ONE_MORE = {"HUIYIN_INSTANCE": "worker-9", "HUIYIN_METRICS_PORT": "0"}
_LEAVE_SECONDS_MAX = 30.0


async def _join_and_leave(environment: Mapping[str, str], seconds: float, folder: Path) -> None:
    with (folder / "worker-9.log").open("ab") as log:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", WORKER_MODULE), env=environment, stdout=log, stderr=log
        )
    try:
        with suppress(TimeoutError):  # it may as well end by itself, as it does when no broker answers
            await asyncio.wait_for(worker.wait(), seconds)
        with suppress(ProcessLookupError):
            worker.terminate()
        await asyncio.wait_for(worker.wait(), _LEAVE_SECONDS_MAX)
    finally:
        with suppress(ProcessLookupError):
            worker.kill()


def environment_of(pid: int) -> dict[str, str]:
    """What a process was told by its environment; empty when it is gone."""
    try:
        whole = Path(f"/proc/{pid}/environ").read_bytes().decode()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split("=", 1) for line in whole.split("\0") if "=" in line)


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

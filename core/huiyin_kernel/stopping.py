"""How a process that works until it is told to stop ends: by a signal, or because a task of it failed."""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from typing import Any


def stop_signal() -> asyncio.Event:
    """Set when SIGTERM or SIGINT comes."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    return stopped


async def until_stopped(stopped: asyncio.Event, tasks: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Runs all until told to stop, or until one of them fails; its error is raised."""
    running = [asyncio.ensure_future(task) for task in tasks]
    waiting = asyncio.ensure_future(stopped.wait())
    try:
        done, _ = await asyncio.wait({waiting, *running}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {waiting}:
            await task
    finally:
        for task in (waiting, *running):
            task.cancel()
        await asyncio.gather(waiting, *running, return_exceptions=True)

"""What every process does alike: its own access to the database, and how it ends."""

import asyncio
import signal
from collections.abc import Coroutine, Sequence
from typing import Any

from huiyin_kernel.identity.files import read_private
from huiyin_kernel.settings import Settings


class NoAccessError(Exception):
    """A process that needs the database was not told where it is; the message says how to."""


def own_access(settings: Settings) -> str:
    """This process's connection string. Raises NoAccessError, or KeyFileError when others may read it."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    if settings.paths.access.exists():
        return read_private(settings.paths.access).decode().strip()
    raise NoAccessError(
        f"HUIYIN_DATABASE_URL is not set and {settings.paths.access} is not there: say where its database is"
    )


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

"""An event store in a process of its own, asked over pipes; and two processes on one log as one store."""

import asyncio
import copyreg
import pickle
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from huiyin_store.port import StoreError
from huiyin_store.postgres import PostgresEventStore
from tests.support.databases import LogPlace

_LENGTH = struct.Struct(">I")
_LIMIT = 2**26
_PROGRAM = f"from {__name__} import main; main()"
"""Not run as a module of its own name, which what is pickled would not be found in."""


class GoneError(Exception):
    """The process was killed before it answered: what was asked may have happened."""


class StoreProcess:
    """The parent's end: every question is answered by the process, many at once."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._asked = 0
        self._reading = asyncio.create_task(self._read())

    async def ask(self, name: str, *values: Any, **named: Any) -> Any:
        """What a method of the store answers. Raises what it raises, or GoneError."""
        if self._reading.done():
            raise GoneError
        self._asked += 1
        answer = self._waiting[self._asked] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        _write(self._process.stdin, (self._asked, name, values, named))
        return await answer

    def kill(self) -> None:
        """Kills it without warning, whatever it is doing."""
        self._process.kill()

    async def aclose(self) -> None:
        """Ends it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            while True:
                number, value, error = await _next(self._process.stdout)
                waiting = self._waiting.pop(number)
                waiting.set_exception(error) if error else waiting.set_result(value)
        except asyncio.IncompleteReadError:
            return
        finally:
            for waiting in self._waiting.values():
                waiting.set_exception(GoneError())


class ByTurns:
    """Two processes on one log as one store: what is asked goes to ours, then to the other, in turn.

    What is asked while something is under way goes to the same, for only one process keeps an order.
    """

    def __init__(self, ours: PostgresEventStore, other: StoreProcess) -> None:
        self._ours, self._other = ours, other
        self._others_turn, self._under_way = False, 0
        self.log, self.follow = ours.log, ours.follow

    def __getattr__(self, name: str) -> Any:
        return partial(self._ask, name)

    async def _ask(self, name: str, *values: Any, **named: Any) -> Any:
        self._others_turn ^= not self._under_way
        self._under_way += 1
        try:
            if self._others_turn:
                return await self._other.ask(name, *values, **named)
            return await getattr(self._ours, name)(*values, **named)
        finally:
            self._under_way -= 1


@asynccontextmanager
async def store_process(place: LogPlace) -> AsyncIterator[StoreProcess]:
    """A process with a log open."""
    program = (sys.executable, "-c", _PROGRAM, place.dsn, place.schema, place.log)
    process = StoreProcess(
        await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE, limit=_LIMIT)
    )
    try:
        await process.ask("head")
        yield process
    finally:
        await process.aclose()


def _write(stream: asyncio.StreamWriter, message: object) -> None:
    data = pickle.dumps(message)
    stream.write(_LENGTH.pack(len(data)) + data)


async def _next(stream: asyncio.StreamReader) -> Any:
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    return pickle.loads(await stream.readexactly(length))


def _rebuilt(kind: type[StoreError], message: str, attributes: dict[str, Any]) -> StoreError:
    """An error of the other process, with what it tells: pickle would make it from its message alone."""
    error = kind.__new__(kind, message)
    error.__dict__.update(attributes)
    return error


def _reduced(error: StoreError) -> tuple[Any, ...]:
    return _rebuilt, (type(error), str(error), error.__dict__)


for _kind in StoreError.__subclasses__():
    copyreg.pickle(_kind, _reduced)


async def _serve(dsn: str, schema: str, log: str) -> None:
    """Answers until it is killed, or its parent is gone."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(_LIMIT)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, sys.stdout)
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    store = await PostgresEventStore.open(dsn, schema, log)
    async with asyncio.TaskGroup() as answering:
        with suppress(asyncio.IncompleteReadError):
            while True:
                answering.create_task(_answer(store, writer, *await _next(reader)))
    await store.aclose()


async def _answer(
    store: PostgresEventStore, writer: asyncio.StreamWriter, number: int, name: str, values: Any, named: Any
) -> None:
    try:
        _write(writer, (number, await getattr(store, name)(*values, **named), None))
    except (StoreError, ValueError, TypeError, OverflowError) as error:
        _write(writer, (number, None, error))


def main() -> None:
    """The process."""
    asyncio.run(_serve(*sys.argv[1:]))

"""Takes a stream's records one after the other; acknowledges each once what it led to is on the brokers.

Nothing is acknowledged by an exception, a cancellation or the end of the process: what was in hand is read
again, and the folds know it for a repeat. States change in the order of the records; while outputs are on
their way the next records are taken already. The producer keeps the order in which outputs of one key were
sent: it has one batch of a partition on its way. Acknowledgements keep the order of the records too.

What cannot be handled because of what it is becomes a dead letter, awaited like any output. What fails
because of the world around (a table, a broker) ends the process: its supervisor starts it again, and nothing
is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol

from huiyin.event.v1.event_pb2 import Event
from huiyin_kafka.letters import letter_of_topic
from huiyin_kernel.arrived import Place, Record
from huiyin_kernel.telemetry.counts import WorkerCounts
from huiyin_store.port import WorldClock
from huiyin_streams.worker.handlers import Handler, Work

CONSUMER = "worker"
"""What letters call it."""
IN_FLIGHT_MAX = 64
"""Records handled whose outputs are still on their way."""
TABLE_ATTEMPTS = 3
"""How often a state is asked for or written before the process gives up."""
RETRY_SECONDS = 0.2


log = logging.getLogger(__name__)


class StateTable(Protocol):
    """States by key. What is set is on the table's changelog before the record is committed."""

    def get(self, key: bytes) -> bytes | None: ...

    def set(self, key: bytes, value: bytes) -> None: ...


Done = Callable[[Sequence[Event], int], None]
Send = Callable[[Record], Awaitable[Awaitable[Any]]]
"""Hands a record over to be sent, in order; what that gives is done when the brokers have it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The next offset after the last record acknowledged, by topic and partition; for the watchdog."""

    next_offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    def done(self, place: Place) -> None:
        """A record was acknowledged."""
        self.next_offsets[place.topic, place.partition] = place.offset + 1


@dataclass(frozen=True, slots=True)
class Around:
    """What every guard of a worker shares.

    Sending raises `too_large` for a record that no broker will ever take, and anything else for what may
    pass. `give_up` ends the process.
    """

    send: Send
    too_large: type[Exception]
    clock: WorldClock
    progress: Progress
    counts: WorkerCounts
    give_up: Callable[[BaseException], None]


class _InHand(NamedTuple):
    event: Any
    place: Place
    delivery: "asyncio.Task[None]"


@dataclass(frozen=True, slots=True)
class _Refused:
    """A record that cannot be handled because of what it is."""

    error: Exception
    keys: Sequence[str] = ()


class Guard:
    """Handles the records of one topic with one table."""

    def __init__(self, handler: Handler, table: StateTable, around: Around) -> None:
        self._handler, self._table, self._around = handler, table, around
        self._room = asyncio.Semaphore(IN_FLIGHT_MAX)
        self._in_hand: asyncio.Queue[_InHand] = asyncio.Queue()
        self._deliveries: set[asyncio.Task[None]] = set()
        self._busy: dict[str, asyncio.Task[None]] = {}

    async def run(self, stream: Any) -> None:
        """Takes records for as long as there are any."""
        unacknowledged = stream.noack()
        acknowledging = asyncio.create_task(self._or_give_up(self._acknowledge(unacknowledged)))
        try:
            await self._or_give_up(self._take_all(unacknowledged))
        finally:
            for task in (acknowledging, *self._deliveries):
                task.cancel()
            await asyncio.gather(acknowledging, *self._deliveries, return_exceptions=True)

    async def _take_all(self, stream: Any) -> None:
        async for event in stream.events():
            await self._room.acquire()
            place, record = read_message(event.message)
            delivery, keys = await self._begin(place, record)
            task = asyncio.create_task(delivery)
            self._deliveries.add(task)
            self._busy.update(dict.fromkeys(keys, task))
            self._in_hand.put_nowait(_InHand(event, place, task))

    async def _acknowledge(self, stream: Any) -> None:
        while True:
            one = await self._in_hand.get()
            await one.delivery
            await stream.ack(one.event)
            self._around.progress.done(one.place)
            self._deliveries.discard(one.delivery)
            for key in [key for key, task in self._busy.items() if task is one.delivery]:
                del self._busy[key]
            self._room.release()

    async def _or_give_up(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._around.give_up(error)
            raise

    async def _begin(self, place: Place, record: Record) -> tuple[Coroutine[Any, Any, None], Sequence[str]]:
        """Handles a record up to what is then awaited; and which states must wait for that.

        After a crash a repeat puts out what is shown, and what the last new item took away: so no other item
        comes on a state before what was taken away is on the brokers.
        """
        done = self._around.counts.begin()
        found = await self._work(record)
        if isinstance(found, _Refused):
            return self._bury(place, record, found.error), found.keys
        work, outputs = found
        try:
            sending = [await self._around.send(output) for output in outputs]
        except self._around.too_large as error:
            return self._bury(place, record, error), work.keys
        takes_away = any(output.value is None for output in outputs)
        return self._deliver(place, work, sending, done), work.keys if takes_away else ()

    async def _work(self, record: Record) -> tuple[Work, list[Record]] | _Refused:
        """Folds a record in; what is to be put out."""
        try:
            work = self._handler.read(record)
        except Exception as error:  # whatever it is comes from the record, and stands in the letter
            return _Refused(error)
        for key in work.keys:
            await self._until_free(key)
        outputs: list[Record] = []
        for key in work.keys:
            kept = await self._of_table(partial(self._table.get, key.encode()))
            try:
                changed, put_out = self._handler.fold(work, kept)
            except Exception as error:  # the same
                return _Refused(error, work.keys)
            outputs += put_out
            if changed is not None:
                await self._of_table(partial(self._table.set, key.encode(), changed))
        return work, outputs + self._handler.pass_on(work)

    async def _until_free(self, key: str) -> None:
        """Waits until what was taken away from a state is on the brokers."""
        task = self._busy.get(key)
        if task is not None and not task.done():
            await asyncio.wait({task})

    async def _of_table(self, work: Callable[[], Any]) -> Any:
        for attempt in range(1, TABLE_ATTEMPTS + 1):
            try:
                return work()
            except Exception:
                if attempt == TABLE_ATTEMPTS:
                    raise
            self._around.counts.retries.inc()
            await asyncio.sleep(RETRY_SECONDS * attempt)
        raise AssertionError("unreachable")

    async def _deliver(self, place: Place, work: Work, sending: Sequence[Awaitable[Any]], done: Done) -> None:
        results = await asyncio.gather(*sending, return_exceptions=True)
        too_large = [one for one in results if isinstance(one, self._around.too_large)]
        for one in results:
            if isinstance(one, BaseException) and one not in too_large:
                raise one
        if too_large:
            await self._bury(place, work.record, too_large[0])
        else:
            done([work.event], len(sending))

    async def _bury(self, place: Place, record: Record, error: Exception) -> None:
        """Keeps what cannot be handled; the record is acknowledged after that, and not before."""
        letter = letter_of_topic(CONSUMER, place, record, error, self._around.clock.now())
        await (await self._around.send(letter))
        self._around.counts.dead.inc()
        # Its content stands in the letter, and nowhere else.
        log.error("a dead letter was made of %s: %s", place, type(error).__name__)


def read_message(message: Any) -> tuple[Place, Record]:
    """Faust's message as plain data."""
    place = Place(message.topic, message.partition, message.offset)
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
    plain = tuple((name, value or b"") for name, value in headers)
    return place, Record(place.topic, message.key, message.value, plain, int(message.timestamp * 1000))

"""A case by its number and code: looked up, and guessing slowed, never locked out.

Whoever has the right code gets through however many others guess: tries at one number wait a little each,
side by side; tries of one source wait in turn, and only that source is told to come back later. Failures are
forgotten by and by. An answer comes on the stroke of a fixed beat, so that its time does not say why not.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from grpc import StatusCode, aio

from huiyin.cases.v1.service_pb2 import GetCaseRequest
from huiyin.cases.v1.service_pb2_grpc import CaseServiceStub
from huiyin_domain.access import unknown_case
from huiyin_domain.refusal import Kind, Refusal
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_store.port import StoreUnavailableError


class CaseNumbers:
    """Finds cases by display number, as this service."""

    def __init__(self, channel: aio.Channel, timeout_seconds: float) -> None:
        self._stub, self._timeout = CaseServiceStub(channel), timeout_seconds

    async def case_id(self, display_number: str) -> str:
        """The case. Raises RefusedError when there is none, StoreUnavailableError when nobody answers."""
        try:
            request = GetCaseRequest(display_number=display_number.upper())
            found = await self._stub.GetCase(request, timeout=self._timeout)
        except aio.AioRpcError as error:
            if error.code() is StatusCode.NOT_FOUND:
                raise RefusedError(unknown_case()) from error
            raise StoreUnavailableError(f"the case lists do not answer: {error.code().name}") from error
        return str(found.summary.case_id)


BEAT_SECONDS = 0.25
HALF_LIFE_SECONDS = 600.0
FREE_FAILURES = 5.0
"""Mistyped codes that cost nothing."""
NUMBER_SECONDS_MAX = 2.0
SOURCE_SECONDS_MAX = 5.0
SOURCE_WAIT_SECONDS_MAX = 20.0
REMEMBERED_MAX = 50_000
"""Numbers, and sources, that are remembered; those tried longest ago are forgotten first."""


@dataclass(slots=True)
class _Record:
    failures: float = 0.0
    at: float = 0.0
    next_turn: float = 0.0


class Guessing:
    """The tries of one process. `clock` gives seconds that only go forward."""

    def __init__(
        self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._numbers: OrderedDict[str, _Record] = OrderedDict()
        self._sources: OrderedDict[str, _Record] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, number: str, source: str) -> AsyncIterator[None]:
        """One try: waits before it, counts it when it is refused, and ends on the beat.

        Raises RefusedError when too many tries of the same source wait already.
        """
        begun = self._clock()
        await self._sleep(max(self._number_wait(number, begun), self._source_wait(source, begun)))
        worked = self._clock()
        try:
            yield
        except RefusedError as error:
            if error.refusal.kind is Kind.MISSING:
                self._failed(number, source)
            raise
        finally:
            await self._sleep(_to_the_beat(self._clock() - worked))

    def _number_wait(self, number: str, now: float) -> float:
        return _slowed(_now(_of(self._numbers, number), now).failures, NUMBER_SECONDS_MAX)

    def _source_wait(self, source: str, now: float) -> float:
        record = _now(_of(self._sources, source), now)
        turn = max(now, record.next_turn)
        if turn - now > SOURCE_WAIT_SECONDS_MAX:
            message = "too many tries from the same place wait already: try again later"
            raise RefusedError(Refusal(Kind.BUSY, "TOO_MANY_TRIES", message))
        record.next_turn = turn + _slowed(record.failures, SOURCE_SECONDS_MAX)
        return turn - now

    def _failed(self, number: str, source: str) -> None:
        for records, key in ((self._numbers, number), (self._sources, source)):
            _now(_of(records, key), self._clock()).failures += 1.0


def _of(records: OrderedDict[str, _Record], key: str) -> _Record:
    record = records.setdefault(key, _Record())
    records.move_to_end(key)
    if len(records) > REMEMBERED_MAX:
        records.popitem(last=False)
    return record


def _now(record: _Record, now: float) -> _Record:
    record.failures *= 0.5 ** (max(0.0, now - record.at) / HALF_LIFE_SECONDS)
    record.at = now
    return record


def _slowed(failures: float, most: float) -> float:
    """Seconds: nothing for a few mistakes, then doubling up to the most."""
    over = failures - FREE_FAILURES
    return min(most, 0.1 * 2.0 ** min(over, 30.0)) if over > 0 else 0.0


def _to_the_beat(spent: float) -> float:
    return math.ceil(max(spent, 1e-9) / BEAT_SECONDS) * BEAT_SECONDS - spent

"""Sends rows in portions to where filings are registered, and gives back what became of each, in order.

Again when unanswered, in halves when refused as a whole, a few at a time; bad rows keep their place between.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from huiyin.common.v1.types_pb2 import Person
from huiyin.intake.v1.service_pb2 import (
    CorrectRegistrationRequest,
    RegisterPetitionRequest,
    RegistrationOutcome,
)
from huiyin_cli.importing.convert import ReadyFiling
from huiyin_cli.importing.faults import RowProblem
from huiyin_cli.importing.limits import ImportLimits


class RegistrarUnavailableError(Exception):
    """No answer: whether anything was registered is unknown. The same request ids can be sent again."""


class BatchRefusedError(Exception):
    """The call as a whole was refused and nothing of it registered: one row of it may be the cause."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class ImportStoppedError(Exception):
    """No row will get through: the import stops here and can be run again."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason, self.message = reason, message


class Registrar(Protocol):
    """Registers filings, each by itself; a request id sent again gives the first answer."""

    async def register(
        self, batch: Sequence[RegisterPetitionRequest], *, trial: bool = False
    ) -> Sequence[RegistrationOutcome]:
        """What became of each filing, in the same order; of a trial, what would become of it.

        Raises RegistrarUnavailableError, BatchRefusedError or ImportStoppedError.
        """
        ...

    async def correct(self, request: CorrectRegistrationRequest) -> Sequence[str]:
        """The fields of a case that were put right, or by a trial would be. Raises as `register` does."""
        ...

    async def person(self, case_id: str) -> Person:
        """Who petitions in a case; the reading is on the record. Raises as `register` does."""
        ...


TRANSIENT = frozenset({"STORE_UNAVAILABLE", "OVERLOADED", "TOO_MANY_CONFLICTS", "DEADLINE_EXCEEDED"})
"""Refusals of a single filing that mean: not now."""

REUSED = "REQUEST_ID_REUSED"
"""Refusal of a filing whose row was registered before with other content."""

Requests = Sequence[RegisterPetitionRequest]
Outcomes = Sequence[RegistrationOutcome]
Sleep = Callable[[float], Awaitable[None]]
Note = Callable[[bool], None]
ItemT = TypeVar("ItemT")
AnswerT = TypeVar("AnswerT")
DoneT = TypeVar("DoneT")


class FilingSender:
    """Brings each filing to an answer. `note` hears when the registrar falls silent and when it is back."""

    def __init__(
        self,
        registrar: Registrar,
        limits: ImportLimits,
        note: Note,
        sleep: Sleep = asyncio.sleep,
        *,
        trial: bool = False,
    ) -> None:
        self._registrar, self._limits, self._trial = registrar, limits, trial
        self._note, self._sleep = note, sleep
        self._silent = False

    async def send(self, batch: Requests) -> Outcomes:
        """What became of each filing, in the same order. Raises ImportStoppedError."""
        if not batch:
            return []
        try:
            return await self._answered(batch)
        except BatchRefusedError as error:
            if len(batch) == 1:
                return [RegistrationOutcome(refusal_reason=error.reason, refusal_message=error.message)]
        middle = len(batch) // 2
        return [*await self.send(batch[:middle]), *await self.send(batch[middle:])]

    async def _answered(self, batch: Requests) -> Outcomes:
        outcomes: dict[int, RegistrationOutcome] = {}
        waiting = list(range(len(batch)))
        for wait in self._waits():
            await self._sleep(wait)
            try:
                answers = await self._registrar.register(
                    [batch[index] for index in waiting], trial=self._trial
                )
            except RegistrarUnavailableError:
                self._say(silent=True)
                continue
            self._say(silent=False)
            outcomes |= zip(waiting, answers, strict=True)
            waiting = [index for index in waiting if outcomes[index].refusal_reason in TRANSIENT]
            if not waiting:
                return [outcomes[index] for index in range(len(batch))]
        raise self._unanswered()

    async def ask(self, question: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """The answer to a question or command that may be sent again. Raises as the registrar does."""
        for wait in self._waits():
            await self._sleep(wait)
            try:
                answer = await question()
            except RegistrarUnavailableError:
                self._say(silent=True)
                continue
            self._say(silent=False)
            return answer
        raise self._unanswered()

    def _unanswered(self) -> ImportStoppedError:
        message = f"no answer after {self._limits.attempts_max} attempts"
        return ImportStoppedError("SERVICE_UNAVAILABLE", message)

    def _waits(self) -> Iterator[float]:
        yield 0.0
        wait = self._limits.backoff_first_seconds
        for _ in range(self._limits.attempts_max - 1):
            yield wait
            wait = min(2 * wait, self._limits.backoff_max_seconds)

    def _say(self, *, silent: bool) -> None:
        if silent != self._silent:
            self._silent = silent
            self._note(silent)


async def in_order(
    items: Iterable[ItemT], send: Callable[[ItemT], Awaitable[DoneT]], in_flight: int
) -> AsyncGenerator[tuple[ItemT, DoneT], None]:
    """Each item with what became of it, in order, with at most `in_flight` of them under way."""
    under_way: deque[tuple[ItemT, asyncio.Future[DoneT]]] = deque()
    try:
        for item in items:
            under_way.append((item, asyncio.ensure_future(send(item))))
            await asyncio.sleep(0)  # lets it go out before the next is read
            if len(under_way) >= in_flight:
                first, answer = under_way.popleft()
                yield first, await answer
        while under_way:
            first, answer = under_way.popleft()
            yield first, await answer
    finally:
        await _cancel([answer for _, answer in under_way])


async def _cancel(answers: Sequence[asyncio.Future[DoneT]]) -> None:
    for answer in answers:
        answer.cancel()
    await asyncio.gather(*answers, return_exceptions=True)


Sendable = ReadyFiling | RowProblem


@dataclass(slots=True)
class Chunk:
    """Some rows after one another. `fraction`: how much of the file was read with them."""

    entries: list[Sendable] = field(default_factory=list)
    byte_count: int = 0
    fraction: float = 0.0

    @property
    def filings(self) -> list[ReadyFiling]:
        """The rows that make filings."""
        return [entry for entry in self.entries if isinstance(entry, ReadyFiling)]

    @property
    def requests(self) -> list[RegisterPetitionRequest]:
        """What to send."""
        return [filing.request for filing in self.filings]

    def add(self, entry: Sendable) -> None:
        """Takes one more row."""
        self.entries.append(entry)
        if isinstance(entry, ReadyFiling):
            self.byte_count += entry.request.ByteSize()


def chunks_of(
    entries: Iterable[Sendable], fraction: Callable[[], float], limits: ImportLimits
) -> Iterator[Chunk]:
    """All rows, in portions within the limits."""
    chunk = Chunk()
    for entry in entries:
        chunk.add(entry)
        if len(chunk.entries) >= limits.batch_rows or chunk.byte_count >= limits.batch_bytes:
            chunk.fraction = fraction()
            yield chunk
            chunk = Chunk()
    chunk.fraction = 1.0
    yield chunk

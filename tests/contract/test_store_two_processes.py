"""Two processes of one service on one log keep the contract together; one that is killed breaks nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import cast

import pytest
import pytest_asyncio

from huiyin_store.port import ANY_VERSION, NO_STREAM, EventStore, VersionConflictError
from tests.contract.store_appends import AppendContract
from tests.contract.store_history import StoreHistory, broken_guarantees
from tests.contract.store_keys import KeyContract
from tests.contract.store_making import appending, one, stream_name, write
from tests.contract.store_reads import ReadContract, taken
from tests.contract.store_repeats import RepeatContract
from tests.support.databases import LogPlace
from tests.support.store_process import ByTurns, GoneError, StoreProcess, store_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITERS, APPENDS, KILLED_AFTER = 8, 60, 150


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def other(shared_log: LogPlace) -> AsyncIterator[StoreProcess]:
    """The other process."""
    async with store_process(shared_log) as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(shared_log: LogPlace, other: StoreProcess) -> AsyncIterator[EventStore]:
    """This process and the other, asked in turn."""
    ours = await shared_log.open()
    yield cast("EventStore", ByTurns(ours, other))
    await ours.aclose()


class TestAppendByTwo(AppendContract):
    """Appends."""


class TestRepeatByTwo(RepeatContract):
    """Repetitions."""


class TestReadByTwo(ReadContract):
    """Reading."""

    async def test_a_follower_at_the_end_is_woken_at_once(self, store: EventStore) -> None:
        """By what its own process writes; what another wrote it finds when it looks, within a second."""
        after = (await store.head()).position
        following = asyncio.create_task(taken(store, after, 1))
        await asyncio.sleep(0.5)
        await store.append(one(stream_name()))
        await asyncio.wait_for(following, 2.0)


class TestKeyByTwo(KeyContract):
    """Keys."""


class Writers:
    """Writes rivals' appends to a few streams from both processes, and kills the other in the middle."""

    def __init__(self, ours: EventStore, other: StoreProcess) -> None:
        self.history, self._streams = StoreHistory(), [stream_name() for _ in range(5)]
        self._ours, self._other = ours, other

    async def run(self) -> None:
        """All writers; those of the other process end when it is killed."""
        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(self._write(number))

    async def _write(self, number: int) -> None:
        chance, versions = random.Random(number), dict.fromkeys(self._streams, 0)
        append = self._other.ask if number % 2 else None
        for _ in range(APPENDS):
            chosen = chance.sample(self._streams, chance.choice([1, 1, 2]))
            expected = {name: chance.choice([ANY_VERSION, versions[name]]) for name in chosen}
            sent = appending(*(write(name, at, chance.randint(1, 4)) for name, at in expected.items()))
            self.history.sent[sent.request_id] = sent
            try:
                answer = await (append("append", sent) if append else self._ours.append(sent))
            except VersionConflictError as error:
                self.history.refused.add(sent.request_id)
                versions[error.stream] = error.actual
                continue
            except GoneError:
                return
            self.history.answered[sent.request_id] = answer
            versions |= {end.stream: end.version for end in answer.ends}
            if len(self.history.answered) == KILLED_AFTER:  # counted by an answer, so once
                self._other.kill()


async def test_a_process_killed_among_rivals_loses_and_doubles_nothing(log_place: LogPlace) -> None:
    async with aclosing(await log_place.open()) as ours, store_process(log_place) as other:
        writers = Writers(ours, other)
        await writers.run()
        history = writers.history
        unanswered = history.sent.keys() - history.answered.keys() - history.refused
        for request_id in unanswered:  # sent again to who is left: it happened, or happens now, once
            try:
                history.answered[request_id] = await ours.append(history.sent[request_id])
            except VersionConflictError:
                history.refused.add(request_id)
        log = await ours.read(0, 100_000)
    assert unanswered
    assert history.refused
    assert broken_guarantees(history, log) == []


async def test_the_two_are_processes_that_answer_in_turn(store: EventStore, other: StoreProcess) -> None:
    stream = stream_name()
    await store.append(one(stream, NO_STREAM))
    assert [event.version for event in await other.ask("read_stream", stream)] == [1]

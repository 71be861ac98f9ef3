"""A worker acknowledges a record once what it led to is on the brokers, in order; and loses none."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_domain.streams.output import Sink
from huiyin_kafka.topics.names import DEAD_LETTERS, TIMELINE
from huiyin_kafka.wire import TOPICS, entry_record, read_output
from huiyin_kernel.arrived import Place, Record
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.telemetry.counts import WorkerCounts
from huiyin_streams.worker import guard
from huiyin_streams.worker.guard import Around, Guard, Progress
from huiyin_streams.worker.handlers import EntryHandler
from tests.support.folding import FOLDS, Memory, displayed
from tests.support.made_timelines import AGENCIES, Timelines

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class TooLargeError(Exception):
    """No broker takes it."""


@dataclass
class Message:
    """A record as Faust gives it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Any
    timestamp: float = 0.0


@dataclass
class Event:
    """What a stream gives."""

    message: Message


@dataclass
class Stream:
    """A stream of one partition that remembers what was acknowledged."""

    records: Sequence[Record]
    acked: list[int] = field(default_factory=list)
    taken: int = 0

    def noack(self) -> "Stream":
        return self

    async def events(self) -> AsyncIterator[Event]:
        for offset, one in enumerate(self.records):
            self.taken += 1
            yield Event(Message(one.topic, 0, offset, one.key, one.value, list(one.headers)))
            await asyncio.sleep(0)
        await asyncio.Event().wait()

    async def ack(self, event: Event) -> None:
        self.acked.append(event.message.offset)


@dataclass
class States:
    """A table, which may fail a number of times."""

    kept: dict[bytes, bytes] = field(default_factory=dict)
    failures: int = 0

    def get(self, key: bytes) -> bytes | None:
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is busy")
        return self.kept.get(key)

    def set(self, key: bytes, value: bytes) -> None:
        self.kept[key] = value


@dataclass
class Brokers:
    """What was sent, in order; each is there after a while, or when the test says so, and none overtakes."""

    sent: list[Record] = field(default_factory=list)
    there: list[Record] = field(default_factory=list)
    held: asyncio.Event | None = None
    refused: frozenset[bytes] = frozenset()
    failing: bool = False

    last: "asyncio.Future[None] | None" = None

    async def send(self, record: Record) -> Awaitable[None]:
        self.sent.append(record)
        self.last = asyncio.ensure_future(self._arrive(record, self.last))
        return self.last

    async def _arrive(self, record: Record, before: "asyncio.Future[None] | None") -> None:
        await asyncio.sleep(random.random() / 500)
        if before is not None:
            await asyncio.wait({before})
        if self.held is not None:
            await self.held.wait()
        if self.failing:
            raise ConnectionError("no broker")
        if record.key in self.refused and record.topic != DEAD_LETTERS:
            raise TooLargeError("too large")
        self.there.append(record)

    def letters(self) -> list[DeadLetter]:
        return [DeadLetter.FromString(one.value or b"") for one in self.there if one.topic == DEAD_LETTERS]


@dataclass
class Working:
    """A guard at work."""

    stream: Stream
    states: States = field(default_factory=States)
    brokers: Brokers = field(default_factory=Brokers)
    progress: Progress = field(default_factory=Progress)
    given_up: list[BaseException] = field(default_factory=list)

    async def run(self, acked: int, seconds: float = 5.0) -> None:
        """Works until so many are acknowledged, or it gives up."""
        clock, counts = ManualClock(NOW), WorkerCounts("w")
        around = Around(self.brokers.send, TooLargeError, clock, self.progress, counts, self._give_up)
        handler = EntryHandler(FOLDS.cases, frozenset(AGENCIES))
        working = asyncio.ensure_future(Guard(handler, self.states, around).run(self.stream))
        try:
            async with asyncio.timeout(seconds):
                while len(self.stream.acked) < acked and not self.given_up:
                    await asyncio.sleep(0.005)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    def _give_up(self, error: BaseException) -> None:
        self.given_up.append(error)


def records(seed: int, cases: int = 30) -> list[Record]:
    """A timeline on one partition."""
    return [entry_record(TIMELINE, "timeline@990000", one) for one in Timelines(seed).entries(cases)]


async def test_every_record_is_acknowledged_in_order_and_shows_what_the_folds_say() -> None:
    entries = Timelines(1).entries(30)
    given = [entry_record(TIMELINE, "timeline@990000", one) for one in entries]
    working = Working(Stream(given))
    await working.run(len(given))
    assert working.stream.acked == list(range(len(given)))
    assert working.progress.next_offsets == {(TIMELINE, 0): len(given)}
    memory = Memory().take(entries)
    assert {key.decode(): value for key, value in working.states.kept.items()} == memory.cases
    outputs = [read_output(one) for one in working.brokers.there if one.topic in TOPICS.values()]
    of_cases = {place: value for place, value in memory.displayed().items() if place[0] != "hot_issues"}
    assert displayed(outputs) == of_cases


async def test_nothing_is_acknowledged_before_its_outputs_are_on_the_brokers() -> None:
    brokers = Brokers(held=asyncio.Event())
    working = Working(Stream(records(2)), brokers=brokers)
    with pytest.raises(TimeoutError):
        await working.run(1, seconds=0.3)
    assert brokers.sent
    assert working.stream.acked == []


async def test_no_more_are_in_flight_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "IN_FLIGHT_MAX", 5)
    brokers = Brokers(held=asyncio.Event())
    working = Working(Stream(records(3, cases=40)), brokers=brokers)
    with pytest.raises(TimeoutError):
        await working.run(1, seconds=0.3)
    assert working.stream.taken <= 6
    assert brokers.sent


async def test_items_of_one_case_are_on_their_way_together_until_one_takes_something_away() -> None:
    """After a crash a repeat puts out what is shown, and what the last item took away: no more is kept."""
    given = records(11, cases=3)
    waits = first_behind_a_removal(given)
    brokers = Brokers(held=asyncio.Event())
    working = Working(Stream(given), brokers=brokers)
    with pytest.raises(TimeoutError):
        await working.run(1, seconds=0.5)
    assert working.stream.taken == waits + 1
    assert [one.value for one in brokers.sent if one.topic == TOPICS[Sink.WARNINGS]].count(None) == 1
    assert len({one.key for one in given[:waits]}) < waits
    brokers.held = None
    again = Working(Stream(given), states=working.states)
    await again.run(len(given))
    assert again.stream.acked == list(range(len(given)))


def first_behind_a_removal(given: Sequence[Record]) -> int:
    """The first record of a case of which an earlier one took something away."""
    handler, states, behind = EntryHandler(FOLDS.cases, frozenset(AGENCIES)), dict[str, bytes](), set[str]()
    for number, one in enumerate(given):
        work = handler.read(one)
        for key in work.keys:
            if key in behind:
                return number
            changed, outputs = handler.fold(work, states.get(key))
            states |= {key: changed} if changed is not None else {}
            behind |= {key} if any(output.value is None for output in outputs) else set()
    raise AssertionError("nothing is taken away")


async def test_what_cannot_be_read_becomes_a_letter_and_stops_nothing() -> None:
    given = records(4)
    given[3] = given[3]._replace(value=b"\xff\xff")
    working = Working(Stream(given))
    await working.run(len(given))
    assert working.stream.acked == list(range(len(given)))
    letter = next(one for one in working.brokers.letters() if one.place.offset == 3)
    assert letter.consumer == "worker"
    assert (letter.place.topic, letter.place.partition, letter.place.offset) == (TIMELINE, 0, 3)
    assert letter.cause.startswith("UnreadableRecordError")
    assert "read_entry" in letter.stack
    assert letter.record.value == b"\xff\xff"
    assert letter.position == 4


async def test_what_a_fold_cannot_take_becomes_a_letter_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = EntryHandler.fold

    def fold(self: EntryHandler, work: Any, kept: bytes | None) -> Any:
        if work.item.number == 2:
            raise ZeroDivisionError("planted")
        return original(self, work, kept)

    monkeypatch.setattr(EntryHandler, "fold", fold)
    given = records(5)
    working = Working(Stream(given))
    await working.run(len(given))
    causes = Counter(letter.cause for letter in working.brokers.letters())
    assert causes.pop("ZeroDivisionError: planted") > 0
    assert {cause.partition(" comes before ")[2] for cause in causes} == {
        "entry 2 of its case: put that one back first"
    }


async def test_the_same_record_is_always_the_same_letter() -> None:
    given = [records(6)[0]._replace(value=b"\xff")]
    ids = []
    for _ in range(2):
        working = Working(Stream(given))
        await working.run(1)
        ids += [letter.letter_id for letter in working.brokers.letters()]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_an_output_that_no_broker_takes_becomes_a_letter() -> None:
    given = records(7, cases=5)
    key = given[0].key
    assert key is not None
    working = Working(Stream(given), brokers=Brokers(refused=frozenset({key})))
    await working.run(len(given))
    assert working.stream.acked == list(range(len(given)))
    assert {letter.cause for letter in working.brokers.letters()} == {"TooLargeError: too large"}


async def test_a_broker_that_fails_ends_the_process_and_nothing_is_acknowledged() -> None:
    working = Working(Stream(records(8)), brokers=Brokers(failing=True))
    await working.run(1)
    assert isinstance(working.given_up[0], ConnectionError)
    assert working.stream.acked == []


async def test_a_table_that_fails_for_a_moment_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "RETRY_SECONDS", 0.001)
    given = records(9, cases=3)
    working = Working(Stream(given), states=States(failures=guard.TABLE_ATTEMPTS - 1))
    await working.run(len(given))
    assert working.stream.acked == list(range(len(given)))
    assert working.brokers.letters() == []


async def test_a_table_that_fails_for_good_ends_the_process_and_makes_no_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guard, "RETRY_SECONDS", 0.001)
    working = Working(Stream(records(10)), states=States(failures=guard.TABLE_ATTEMPTS))
    await working.run(1)
    assert isinstance(working.given_up[0], OSError)
    assert working.stream.acked == []
    assert working.brokers.letters() == []


def test_a_message_without_headers_is_read() -> None:
    place, record = guard.read_message(Message("t", 1, 2, b"k", None, None, 1.5))
    assert place == Place("t", 1, 2)
    assert record == Record("t", b"k", None, (), 1500)
    assert guard.read_message(Message("t", 1, 2, b"k", b"v", {"a": b"b"}))[1].headers == (("a", b"b"),)

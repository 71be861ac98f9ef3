"""Two processes of one service write and read the same streams; what each keeps of them never misleads it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1.events_pb2 import PersonalDataRead
from huiyin_domain.context import Context, Principal
from huiyin_domain.decider import Decision
from huiyin_domain.refusal import Refusal, wrong_state
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.ids import uuid7
from huiyin_kernel.patience import settled
from huiyin_kernel.rpc.requests import Call
from huiyin_kernel.streams import Change, Loaded, Streams, load
from huiyin_kernel.telemetry import metrics
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import EventStore, RecordedEvent, VersionConflictError
from tests.support.databases import LogPlace

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MOST = 3
"""Entries that a stream of the test takes."""


class Book:
    """A stream of entries, each of them once, and only so many."""

    category = "book"

    def initial(self) -> tuple[str, ...]:
        return ()

    def decide(self, state: tuple[str, ...], command: Message, context: Context) -> Decision:
        assert isinstance(command, PersonalDataRead)
        if command.ground in state:
            return []
        return [command] if len(state) < MOST else wrong_state("FULL", "the book is full: begin another")

    def evolve(self, state: tuple[str, ...], event: Message) -> tuple[str, ...]:
        assert isinstance(event, PersonalDataRead)
        return (*state, event.ground)

    def case_ids(self, state: tuple[str, ...]) -> Sequence[str]:
        return ()

    def audience(self, state: tuple[str, ...]) -> Sequence[str]:
        return ()


BOOK = Book()
_CONTEXT = Context(NOW, NOW, Principal("11990100000000123K", "", frozenset()), (), None)  # type: ignore[arg-type] # no rule here looks at it


def call() -> Call:
    """A call of its own."""
    who = Principal("11990100000000123K", "officer-01", frozenset())
    return Call(who, "Write", "caller/a/", uuid7(), NOW, NOW, "", "", (), b"")


@dataclass
class Process:
    """A process of the service, with what it keeps; `reads` are its reads of streams, from which version."""

    streams: Streams
    reads: list[int] = field(default_factory=list)

    @classmethod
    def on(cls, store: EventStore, monkeypatch: pytest.MonkeyPatch) -> "Process":
        process, read = cls(Streams(store)), store.read_stream

        async def counted(stream: str, after: int = 0, limit: int = 10_000) -> list[RecordedEvent]:
            process.reads.append(after)
            return await read(stream, after, limit)

        monkeypatch.setattr(store, "read_stream", counted)
        return process

    async def write(self, stream: str, ground: str, call: Call) -> Decision:
        """Writes an entry as a command does."""
        entry = PersonalDataRead(ground=ground)

        async def attempt() -> Decision:
            loaded, decision = await self.streams.decide(
                BOOK, stream, lambda known: BOOK.decide(known.state, entry, _CONTEXT)
            )
            if not isinstance(decision, Refusal) and decision:
                await self.streams.append(call, [Change(BOOK, loaded, decision)])
            return decision

        return await settled(attempt, metrics.VERSION_CONFLICTS.labels("commands"))

    async def read(self, stream: str) -> tuple[str, ...]:
        """What a query answers."""
        return (await self.streams.read(BOOK, stream)).state


class StreamsContract:
    """Holds on every store. `ours` and `theirs` are processes on one log."""

    async def test_who_wrote_last_writes_again_without_reading(self, ours: Process) -> None:
        stream = f"book-{uuid7()}"
        await ours.write(stream, "a", call())
        ours.reads.clear()
        await ours.write(stream, "b", call())
        assert ours.reads == []
        assert await ours.read(stream) == ("a", "b")

    async def test_what_is_kept_after_a_write_is_what_the_log_gives(self, ours: Process) -> None:
        stream = f"book-{uuid7()}"
        for ground in "abc":
            await ours.write(stream, ground, call())
        kept = await ours.streams.read(BOOK, stream)
        assert kept == await load(ours.streams.store, BOOK, stream)

    async def test_a_query_sees_what_another_process_wrote_and_reads_no_more_than_that(
        self, ours: Process, theirs: Process
    ) -> None:
        stream = f"book-{uuid7()}"
        await ours.write(stream, "a", call())
        await theirs.write(stream, "b", call())
        ours.reads.clear()
        assert await ours.read(stream) == ("a", "b")
        assert ours.reads == [1]

    async def test_a_write_after_one_of_another_process_is_decided_on_both(
        self, ours: Process, theirs: Process
    ) -> None:
        stream = f"book-{uuid7()}"
        await ours.write(stream, "a", call())
        await theirs.write(stream, "b", call())
        await ours.write(stream, "c", call())
        assert await theirs.read(stream) == ("a", "b", "c")

    async def test_a_refusal_is_of_the_log_as_it_is(self, ours: Process, theirs: Process) -> None:
        stream = f"book-{uuid7()}"
        for ground in "ab":
            await ours.write(stream, ground, call())
        await theirs.write(stream, "c", call())
        refused = await ours.write(stream, "d", call())
        assert isinstance(refused, Refusal)
        assert refused.reason == "FULL"

    async def test_no_refusal_is_given_from_what_is_kept_alone(self, ours: Process) -> None:
        stream = f"book-{uuid7()}"
        for ground in "abc":
            await ours.write(stream, ground, call())
        for ground in "ad":  # nothing to do, and refused
            ours.reads.clear()
            await ours.write(stream, ground, call())
            assert ours.reads == [3]

    async def test_what_another_process_did_already_is_not_done_again(
        self, ours: Process, theirs: Process
    ) -> None:
        stream = f"book-{uuid7()}"
        await ours.write(stream, "a", call())
        await theirs.write(stream, "b", call())
        assert await ours.write(stream, "b", call()) == []
        assert await ours.read(stream) == ("a", "b")

    async def test_a_command_sent_to_both_processes_happens_once_and_is_kept_as_it_happened(
        self, ours: Process, theirs: Process
    ) -> None:
        stream, sent = f"book-{uuid7()}", call()
        await ours.read(stream)
        await theirs.write(stream, "first", sent)
        await ours.write(stream, "decided anew", sent)
        assert await ours.read(stream) == ("first",)
        await ours.write(stream, "b", call())
        assert await theirs.read(stream) == ("first", "b")

    async def test_rivals_in_both_processes_lose_no_entry(self, ours: Process, theirs: Process) -> None:
        stream = f"book-{uuid7()}"
        rivals = zip((ours, theirs, ours), "abc", strict=True)
        await asyncio.gather(*(one.write(stream, ground, call()) for one, ground in rivals))
        assert {*await ours.read(stream)} == {*"abc"}
        assert await theirs.read(stream) == await ours.read(stream)

    async def test_a_conflict_is_forgotten_with_what_led_to_it(self, ours: Process, theirs: Process) -> None:
        stream = f"book-{uuid7()}"
        await ours.write(stream, "a", call())
        stale = await ours.streams.read(BOOK, stream)
        await theirs.write(stream, "b", call())
        with pytest.raises(VersionConflictError):
            await ours.streams.append(call(), [Change(BOOK, stale, [PersonalDataRead(ground="c")])])
        ours.reads.clear()
        await ours.write(stream, "c", call())
        assert ours.reads == [0]


class TestStreamsInMemory(StreamsContract):
    """On the fake."""

    @pytest.fixture
    def store(self) -> MemoryEventStore:
        return MemoryEventStore("intake@990000", SystemClock())

    @pytest.fixture
    def ours(self, store: MemoryEventStore, monkeypatch: pytest.MonkeyPatch) -> Process:
        return Process.on(store, monkeypatch)

    @pytest.fixture
    def theirs(self, store: MemoryEventStore) -> Process:
        return Process(Streams(store))


class TestStreamsOnPostgres(StreamsContract):
    """On the real one, each process with connections of its own."""

    @pytest.fixture
    async def ours(self, shared_log: LogPlace, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Process]:
        opened = await shared_log.open()
        yield Process.on(opened, monkeypatch)
        await opened.aclose()

    @pytest.fixture
    async def theirs(self, shared_log: LogPlace) -> AsyncIterator[Process]:
        opened = await shared_log.open()
        yield Process(Streams(opened))
        await opened.aclose()


async def kept_after(streams: Streams, names: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which of some streams are kept still."""
    process = Process.on(streams.store, monkeypatch)
    kept = []
    for name in names:
        process.reads.clear()
        await load(streams.store, BOOK, name, streams._kept.get(name))
        kept += [name] if process.reads == [1] else []
    return kept


@pytest.mark.parametrize("bounds", [(2, 10**9), (10**9, 2 * 4100)])
async def test_what_was_asked_for_last_is_kept_within_the_bounds(
    bounds: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams(MemoryEventStore("intake@990000", SystemClock()), *bounds)
    names = [f"book-{number}" for number in range(3)]
    for name in (*names[:2], names[0], names[2]):
        loaded = await streams.read(BOOK, name)
        if not loaded.version:
            await streams.append(call(), [Change(BOOK, loaded, [PersonalDataRead(ground="a")])])
    assert await kept_after(streams, names, monkeypatch) == [names[0], names[2]]


async def test_streams_that_are_not_there_take_no_place() -> None:
    streams = Streams(MemoryEventStore("intake@990000", SystemClock()), kept_max=1)
    written = Loaded("book-1", BOOK.initial(), 0)
    await streams.append(call(), [Change(BOOK, written, [PersonalDataRead(ground="a")])])
    for number in range(3):
        await streams.read(BOOK, f"book-none-{number}")
    assert (await streams.decide(BOOK, "book-1", lambda known: [known.version]))[1] == [1]

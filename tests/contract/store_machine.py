"""Random commands against an event store and a small model of one; the two must always agree."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from huiyin_kernel.ids import uuid7
from huiyin_store.chain import verify_log
from huiyin_store.port import (
    ANY_VERSION,
    STREAM_EXISTS,
    Append,
    Appended,
    Cursor,
    EventStore,
    RequestReusedError,
    StoreError,
    StreamWrite,
    VersionConflictError,
)
from tests.contract.store_making import appending, events

ResultT = TypeVar("ResultT")

STREAMS = ("petition-a", "petition-b", "petition-c")
CONSUMERS = ("inbox-a", "inbox-b")
MAX_READ = 100_000


@dataclass(slots=True)
class Model:
    """What a store must hold: ids of events in order, each with its stream; answers; cursors."""

    log: list[tuple[str, UUID]] = field(default_factory=list)
    answers: dict[UUID, Appended] = field(default_factory=dict)
    fingerprints: dict[UUID, bytes] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)

    def version(self, stream: str) -> int:
        return sum(name == stream for name, _ in self.log)

    def refusal(self, append: Append) -> type[StoreError] | None:
        """What kind of error new events must get; None if they fit."""
        if self.fingerprints.get(append.request_id, append.fingerprint) != append.fingerprint:
            return RequestReusedError
        for write in append.writes:
            actual = self.version(write.stream)
            fits = actual > 0 if write.expected == STREAM_EXISTS else write.expected in (ANY_VERSION, actual)
            if not fits:
                return VersionConflictError
        return None

    def passed(self, append: Append) -> bool:
        cursor = append.cursor
        return cursor is not None and self.cursors.get(cursor.consumer, -1) >= cursor.position

    def write(self, append: Append, answer: Appended) -> None:
        for write in append.writes:
            self.log += [(write.stream, event.event_id) for event in write.events]
        self.answers[append.request_id] = answer
        self.fingerprints[append.request_id] = append.fingerprint
        if append.cursor:
            self.cursors[append.cursor.consumer] = append.cursor.position


_writes = st.lists(
    st.tuples(
        st.sampled_from(STREAMS),
        st.sampled_from([ANY_VERSION, STREAM_EXISTS, 0, "right", "right", "right"]),
        st.integers(0, 3),
    ),
    max_size=3,
    unique_by=lambda write: write[0],
)
_cursors = st.none() | st.builds(Cursor, st.sampled_from(CONSUMERS), st.just("other"), st.integers(1, 6))


class StoreMachine(RuleBasedStateMachine):
    """Subclasses say how to open an empty log and how to open it again."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.model = Model()
        self.sent: list[Append] = []

    async def open_empty(self) -> EventStore:
        raise NotImplementedError

    async def open_again(self, store: EventStore) -> EventStore:
        raise NotImplementedError

    def run(self, doing: Coroutine[Any, Any, ResultT]) -> ResultT:
        return self.runner.run(doing)

    @initialize()
    def begin(self) -> None:
        self.store = self.run(self.open_empty())

    @rule(chosen=_writes, cursor=_cursors)
    def append(self, chosen: list[tuple[str, int | str, int]], cursor: Cursor | None) -> None:
        writes = [
            StreamWrite(
                stream, self.model.version(stream) if isinstance(expected, str) else expected, events(count)
            )
            for stream, expected, count in chosen
        ]
        self._append(appending(*writes, cursor=cursor))

    @rule(place=st.integers(0, 30), how=st.sampled_from(["again", "same events", "other command"]))
    def repeat(self, place: int, how: str) -> None:
        if not self.sent:
            return
        append = self.sent[place % len(self.sent)]
        match how:
            case "again":
                self._append(append)
            case "other command":
                self._append(replace(append, fingerprint=b"other"))
            case _ if append.request_id in self.model.answers and append.cursor is None:
                events_again = replace(append, request_id=uuid7())
                if any(write.events for write in append.writes):
                    first = self.model.answers[append.request_id]
                    assert self.run(self.store.append(events_again)) == replace(first, repeated=True)

    @rule(stream=st.sampled_from(STREAMS), after=st.integers(0, 5), limit=st.integers(1, 5))
    def read_stream(self, stream: str, after: int, limit: int) -> None:
        wanted = [event_id for name, event_id in self.model.log if name == stream][after : after + limit]
        read = self.run(self.store.read_stream(stream, after, limit))
        assert [event.event_id for event in read] == wanted

    @rule()
    def restart(self) -> None:
        self.store = self.run(self.open_again(self.store))

    @invariant()
    def the_log_is_the_models(self) -> None:
        if not hasattr(self, "store"):
            return
        log = self.run(self.store.read(0, MAX_READ))
        assert [(event.stream, event.event_id) for event in log] == self.model.log
        assert verify_log(log) is None
        assert self.run(self.store.head()).position == len(self.model.log)
        for consumer in CONSUMERS:
            assert self.run(self.store.cursor(consumer, "other")) == self.model.cursors.get(consumer, 0)

    def _append(self, append: Append) -> None:
        known = self.model.answers.get(append.request_id)
        refusal = self.model.refusal(append) if known is None else self._refusal_of_known(append)
        self.sent.append(append)
        outcome = self.run(self._outcome(append))
        if known is not None and refusal is None:
            assert outcome == replace(known, repeated=True)
        elif known is None and self.model.passed(append):
            assert isinstance(outcome, Appended)
            assert (outcome.ends, outcome.repeated) == ((), True)
        elif refusal is not None:
            assert type(outcome) is refusal
        else:
            assert isinstance(outcome, Appended)
            self._check_answer(append, outcome)
            self.model.write(append, outcome)

    def _refusal_of_known(self, append: Append) -> type[StoreError] | None:
        same = self.model.fingerprints[append.request_id] == append.fingerprint
        return None if same else RequestReusedError

    async def _outcome(self, append: Append) -> Appended | StoreError:
        try:
            return await self.store.append(append)
        except StoreError as error:
            return error

    def _check_answer(self, append: Append, answer: Appended) -> None:
        written = [write for write in append.writes if write.events]
        count = sum(len(write.events) for write in written)
        first = len(self.model.log) + 1 if count else 0
        assert (answer.first_position, answer.repeated) == (first, False)
        assert answer.last_position == (first + count - 1 if count else 0)
        assert [(end.stream, end.version) for end in answer.ends] == [
            (write.stream, self.model.version(write.stream) + len(write.events)) for write in written
        ]

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.run(self.store.aclose())
        self.runner.close()

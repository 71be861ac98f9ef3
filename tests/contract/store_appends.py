"""Contract of appends: every expected version, several streams, all or none, and what is answered."""

import asyncio
from datetime import UTC, datetime

import pytest

from huiyin_kernel.ids import uuid7
from huiyin_store.port import (
    ANY_VERSION,
    GENESIS,
    NO_STREAM,
    STREAM_EXISTS,
    Appended,
    Cursor,
    EventIdReusedError,
    EventStore,
    NewEvent,
    StreamWrite,
    VersionConflictError,
)
from tests.contract.store_making import appending, events, one, stream_name, write


class AppendContract:
    """What every event store does when it appends. Subclasses' modules have a fixture `store`."""

    @pytest.mark.parametrize("count", [1, 2, 1000])
    @pytest.mark.parametrize("expected", [NO_STREAM, ANY_VERSION])
    async def test_events_are_appended_to_a_new_stream(
        self, store: EventStore, expected: int, count: int
    ) -> None:
        stream = stream_name()
        answer = await store.append(appending(write(stream, expected, count)))
        recorded = await store.read_stream(stream)
        last = recorded[-1]
        assert [(end.stream, end.version, end.position, end.hash) for end in answer.ends] == [
            (stream, count, last.position, last.hash)
        ]
        assert (answer.first_position, answer.last_position) == (recorded[0].position, last.position)
        assert {event.recorded for event in recorded} == {answer.recorded}
        assert not answer.repeated

    @pytest.mark.parametrize("expected", [3, STREAM_EXISTS, ANY_VERSION])
    async def test_events_are_appended_to_an_existing_stream(self, store: EventStore, expected: int) -> None:
        stream = stream_name()
        await store.append(appending(write(stream, NO_STREAM, 3)))
        answer = await store.append(appending(write(stream, expected, 2)))
        assert answer.ends[0].version == 5

    @pytest.mark.parametrize(
        "existing, expected", [(0, 1), (0, STREAM_EXISTS), (3, NO_STREAM), (3, 2), (3, 4)]
    )
    async def test_a_stream_elsewhere_is_a_conflict_that_tells_where(
        self, store: EventStore, existing: int, expected: int
    ) -> None:
        stream = stream_name()
        await store.append(appending(write(stream, ANY_VERSION, existing)))
        with pytest.raises(VersionConflictError) as caught:
            await store.append(one(stream, expected))
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == (
            stream,
            expected,
            existing,
        )
        assert len(await store.read_stream(stream)) == existing

    async def test_what_is_read_is_what_was_appended(self, store: EventStore) -> None:
        stream, wanted = stream_name(), events(3)
        answer = await store.append(appending(StreamWrite(stream, NO_STREAM, wanted)))
        recorded = await store.read_stream(stream)
        kept = [NewEvent(e.event_id, e.type, e.occurred, e.meta, e.data) for e in recorded]
        assert kept == list(wanted)
        assert recorded[0].previous_hash == GENESIS
        assert [e.previous_hash for e in recorded[1:]] == [e.hash for e in recorded[:-1]]
        assert recorded[-1].hash == answer.ends[0].hash
        assert all(e.recorded.utcoffset() == e.occurred.utcoffset() == UTC.utcoffset(None) for e in recorded)

    async def test_several_streams_are_written_together_in_the_order_of_the_writes(
        self, store: EventStore
    ) -> None:
        names = [stream_name() for _ in range(3)]
        answer = await store.append(
            appending(write(names[2], 0, 2), write(names[0], 0, 1), write(names[1], 0, 3))
        )
        first = answer.first_position
        assert [(end.stream, end.version, end.position) for end in answer.ends] == [
            (names[2], 2, first + 1),
            (names[0], 1, first + 2),
            (names[1], 3, first + 5),
        ]
        assert answer.last_position == first + 5

    async def test_one_conflict_among_several_streams_writes_nothing(self, store: EventStore) -> None:
        fine, wrong = stream_name(), stream_name()
        before = await store.head()
        with pytest.raises(VersionConflictError):
            await store.append(appending(write(fine, NO_STREAM), write(wrong, 7)))
        assert await store.read_stream(fine) == []
        assert await store.head() == before

    async def test_a_write_without_events_only_checks_its_stream(self, store: EventStore) -> None:
        watched, written = stream_name(), stream_name()
        await store.append(one(watched))
        answer = await store.append(appending(write(watched, 1, 0), write(written, NO_STREAM)))
        assert [end.stream for end in answer.ends] == [written]
        with pytest.raises(VersionConflictError):
            await store.append(appending(write(watched, 2, 0), write(stream_name(), NO_STREAM)))

    async def test_an_append_without_events_is_answered_and_takes_no_position(
        self, store: EventStore
    ) -> None:
        before = await store.head()
        answer = await store.append(appending())
        assert (answer.ends, answer.first_position, answer.last_position) == ((), 0, 0)
        assert await store.head() == before

    async def test_a_refused_append_takes_no_position(self, store: EventStore) -> None:
        stream = stream_name()
        first = await store.append(one(stream, NO_STREAM))
        for _ in range(3):
            with pytest.raises(VersionConflictError):
                await store.append(one(stream, NO_STREAM))
        second = await store.append(one(stream, 1))
        assert second.first_position == first.last_position + 1

    async def test_one_of_many_racing_appends_wins(self, store: EventStore) -> None:
        stream = stream_name()
        outcomes = await asyncio.gather(
            *(store.append(one(stream, NO_STREAM)) for _ in range(20)), return_exceptions=True
        )
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, VersionConflictError) for outcome in outcomes) == 19
        assert len(await store.read_stream(stream)) == 1

    async def test_appends_to_one_stream_sent_together_succeed_with_any_version(
        self, store: EventStore
    ) -> None:
        stream = stream_name()
        answers = await asyncio.gather(*(store.append(one(stream)) for _ in range(50)))
        assert [answer.ends[0].version for answer in answers] == list(range(1, 51))

    async def test_appends_to_one_stream_sent_together_succeed_with_consecutive_versions(
        self, store: EventStore
    ) -> None:
        stream = stream_name()
        sent = [appending(write(stream, 2 * number, 2)) for number in range(25)]
        answers = await asyncio.gather(*map(store.append, sent))
        assert [answer.ends[0].version for answer in answers] == list(range(2, 51, 2))

    async def test_refused_appends_do_not_disturb_those_sent_with_them(self, store: EventStore) -> None:
        taken, fine = stream_name(), [stream_name() for _ in range(20)]
        await store.append(one(taken, NO_STREAM))
        sent = [one(name, NO_STREAM) for name in fine]
        twice = events(1) * 2
        bad = [one(taken, NO_STREAM), appending(StreamWrite(stream_name(), 0, twice)), one(taken, 9)]
        before = (await store.head()).position
        outcomes = await asyncio.gather(
            *map(store.append, [*sent[:7], bad[0], *sent[7:12], bad[1], *sent[12:], bad[2]]),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 20
        assert sum(isinstance(outcome, VersionConflictError) for outcome in outcomes) == 2
        assert sum(isinstance(outcome, EventIdReusedError) for outcome in outcomes) == 1
        assert (await store.head()).position == before + 20

    async def test_append_many_answers_each_in_order(self, store: EventStore) -> None:
        taken = stream_name()
        await store.append(one(taken, NO_STREAM))
        names = [stream_name() for _ in range(700)]
        sent = [one(name, NO_STREAM) for name in names]
        outcomes = await store.append_many([*sent[:350], one(taken, NO_STREAM), *sent[350:]])
        assert isinstance(outcomes.pop(350), VersionConflictError)
        ends = [outcome.ends[0].stream for outcome in outcomes if isinstance(outcome, Appended)]
        assert ends == names

    async def test_append_many_may_write_to_one_stream_again_and_again(self, store: EventStore) -> None:
        stream = stream_name()
        outcomes = await store.append_many([one(stream, number) for number in range(40)])
        assert [o.ends[0].version for o in outcomes if isinstance(o, Appended)] == list(range(1, 41))

    async def test_two_writes_to_one_stream_in_one_append_are_a_mistake(self, store: EventStore) -> None:
        stream = stream_name()
        with pytest.raises(ValueError, match="twice"):
            await store.append(appending(write(stream, 0), write(stream, 1)))

    async def test_an_instant_without_a_zone_is_a_mistake(self, store: EventStore) -> None:
        naive = NewEvent(uuid7(), "t", datetime(2026, 1, 1), b"", b"")  # noqa: DTZ001 - the mistake
        with pytest.raises(TypeError):
            await store.append(appending(StreamWrite(stream_name(), 0, (naive,))))

    async def test_empty_and_odd_content_is_kept(self, store: EventStore) -> None:
        stream = "流-\U00020000-" + stream_name()
        odd = NewEvent(uuid7(), "类型", datetime(1999, 12, 31, 23, 59, 59, 999999, UTC), b"", b"")
        await store.append(appending(StreamWrite(stream, NO_STREAM, (odd,))))
        (recorded,) = await store.read_stream(stream)
        assert (recorded.stream, recorded.type, recorded.occurred) == (stream, odd.type, odd.occurred)
        assert (recorded.meta, recorded.data) == (b"", b"")

    async def test_a_cursor_moves_with_the_events(self, store: EventStore) -> None:
        consumer = stream_name()
        assert await store.cursor(consumer, "intake@990000") == 0
        await store.append(appending(write(stream_name(), 0), cursor=Cursor(consumer, "intake@990000", 7)))
        assert await store.cursor(consumer, "intake@990000") == 7
        assert await store.cursor(consumer, "judicial@990000") == 0

    @pytest.mark.parametrize("position", [6, 7])
    async def test_a_cursor_that_is_already_there_means_that_the_effect_has_happened(
        self, store: EventStore, position: int
    ) -> None:
        stream, consumer = stream_name(), stream_name()
        await store.append(appending(cursor=Cursor(consumer, "other", 7)))
        answer = await store.append(appending(write(stream, 0), cursor=Cursor(consumer, "other", position)))
        assert (answer.ends, answer.first_position, answer.repeated) == ((), 0, True)
        assert await store.read_stream(stream) == []
        assert await store.cursor(consumer, "other") == 7

    async def test_a_refused_append_does_not_move_its_cursor(self, store: EventStore) -> None:
        consumer = stream_name()
        with pytest.raises(VersionConflictError):
            await store.append(appending(write(stream_name(), 5), cursor=Cursor(consumer, "other", 3)))
        assert await store.cursor(consumer, "other") == 0

    async def test_two_moves_of_a_cursor_sent_together_have_one_effect(self, store: EventStore) -> None:
        streams, cursor = [stream_name() for _ in range(2)], Cursor(stream_name(), "other", 4)
        sent = [appending(write(stream, 0), cursor=cursor) for stream in streams]
        answers = await asyncio.gather(*map(store.append, sent))
        assert sorted(answer.repeated for answer in answers) == [False, True]
        assert sum([len(await store.read_stream(stream)) for stream in streams]) == 1

    async def test_cancelling_a_caller_does_not_break_the_others(self, store: EventStore) -> None:
        streams = [stream_name() for _ in range(30)]
        tasks = [asyncio.create_task(store.append(one(stream, NO_STREAM))) for stream in streams]
        await asyncio.sleep(0)
        tasks[10].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(answer, Appended) for place, answer in enumerate(done) if place != 10)
        later = await store.append(one(stream_name(), NO_STREAM))
        assert later.first_position == (await store.head()).position

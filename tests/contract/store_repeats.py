"""Contract of repetition: the same request or the same events again never have a second effect."""

import asyncio
from dataclasses import replace

import pytest

from huiyin_kernel.ids import uuid7
from huiyin_store.port import (
    ANY_VERSION,
    NO_STREAM,
    STREAM_EXISTS,
    Append,
    Appended,
    Cursor,
    EventIdReusedError,
    EventStore,
    RequestReusedError,
    StoreError,
    StreamWrite,
    UnstorableError,
    VersionConflictError,
)
from tests.contract.store_making import appending, events, new_event, new_key, one, stream_name, write


def again(append: Append) -> Append:
    """The same events as another request."""
    return replace(append, request_id=uuid7())


class RepeatContract:
    """What every event store answers to repetitions. Subclasses' modules have a fixture `store`."""

    async def test_a_request_sent_again_gets_the_first_answer(self, store: EventStore) -> None:
        stream = stream_name()
        append = appending(write(stream, NO_STREAM, 3), write(stream_name(), NO_STREAM, 1))
        first = await store.append(append)
        await store.append(one(stream))
        assert await store.append(append) == replace(first, repeated=True)
        assert len(await store.read_stream(stream)) == 4

    async def test_a_request_decided_anew_gets_the_first_answer(self, store: EventStore) -> None:
        """A command that is sent again is decided again, with fresh event ids."""
        stream = stream_name()
        append = appending(write(stream, NO_STREAM, 3))
        first = await store.append(append)
        anew = replace(append, writes=(write(stream, 3, 1), write(stream_name(), NO_STREAM)))
        assert await store.append(anew) == replace(first, repeated=True)

    async def test_a_request_id_used_for_another_command_is_refused(self, store: EventStore) -> None:
        append = one(stream_name())
        await store.append(append)
        before = await store.head()
        with pytest.raises(RequestReusedError) as caught:
            await store.append(replace(append, fingerprint=b"another"))
        assert caught.value.request_id == append.request_id
        assert await store.head() == before

    async def test_a_request_without_events_gets_its_answer_again(self, store: EventStore) -> None:
        append = appending(cursor=Cursor(stream_name(), "other", 3))
        first = await store.append(append)
        assert await store.append(append) == replace(first, repeated=True)

    async def test_a_refused_request_may_be_sent_again_with_better_events(self, store: EventStore) -> None:
        stream = stream_name()
        append = one(stream, 5)
        with pytest.raises(VersionConflictError):
            await store.append(append)
        answer = await store.append(replace(append, writes=(write(stream, NO_STREAM),)))
        assert not answer.repeated

    async def test_a_request_sent_many_times_at_once_has_one_effect(self, store: EventStore) -> None:
        stream = stream_name()
        append = one(stream)
        answers = await asyncio.gather(*(store.append(append) for _ in range(20)))
        assert sorted(answer.repeated for answer in answers) == [False] + [True] * 19
        assert {answer.ends for answer in answers} == {answers[0].ends}
        assert len(await store.read_stream(stream)) == 1

    async def test_the_first_answer_is_found_without_appending(self, store: EventStore) -> None:
        append = appending(write(stream_name(), NO_STREAM, 3), write(stream_name(), NO_STREAM, 1))
        empty = appending(cursor=Cursor(stream_name(), "other", 3))
        for sent in (append, empty):
            assert await store.find(sent.scope, sent.request_id, sent.fingerprint) is None
            first = await store.append(sent)
            assert await store.find(sent.scope, sent.request_id, sent.fingerprint) == replace(
                first, repeated=True
            )
        with pytest.raises(RequestReusedError):
            await store.find(append.scope, append.request_id, b"another")
        whatever = await store.find(append.scope, append.request_id, None)
        assert whatever == await store.find(append.scope, append.request_id, append.fingerprint)
        assert await store.find("caller/another/", append.request_id, None) is None

    async def test_the_same_id_in_another_scope_is_another_request(self, store: EventStore) -> None:
        """Nobody can take a name of another's: not another agency, and not a caller one of the platform's."""
        stream = stream_name()
        mine = appending(write(stream, NO_STREAM))
        others = replace(one(stream), request_id=mine.request_id, scope="caller/11/", fingerprint=b"other")
        assert not (await store.append(others)).repeated
        assert await store.find(mine.scope, mine.request_id, mine.fingerprint) is None
        first = await store.append(replace(mine, writes=(write(stream, 1),)))
        assert not first.repeated
        assert await store.find(mine.scope, mine.request_id, mine.fingerprint) == replace(
            first, repeated=True
        )
        assert [event.version for event in await store.read_stream(stream)] == [1, 2]

    async def test_one_id_of_two_scopes_at_once_is_two_requests(self, store: EventStore) -> None:
        stream, shared = stream_name(), uuid7()
        sent = [replace(one(stream), request_id=shared, scope=f"caller/{number}/") for number in range(10)]
        answers = await asyncio.gather(*map(store.append, sent))
        assert not any(answer.repeated for answer in answers)
        assert len(await store.read_stream(stream)) == 10

    async def test_of_many_what_no_log_can_hold_fails_alone(self, store: EventStore) -> None:
        stream = stream_name()
        broken = appending(write(stream, ANY_VERSION), write(stream, ANY_VERSION))
        first, failed, last = await store.append_many([one(stream), broken, one(stream)])
        assert isinstance(failed, UnstorableError)
        assert isinstance(first, Appended)
        assert isinstance(last, Appended)

    async def test_imports_run_twice_change_nothing(self, store: EventStore) -> None:
        sent = [one(stream_name(), NO_STREAM) for _ in range(30)]
        first = await store.append_many(sent[:20])
        whole = await store.append_many(sent)
        assert [replace(a, repeated=True) for a in first if isinstance(a, Appended)] == whole[:20]
        assert await store.append_many(sent) == [
            replace(answer, repeated=True) for answer in whole if isinstance(answer, Appended)
        ]

    @pytest.mark.parametrize("before", [0, 2])
    @pytest.mark.parametrize("expected", ["exact", ANY_VERSION, STREAM_EXISTS])
    async def test_all_events_again_in_their_places_get_the_first_answer(
        self, store: EventStore, before: int, expected: int | str
    ) -> None:
        stream = stream_name()
        await store.append(appending(write(stream, ANY_VERSION, before)))
        version = before if isinstance(expected, str) else expected
        append = appending(StreamWrite(stream, before, events(3)))
        first = await store.append(append)
        await store.append(one(stream))
        repeated = replace(again(append), writes=(StreamWrite(stream, version, append.writes[0].events),))
        assert await store.append(repeated) == replace(first, repeated=True)
        assert len(await store.read_stream(stream)) == before + 4

    async def test_all_events_of_several_streams_again_get_the_first_answer(self, store: EventStore) -> None:
        append = appending(write(stream_name(), 0, 2), write(stream_name(), 0, 1), write(stream_name(), 0, 2))
        first = await store.append(append)
        assert await store.append(again(append)) == replace(first, repeated=True)

    async def test_the_first_events_again_get_the_answer_of_their_place(self, store: EventStore) -> None:
        stream = stream_name()
        append = appending(write(stream, NO_STREAM, 3))
        await store.append(append)
        recorded = await store.read_stream(stream)
        start = append.writes[0].events[:2]
        answer = await store.append(appending(StreamWrite(stream, NO_STREAM, start)))
        assert answer.repeated
        assert (answer.ends[0].version, answer.ends[0].hash) == (2, recorded[1].hash)

    @pytest.mark.parametrize("expected", [0, 2, ANY_VERSION, STREAM_EXISTS])
    async def test_known_events_before_new_ones_are_refused(self, store: EventStore, expected: int) -> None:
        stream, known = stream_name(), events(2)
        await store.append(appending(StreamWrite(stream, NO_STREAM, known)))
        await self._refused(store, StreamWrite(stream, expected, (*known, new_event())))

    @pytest.mark.parametrize("expected", [0, 1, 2, ANY_VERSION, STREAM_EXISTS])
    async def test_new_events_before_known_ones_are_refused(self, store: EventStore, expected: int) -> None:
        stream, known = stream_name(), events(2)
        await store.append(appending(StreamWrite(stream, NO_STREAM, known)))
        await self._refused(store, StreamWrite(stream, expected, (new_event(), *known)))

    @pytest.mark.parametrize("expected", [0, ANY_VERSION])
    async def test_known_events_for_another_stream_are_refused(
        self, store: EventStore, expected: int
    ) -> None:
        known = events(2)
        await store.append(appending(StreamWrite(stream_name(), NO_STREAM, known)))
        await self._refused(store, StreamWrite(stream_name(), expected, known))

    @pytest.mark.parametrize("expected", [1, 2, 5])
    async def test_known_events_at_other_versions_are_refused(self, store: EventStore, expected: int) -> None:
        stream, known = stream_name(), events(2)
        await store.append(appending(StreamWrite(stream, NO_STREAM, known)))
        await self._refused(store, StreamWrite(stream, expected, known))

    async def test_known_events_in_another_order_are_refused(self, store: EventStore) -> None:
        stream, known = stream_name(), events(2)
        await store.append(appending(StreamWrite(stream, NO_STREAM, known)))
        await self._refused(store, StreamWrite(stream, ANY_VERSION, known[::-1]))

    async def test_known_events_of_two_appends_as_one_are_refused(self, store: EventStore) -> None:
        stream, known = stream_name(), events(2)
        await store.append(appending(StreamWrite(stream, 0, known[:1])))
        await store.append(one(stream_name()))
        await store.append(appending(StreamWrite(stream, 1, known[1:])))
        await self._refused(store, StreamWrite(stream, NO_STREAM, known))

    async def test_one_known_stream_among_several_is_refused(self, store: EventStore) -> None:
        known = StreamWrite(stream_name(), NO_STREAM, events(2))
        await store.append(appending(known))
        await self._refused(store, known, write(stream_name(), NO_STREAM))

    async def test_one_event_id_twice_in_one_append_is_refused(self, store: EventStore) -> None:
        await self._refused(store, StreamWrite(stream_name(), NO_STREAM, events(1) * 2))

    async def test_one_event_id_for_two_streams_at_once_is_written_once(self, store: EventStore) -> None:
        shared = events(1)
        sent = [appending(StreamWrite(stream_name(), NO_STREAM, shared)) for _ in range(5)]
        outcomes = await asyncio.gather(*map(store.append, sent), return_exceptions=True)
        assert sum(isinstance(outcome, Appended) for outcome in outcomes) == 1
        assert sum(isinstance(outcome, EventIdReusedError) for outcome in outcomes) == 4

    async def test_a_key_that_exists_is_refused_with_its_append(self, store: EventStore) -> None:
        key = new_key(stream_name())
        await store.append(appending(keys=[key]))
        before = await store.head()
        with pytest.raises(StoreError):
            await store.append(appending(write(stream_name(), 0), keys=[key]))
        assert await store.head() == before

    async def _refused(self, store: EventStore, *writes: StreamWrite) -> None:
        before = await store.head()
        with pytest.raises(EventIdReusedError):
            await store.append(appending(*writes))
        assert await store.head() == before

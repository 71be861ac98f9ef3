"""Contract of reading: dense order by position and by version, following, and the chain."""

import asyncio
from itertools import pairwise

import pytest

from huiyin_store.chain import verify_stream
from huiyin_store.port import NO_STREAM, EventStore, RecordedEvent
from tests.contract.store_making import appending, one, stream_name, write


async def taken(store: EventStore, after: int, count: int, page: int = 500) -> list[RecordedEvent]:
    """The first events that following gives, and not one page more."""
    seen: list[RecordedEvent] = []
    async with asyncio.timeout(20):
        async for events in store.follow(after, page):
            assert 0 < len(events) <= page
            seen += events
            if len(seen) >= count:
                return seen
    return seen


class ReadContract:
    """What every event store lets read. Subclasses' modules have a fixture `store`."""

    async def test_positions_are_dense_and_recorded_times_do_not_decrease(self, store: EventStore) -> None:
        after = (await store.head()).position
        await asyncio.gather(*(store.append(one(stream_name())) for _ in range(40)))
        events = await store.read(after)
        assert [event.position for event in events] == list(range(after + 1, after + 41))
        assert all(earlier.recorded <= later.recorded for earlier, later in pairwise(events))

    async def test_what_is_appended_is_recorded_at_the_stores_own_time(self, store: EventStore) -> None:
        before = await store.clock()
        appended = await store.append(one(stream_name()))
        assert before.tzinfo is not None
        assert before <= appended.recorded <= await store.clock()

    async def test_reading_starts_after_a_position_and_stops_at_the_limit(self, store: EventStore) -> None:
        after = (await store.head()).position
        await store.append(appending(write(stream_name(), NO_STREAM, 10)))
        assert [event.position - after for event in await store.read(after + 3, 4)] == [4, 5, 6, 7]
        assert await store.read(after + 10) == []
        assert await store.read(after + 1000) == []

    async def test_a_stream_is_read_after_a_version_up_to_the_limit(self, store: EventStore) -> None:
        stream = stream_name()
        await store.append(appending(write(stream, NO_STREAM, 10)))
        assert [event.version for event in await store.read_stream(stream, 3, 4)] == [4, 5, 6, 7]
        assert await store.read_stream(stream, 10) == []
        assert await store.read_stream(stream_name()) == []

    async def test_the_order_of_a_stream_is_the_order_of_the_log(self, store: EventStore) -> None:
        stream = stream_name()
        for _ in range(5):
            await store.append(appending(write(stream, -1, 2), write(stream_name(), 0)))
        events = await store.read_stream(stream)
        assert [event.version for event in events] == list(range(1, 11))
        assert all(earlier.position < later.position for earlier, later in pairwise(events))

    async def test_the_head_is_the_last_event(self, store: EventStore) -> None:
        answer = await store.append(one(stream_name()))
        assert await store.head() == (answer.last_position, answer.recorded)

    async def test_the_chain_of_a_stream_holds_over_many_appends(self, store: EventStore) -> None:
        stream = stream_name()
        for count in (1, 3, 1, 7):
            await store.append(appending(write(stream_name(), 0), write(stream, -1, count)))
        events = await store.read_stream(stream)
        assert len(events) == 12
        assert verify_stream(events) is None

    @pytest.mark.parametrize("page", [1, 7, 500])
    async def test_following_gives_history_and_then_what_comes(self, store: EventStore, page: int) -> None:
        after = (await store.head()).position
        await store.append(appending(write(stream_name(), 0, 10)))
        following = asyncio.create_task(taken(store, after, 30, page))
        for _ in range(20):
            await store.append(one(stream_name()))
            await asyncio.sleep(0)
        events = await following
        assert [event.position for event in events] == list(range(after + 1, after + 31))

    async def test_a_follower_at_the_end_is_woken_at_once(self, store: EventStore) -> None:
        after = (await store.head()).position
        following = asyncio.create_task(taken(store, after, 1))
        await asyncio.sleep(0.5)  # by now it looks only about twice a second
        await store.append(one(stream_name()))
        await asyncio.wait_for(following, 0.2)

    async def test_a_follower_can_be_cancelled(self, store: EventStore) -> None:
        following = asyncio.create_task(taken(store, (await store.head()).position, 1))
        await asyncio.sleep(0.01)
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
        await store.append(one(stream_name()))

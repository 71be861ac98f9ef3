"""Contract of data keys: durable with the events they seal, rewrapped, destroyed for ever."""

from contextlib import suppress
from uuid import UUID

import pytest

from huiyin_kernel.ids import uuid7
from huiyin_store.port import EventStore, NewKey, StoredKey, StoreError, VersionConflictError
from tests.contract.store_making import appending, new_key, stream_name, write
from tests.support.erasing import erased


def stored(key: NewKey) -> StoredKey:
    """The key as it is read back."""
    return StoredKey(key.key_id, key.subject, key.wrapped, key.master)


async def keep(store: EventStore, *keys: NewKey) -> None:
    """Stores keys with an event."""
    await store.append(appending(write(stream_name(), 0), keys=keys))


class KeyContract:
    """What every event store does with keys. Subclasses' modules have a fixture `store`."""

    async def test_keys_are_found_by_id_and_by_subject(self, store: EventStore) -> None:
        person, case = new_key(stream_name()), new_key(stream_name())
        await keep(store, person, case)
        assert await store.read_keys([case.key_id, uuid7()]) == [stored(case)]
        assert await store.find_keys([person.subject, "nobody"]) == [stored(person)]
        assert set(await store.find_keys([person.subject, case.subject])) == {stored(person), stored(case)}
        assert await store.read_keys([]) == []

    async def test_a_subject_may_have_several_keys(self, store: EventStore) -> None:
        subject = stream_name()
        await keep(store, new_key(subject), new_key(subject))
        assert len(await store.find_keys([subject])) == 2

    async def test_keys_of_a_refused_append_are_not_kept(self, store: EventStore) -> None:
        key = new_key(stream_name())
        with pytest.raises(VersionConflictError):
            await store.append(appending(write(stream_name(), 3), keys=[key]))
        assert await store.read_keys([key.key_id]) == []

    async def test_keys_of_a_repeated_request_are_not_kept_twice(self, store: EventStore) -> None:
        key = new_key(stream_name())
        append = appending(write(stream_name(), 0), keys=[key])
        await store.append(append)
        await store.append(append)
        assert await store.find_keys([key.subject]) == [stored(key)]

    async def test_a_key_is_rewrapped(self, store: EventStore) -> None:
        old, new = stream_name(), stream_name()
        key = new_key(stream_name(), master=old)
        await keep(store, key)
        rewrapped = stored(key)._replace(wrapped=b"again", master=new)
        await store.rewrap_key(rewrapped)
        assert await store.read_keys([key.key_id]) == [rewrapped]

    async def test_keys_under_other_masters_are_found_until_none_is_left(self, store: EventStore) -> None:
        new = stream_name()
        await keep(store, *(new_key(stream_name(), master=stream_name()) for _ in range(5)))
        rounds = 0
        while keys := await store.keys_not_under(new, 3):
            assert len(keys) <= 3
            for key in keys:
                await store.rewrap_key(key._replace(master=new))
            rounds += 1
        assert rounds >= 2

    async def test_a_destroyed_key_stays_destroyed(self, store: EventStore) -> None:
        subject, master = stream_name(), stream_name()
        keys = [new_key(subject, master), new_key(subject, master)]
        await keep(store, *keys, new_key(stream_name()))
        assert (await erased(store, subject)).count == 2
        assert (await erased(store, subject)).count == 0
        assert {key.wrapped for key in await store.find_keys([subject])} == {None}
        await store.rewrap_key(stored(keys[0]))
        assert await store.read_keys([keys[0].key_id]) == [stored(keys[0])._replace(wrapped=None)]
        assert keys[0].key_id not in await _ids_not_under(store, "another")

    async def test_a_living_key_is_found_under_each_master(self, store: EventStore) -> None:
        first, second, gone = stream_name(), stream_name(), stream_name()
        under = [new_key(stream_name(), master=master) for master in (first, first, second)]
        dead = new_key(stream_name(), master=gone)
        await keep(store, *under, dead)
        await erased(store, dead.subject)
        found = {key.master: key for key in await store.key_under_each_master()}
        assert found[first] in [stored(key) for key in under[:2]]
        assert found[second] == stored(under[2])
        assert gone not in found

    async def test_a_check_value_that_is_known_stays(self, store: EventStore) -> None:
        name = stream_name()
        await store.add_key_checks({name: bytes(32)})
        await store.add_key_checks({name: bytes([1]) * 32, f"{name}-2": bytes([2]) * 32})
        known = await store.key_checks()
        assert (known[name], known[f"{name}-2"]) == (bytes(32), bytes([2]) * 32)

    async def test_a_key_is_not_destroyed_before_that_is_on_the_record(self, store: EventStore) -> None:
        key, other = new_key(stream_name()), new_key(stream_name())
        await keep(store, key, other)
        await erased(store, other.subject)
        for subject in (key.subject, other.subject):
            with suppress(StoreError):
                await store.destroy_keys(subject, [key.key_id])
        with pytest.raises(StoreError, match="no erasure of it is on the record"):
            await store.destroy_keys(key.subject, [key.key_id])
        assert await store.read_keys([key.key_id]) == [stored(key)]

    async def test_only_the_keys_that_are_named_are_destroyed(self, store: EventStore) -> None:
        subject = stream_name()
        first, later = new_key(subject), new_key(subject)
        await keep(store, first)
        await erased(store, subject)
        await keep(store, later)
        assert await store.destroy_keys(subject, [first.key_id]) == 0
        assert await store.read_keys([later.key_id]) == [stored(later)]


async def _ids_not_under(store: EventStore, master: str) -> set[UUID]:
    return {key.key_id for key in await store.keys_not_under(master, 100_000)}

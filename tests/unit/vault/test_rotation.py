"""A rotation puts every data key under a new master key while services work, and survives being killed."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from huiyin.common.v1.types_pb2 import Sealed
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.identity.files import CHECK_INTERVAL, KeyFileError
from huiyin_kernel.vault import rotate as rotation
from huiyin_kernel.vault.master import MasterKeys, open_master_keys
from huiyin_kernel.vault.rings import WrongRingError, ensure_ring
from huiyin_kernel.vault.rotate import BATCH, RETIRED_KEPT_FOR, RotationError, rotate
from huiyin_kernel.vault.vault import CACHED_KEY_AGE_MAX, Destroyed, Vault
from huiyin_store.port import StoredKey
from tests.support.erasing import erased
from tests.unit.vault.test_master_keys import base64_of, environment
from tests.unit.vault.vault_support import KeyRows, new_clock, new_master, text


class KilledError(Exception):
    """Stands for the death of the process."""


class DyingRows(KeyRows):
    """A table whose process dies after so many rewrapped keys."""

    def __init__(self, rows: KeyRows, after: int) -> None:
        super().__init__(rows.log)
        self._keys, self._left = rows._keys, after

    async def rewrap_key(self, key: StoredKey) -> None:
        if self._left == 0:
            raise KilledError
        self._left -= 1
        await super().rewrap_key(key)


@pytest.fixture
def clock() -> ManualClock:
    return new_clock()


@pytest.fixture
def master(tmp_path: Path, clock: ManualClock) -> MasterKeys:
    return new_master(tmp_path, clock)


async def filled(
    master: MasterKeys, clock: ManualClock, log: str, count: int
) -> tuple[KeyRows, list[Sealed]]:
    """A table with keys of many cases, and something sealed under each."""
    rows = KeyRows(log)
    sealing = await Vault(rows, master, clock).begin([])
    sealed = [sealing.seal(f"case-{number}", "content", text(f"第{number}件")) for number in range(count)]
    await rows.add(sealing.new_keys)
    return rows, sealed


async def all_open(rows: KeyRows, master: MasterKeys, clock: ManualClock, sealed: Sequence[Sealed]) -> bool:
    opened = await Vault(rows, master, clock).open_many(sealed)
    return opened == [text(f"第{number}件") for number in range(len(sealed))]


def masters_in(*tables: KeyRows) -> set[str]:
    return {row.master for rows in tables for row in rows.rows.values() if row.wrapped is not None}


async def test_all_keys_of_all_logs_come_under_the_new_master(master: MasterKeys, clock: ManualClock) -> None:
    (first, sealed), (second, _) = [await filled(master, clock, log, BATCH * 2 + 3) for log in ("a", "b")]
    told: list[tuple[str, int]] = []
    old = master.ring.active.name
    result = await rotate([first, second], master, lambda log, count: told.append((log, count)))
    assert result.rewrapped == 2 * (BATCH * 2 + 3)
    assert masters_in(first, second) == {result.master}
    assert (result.resumed, result.unreadable, result.retired, result.removed) == (False, (), (old,), ())
    assert told[-1] == ("b", BATCH * 2 + 3)
    assert await all_open(first, master, clock, sealed)


async def test_a_retired_master_is_removed_by_a_later_rotation(
    master: MasterKeys, clock: ManualClock, tmp_path: Path
) -> None:
    rows, sealed = await filled(master, clock, "a", 3)
    old = master.ring.active.name
    await rotate([rows], master)
    clock.set(clock.now() + RETIRED_KEPT_FOR)
    result = await rotate([rows], master)
    assert result.removed == (old,)
    assert [key.name for key in master.ring.keys] == [*result.retired, result.master]
    assert await all_open(rows, new_master(tmp_path, clock), clock, sealed)


@pytest.mark.parametrize("after", [0, 1, BATCH - 1, BATCH, BATCH + 5])
async def test_a_rotation_killed_half_way_goes_on_with_the_same_key(
    master: MasterKeys, clock: ManualClock, tmp_path: Path, after: int
) -> None:
    rows, sealed = await filled(master, clock, "a", BATCH + 10)
    with pytest.raises(KilledError):
        await rotate([DyingRows(rows, after)], master)
    assert await all_open(rows, new_master(tmp_path, clock), clock, sealed)
    again = new_master(tmp_path, clock)
    result = await rotate([rows], again)
    assert (result.resumed, result.rewrapped) == (True, BATCH + 10 - after)
    assert len(again.ring.keys) == 2
    assert masters_in(rows) == {result.master}
    assert await all_open(rows, again, clock, sealed)


async def test_running_services_seal_and_open_throughout(
    master: MasterKeys, clock: ManualClock, tmp_path: Path
) -> None:
    rows, sealed = await filled(master, clock, "a", BATCH * 2)
    service = Vault(rows, new_master(tmp_path, clock), clock)
    fresh: list[Sealed] = []

    async def work() -> None:
        for number in range(20):
            sealing = await service.begin([f"new-{number}"])
            fresh.append(sealing.seal(f"new-{number}", "content", text("新")))
            await rows.add(sealing.new_keys)
            await asyncio.sleep(0)

    _, result = await asyncio.gather(work(), rotate([rows], new_master(tmp_path, clock)))
    clock.set(clock.now() + CACHED_KEY_AGE_MAX)
    assert await service.open_many(fresh) == [text("新")] * 20
    assert await all_open(rows, new_master(tmp_path, clock), clock, sealed)
    sealing = await service.begin(["later"])
    sealing.seal("later", "content", text("后"))
    assert sealing.new_keys[0].master == result.master


async def test_a_key_that_a_slow_service_wrapped_under_the_old_master_is_not_lost(
    master: MasterKeys, clock: ManualClock, tmp_path: Path
) -> None:
    rows, _ = await filled(master, clock, "a", 2)
    service = Vault(rows, new_master(tmp_path, clock), clock)
    sealing = await service.begin(["slow"])
    sealed = sealing.seal("slow", "content", text("慢"))
    await rotate([rows], master)
    await rows.add(sealing.new_keys)  # the append lands after the rotation has ended
    clock.set(clock.now() + RETIRED_KEPT_FOR)
    result = await rotate([rows], master)
    assert masters_in(rows) == {result.master}
    assert await Vault(rows, new_master(tmp_path, clock), clock).open(sealed) == text("慢")


async def test_destroyed_keys_stay_destroyed(master: MasterKeys, clock: ManualClock) -> None:
    rows, sealed = await filled(master, clock, "a", 3)
    await erased(rows, "case-1")
    result = await rotate([rows], master)
    assert result.rewrapped == 2
    assert isinstance(await Vault(rows, master, clock).open(sealed[1]), Destroyed)


async def test_an_unreadable_key_is_reported_and_nothing_is_retired(
    master: MasterKeys, clock: ManualClock
) -> None:
    rows, _ = await filled(master, clock, "a", BATCH + 2)
    spoiled = list(rows.rows)[:BATCH]
    for key_id in spoiled:
        rows.rows[key_id] = rows.rows[key_id]._replace(wrapped=bytes(60))
    result = await rotate([rows], master)
    assert (set(result.unreadable), result.rewrapped, result.retired) == (set(spoiled), 2, ())
    assert (await rotate([rows], master)).master == result.master


async def test_a_wrong_ring_is_told_before_anything_changes(
    master: MasterKeys, clock: ManualClock, tmp_path: Path
) -> None:
    rows, sealed = await filled(master, clock, "a", 10)
    (tmp_path / "other").mkdir()
    other = new_master(tmp_path / "other", clock)
    before = other.ring
    with pytest.raises(WrongRingError, match="a is sealed under another ring"):
        await rotate([rows], other)
    assert other.reload() == before
    assert await all_open(rows, master, clock, sealed)


async def test_a_rotation_remembers_the_new_keys_check_value(master: MasterKeys, clock: ManualClock) -> None:
    rows, _ = await filled(master, clock, "a", 2)
    result = await rotate([rows], master)
    assert result.master in await rows.key_checks()


async def test_more_keys_that_do_not_open_than_an_accident_spoils_stop_the_rotation(
    master: MasterKeys, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "UNREADABLE_MAX", 5)
    rows, _ = await filled(master, clock, "a", 10)
    await ensure_ring(rows, master)
    for key_id in list(rows.rows):
        rows.rows[key_id] = rows.rows[key_id]._replace(wrapped=bytes(60))
    with pytest.raises(RotationError, match="raise an alarm"):
        await rotate([rows], master)


async def test_a_store_that_keeps_something_else_is_noticed(master: MasterKeys, clock: ManualClock) -> None:
    class Forgetful(KeyRows):
        """A table that keeps another key's wrapping than the one it was given."""

        async def rewrap_key(self, key: StoredKey) -> None:
            wrong = master.wrap(key.key_id, key.subject, bytes(32))
            await super().rewrap_key(StoredKey(key.key_id, key.subject, wrong.wrapped, wrong.master))

    rows, _ = await filled(master, clock, "a", 2)
    planted = Forgetful("a")
    planted._keys = rows._keys
    with pytest.raises(RotationError, match="changed in rotation"):
        await rotate([planted], master)
    assert master.ring.unfinished()


async def test_two_rotations_at_once_are_refused(
    master: MasterKeys, clock: ManualClock, tmp_path: Path
) -> None:
    rows, _ = await filled(master, clock, "a", 2)
    with master.lock(), pytest.raises(KeyFileError, match="held by another"):
        await rotate([rows], new_master(tmp_path, clock))


async def test_keys_of_the_environment_are_rewrapped_under_its_last(
    tmp_path: Path, clock: ManualClock
) -> None:
    entries = [f"root:{base64_of(1)}", f"old:{base64_of(2)}"]
    before = open_master_keys(tmp_path, environment(*entries), clock)
    rows, sealed = await filled(before, clock, "a", 3)
    with pytest.raises(KeyFileError, match="add a new key at the end"):
        await rotate([rows], before)
    after = open_master_keys(tmp_path, environment(*entries, f"new:{base64_of(3)}"), clock)
    result = await rotate([rows], after)
    assert (result.master, result.rewrapped, result.retired) == ("new", 3, ())
    alone = open_master_keys(tmp_path, environment(entries[0], f"new:{base64_of(3)}"), clock)
    assert await all_open(rows, alone, clock, sealed)


def test_retired_keys_outlive_the_time_in_which_a_service_notices() -> None:
    assert timedelta(minutes=1) < RETIRED_KEPT_FOR
    assert CHECK_INTERVAL < RETIRED_KEPT_FOR


async def test_an_endless_supply_of_old_keys_is_not_followed_for_ever(
    master: MasterKeys, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stubborn(KeyRows):
        """A table that never keeps a new wrapping."""

        async def rewrap_key(self, key: StoredKey) -> None:
            assert isinstance(key.key_id, UUID)

    monkeypatch.setattr(rotation, "BATCHES_MAX", 3)
    rows, _ = await filled(master, clock, "a", 2)
    planted = Stubborn("a")
    planted._keys = rows._keys
    with pytest.raises(RotationError, match="start the rotation again"):
        await rotate([planted], master)

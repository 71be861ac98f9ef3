"""The vault opens what it sealed and nothing else, and nothing at all once a key is destroyed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Clear, Sealed
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.vault.keys import TamperedError, UnknownKeyError, UnknownMasterKeyError, data_key
from huiyin_kernel.vault.master import MasterKeys
from huiyin_kernel.vault.vault import CACHED_KEY_AGE_MAX, Destroyed, KeyCache, Vault
from tests.support.erasing import erased
from tests.unit.vault.vault_support import KeyRows, new_clock, new_master, person, text

CASE = "case-0192f0c1-0000-7000-8000-000000000001"
PERSON = "person-0192f0c1-0000-7000-8000-000000000002"


@pytest.fixture
def clock() -> ManualClock:
    return new_clock()


@pytest.fixture
def master(tmp_path: Path, clock: ManualClock) -> MasterKeys:
    return new_master(tmp_path, clock)


@pytest.fixture
def rows() -> KeyRows:
    return KeyRows()


@pytest.fixture
def vault(rows: KeyRows, master: MasterKeys, clock: ManualClock) -> Vault:
    return Vault(rows, master, clock)


async def seal(vault: Vault, rows: KeyRows, subject: str, purpose: str, clear: Clear) -> Sealed:
    """Seals one field and makes its key durable, as an append does."""
    sealing = await vault.begin([subject])
    sealed = sealing.seal(subject, purpose, clear)
    vault.remember(sealing, await rows.add(sealing.new_keys))
    return sealed


@pytest.mark.parametrize("clear", [text("反映问题"), text(""), person("张三", "990101199001011234"), Clear()])
async def test_what_was_sealed_opens_again(vault: Vault, rows: KeyRows, clear: Clear) -> None:
    sealed = await seal(vault, rows, PERSON, "petitioner", clear)
    assert await vault.open(sealed) == clear


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(words=st.text(st.characters(exclude_categories=["Cs"])), purpose=st.text("abcdefgh_", min_size=1))
async def test_any_text_opens_again(vault: Vault, rows: KeyRows, words: str, purpose: str) -> None:
    sealed = await seal(vault, rows, CASE, purpose, text(words))
    assert await vault.open(sealed) == text(words)
    if len(words.encode()) > 3:
        assert words.encode() not in sealed.ciphertext


async def test_many_fields_open_with_one_question(
    rows: KeyRows, master: MasterKeys, clock: ManualClock
) -> None:
    sealing = await Vault(rows, master, clock).begin([CASE, PERSON], fresh={CASE, PERSON})
    fields = [sealing.seal(PERSON, "petitioner", person("李四")), sealing.seal(CASE, "content", text("甲"))]
    await rows.add(sealing.new_keys)
    opened = await Vault(rows, master, clock).open_many([*fields, fields[0]])
    assert opened == [person("李四"), text("甲"), person("李四")]
    assert rows.questions == 1


async def test_each_altered_byte_is_noticed(vault: Vault, rows: KeyRows) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("一九八四年"))
    for field in ("nonce", "ciphertext"):
        content = getattr(sealed, field)
        for place in range(len(content)):
            altered = Sealed()
            altered.CopyFrom(sealed)
            setattr(altered, field, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(TamperedError):
                await vault.open(altered)


@pytest.mark.parametrize("field", ["nonce", "ciphertext"])
async def test_a_shortened_or_emptied_field_is_noticed(vault: Vault, rows: KeyRows, field: str) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("一九八四年"))
    for content in (b"", getattr(sealed, field)[:-1]):
        altered = Sealed()
        altered.CopyFrom(sealed)
        setattr(altered, field, content)
        with pytest.raises(TamperedError):
            await vault.open(altered)


async def test_content_does_not_open_for_another_purpose(vault: Vault, rows: KeyRows) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("甲"))
    sealed.purpose = "subject"
    with pytest.raises(TamperedError):
        await vault.open(sealed)


async def test_content_does_not_open_for_another_subject_or_key_id(vault: Vault, rows: KeyRows) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("甲"))
    secret = bytes(32)
    key = data_key(uuid4(), CASE, secret)
    for other in (data_key(key.key_id, PERSON, secret), data_key(uuid4(), CASE, secret)):
        with pytest.raises(TamperedError):
            other.open(key.seal("content", text("甲")))
    await seal(vault, rows, PERSON, "content", text("乙"))
    sealed.key_id = str(next(row.key_id for row in rows.rows.values() if row.subject == PERSON))
    with pytest.raises(TamperedError):
        await vault.open(sealed)


async def test_a_wrapped_key_moved_to_another_subject_is_noticed(
    vault: Vault, rows: KeyRows, master: MasterKeys, clock: ManualClock
) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("甲"))
    row = next(iter(rows.rows.values()))
    rows.rows[row.key_id] = row._replace(subject=PERSON)
    with pytest.raises(TamperedError):
        await Vault(rows, master, clock).open(sealed)


async def test_an_altered_wrapped_key_is_noticed(
    vault: Vault, rows: KeyRows, master: MasterKeys, clock: ManualClock
) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("甲"))
    row = next(iter(rows.rows.values()))
    assert row.wrapped
    for place in range(len(row.wrapped)):
        altered = row.wrapped[:place] + bytes([row.wrapped[place] ^ 1]) + row.wrapped[place + 1 :]
        rows.rows[row.key_id] = row._replace(wrapped=altered)
        with pytest.raises(TamperedError):
            await Vault(rows, master, clock).open(sealed)


async def test_a_key_of_another_vault_is_not_known(vault: Vault) -> None:
    with pytest.raises(UnknownKeyError):
        await vault.open(Sealed(key_id=str(uuid4()), nonce=bytes(12), ciphertext=bytes(32)))


async def test_a_key_id_that_is_none_is_noticed(vault: Vault) -> None:
    with pytest.raises(TamperedError):
        await vault.open(Sealed(key_id="nonsense"))


async def test_a_master_key_that_is_missing_is_named(
    vault: Vault, rows: KeyRows, clock: ManualClock, tmp_path: Path
) -> None:
    sealed = await seal(vault, rows, CASE, "content", text("甲"))
    (tmp_path / "other").mkdir()
    with pytest.raises(UnknownMasterKeyError, match="not in the ring"):
        await Vault(rows, new_master(tmp_path / "other", clock), clock).open(sealed)


async def test_a_destroyed_key_opens_nothing(vault: Vault, rows: KeyRows, clock: ManualClock) -> None:
    sealed = await seal(vault, rows, PERSON, "petitioner", person("王五"))
    other = await seal(vault, rows, CASE, "content", text("甲"))
    assert (await erased(rows, PERSON)).count == 1
    clock.set(clock.now() + CACHED_KEY_AGE_MAX)
    opened = await vault.open(sealed)
    assert isinstance(opened, Destroyed)
    assert opened.subject == PERSON
    assert await vault.open(other) == text("甲")


async def test_every_key_of_a_subject_is_destroyed(vault: Vault, rows: KeyRows, clock: ManualClock) -> None:
    sealings = [await vault.begin([PERSON]) for _ in range(2)]
    fields = [sealing.seal(PERSON, "petitioner", person("王五")) for sealing in sealings]
    for sealing in sealings:
        await rows.add(sealing.new_keys)
    assert (await erased(rows, PERSON)).count == 2
    clock.set(clock.now() + CACHED_KEY_AGE_MAX)
    assert all(isinstance(opened, Destroyed) for opened in await vault.open_many(fields))


async def test_a_key_destroyed_elsewhere_is_forgotten_in_time(
    vault: Vault, rows: KeyRows, clock: ManualClock
) -> None:
    sealed = await seal(vault, rows, PERSON, "petitioner", person("王五"))
    await erased(rows, PERSON)
    clock.set(clock.now() + CACHED_KEY_AGE_MAX)
    assert isinstance(await vault.open(sealed), Destroyed)


async def test_who_was_forgotten_gets_a_new_key_with_a_new_petition(
    vault: Vault, rows: KeyRows, clock: ManualClock
) -> None:
    await seal(vault, rows, PERSON, "petitioner", person("王五"))
    await erased(rows, PERSON)
    clock.set(clock.now() + CACHED_KEY_AGE_MAX)
    later = await seal(vault, rows, PERSON, "petitioner", person("王五"))
    assert await vault.open(later) == person("王五")


async def test_new_subjects_cost_no_question(vault: Vault, rows: KeyRows) -> None:
    sealing = await vault.begin([CASE, PERSON], fresh={CASE, PERSON})
    sealing.seal(CASE, "content", text("甲"))
    sealing.seal(CASE, "subject", text("乙"))
    sealing.seal(PERSON, "petitioner", person("丙"))
    assert rows.questions == 0
    assert [key.subject for key in sealing.new_keys] == [CASE, PERSON]


async def test_known_subjects_keep_their_key(vault: Vault, rows: KeyRows, clock: ManualClock) -> None:
    first = await seal(vault, rows, CASE, "content", text("甲"))
    clock.set(clock.now() + 2 * CACHED_KEY_AGE_MAX)
    second = await seal(vault, rows, CASE, "content", text("乙"))
    third = await seal(vault, rows, CASE, "content", text("丙"))
    assert first.key_id == second.key_id == third.key_id
    assert len(rows.rows) == 1
    assert first.nonce != second.nonce


async def test_a_subject_that_needs_no_key_gets_none(vault: Vault) -> None:
    sealing = await vault.begin([CASE, PERSON])
    sealing.seal(CASE, "content", text("甲"))
    assert [key.subject for key in sealing.new_keys] == [CASE]


@pytest.mark.parametrize("repeated", [False, True])
async def test_only_a_durable_key_is_used_again(vault: Vault, rows: KeyRows, repeated: bool) -> None:
    sealing = await vault.begin([CASE], fresh={CASE})
    sealing.seal(CASE, "content", text("甲"))
    vault.remember(sealing, replace(await rows.add(sealing.new_keys), repeated=repeated))
    later = await vault.begin([CASE], fresh={CASE})
    later.seal(CASE, "content", text("乙"))
    assert len(later.new_keys) == (1 if repeated else 0)


def test_the_cache_is_bounded_and_drops_the_least_used(clock: ManualClock) -> None:
    cache = KeyCache(clock, size=3)
    keys = [data_key(uuid4(), f"case-{number}", bytes(32)) for number in range(4)]
    for key in keys[:3]:
        cache.put(key)
    assert cache.by_id(keys[0].key_id) is keys[0]
    cache.put(keys[3])
    assert len(cache) == 3
    assert cache.by_subject("case-1") is None
    assert cache.by_subject("case-0") is keys[0]


def test_a_clock_set_back_does_not_prolong_a_cached_key(clock: ManualClock) -> None:
    cache = KeyCache(clock)
    key = data_key(uuid4(), CASE, bytes(32))
    cache.put(key)
    clock.set(clock.now() - timedelta(days=1))
    assert cache.by_id(key.key_id) is None

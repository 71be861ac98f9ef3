"""Keys are destroyed by an administrator, by name, with a ground, and only once that is on the record."""

import pytest

from huiyin.vault.v1.events_pb2 import KeysDestroyed
from huiyin_domain.context import Principal, Role
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import decode, decode_metadata
from huiyin_kernel.ids import uuid7
from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.vault.erase import erase
from huiyin_store.port import NewKey
from tests.support.erasing import ADMINISTRATOR, erased
from tests.support.small_policy import OFFICE, POLICY
from tests.unit.vault.vault_support import KeyRows

PERSON = "person-1"


@pytest.fixture
def rows() -> KeyRows:
    return KeyRows()


def new_key(subject: str = PERSON) -> NewKey:
    return NewKey(uuid7(), subject, bytes(60), "a")


def living(rows: KeyRows) -> set[str]:
    return {str(key.key_id) for key in rows.rows.values() if key.wrapped is not None}


async def test_what_is_destroyed_stands_on_the_record_with_who_and_why(rows: KeyRows) -> None:
    mine, others = new_key(), new_key("person-2")
    await rows.add([mine, others])
    done = await erased(rows, PERSON, "order")
    (recorded,) = await rows.read_stream(f"erasure-{PERSON}")
    assert decode(recorded) == KeysDestroyed(subject=PERSON, key_ids=[str(mine.key_id)], ground="order")
    metadata = decode_metadata(recorded)
    assert (metadata.actor.agency, metadata.actor.officer) == (OFFICE, "administrator-01")
    assert (list(metadata.case_ids), list(metadata.audience)) == ([], [])
    assert (done.count, done.position) == (1, recorded.position)
    assert living(rows) == {str(others.key_id)}


async def test_an_erasure_that_ended_half_way_goes_on(rows: KeyRows, monkeypatch: pytest.MonkeyPatch) -> None:
    await rows.add([new_key()])

    async def dies(subject: str, key_ids: object) -> int:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(rows, "destroy_keys", dies)
        with pytest.raises(ConnectionError):
            await erased(rows, PERSON)
    assert len(living(rows)) == 1
    done = await erased(rows, PERSON)
    assert (done.count, done.position) == (1, 0)
    assert living(rows) == set()
    assert len(await rows.read_stream(f"erasure-{PERSON}")) == 1


async def test_keys_of_later_petitions_are_another_erasure(rows: KeyRows) -> None:
    await rows.add([new_key()])
    await erased(rows, PERSON)
    later = new_key()
    await rows.add([later])
    assert living(rows) == {str(later.key_id)}
    assert (await erased(rows, PERSON)).count == 1
    assert len(await rows.read_stream(f"erasure-{PERSON}")) == 2


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_nobody_else_destroys_keys(rows: KeyRows, role: Role) -> None:
    await rows.add([new_key()])
    principal = Principal(OFFICE, "somebody", frozenset({role}))
    with pytest.raises(RefusedError, match="administrator"):
        await erase(rows, POLICY, SystemClock(), principal, PERSON, "request")
    assert len(living(rows)) == 1


async def test_nobody_destroys_keys_without_a_name_or_a_ground(rows: KeyRows) -> None:
    await rows.add([new_key()])
    nameless = Principal(OFFICE, "", frozenset({Role.ADMINISTRATOR}))
    for principal, ground in ((nameless, "request"), (ADMINISTRATOR, ""), (ADMINISTRATOR, "他要求的")):
        with pytest.raises(RefusedError):
            await erase(rows, POLICY, SystemClock(), principal, PERSON, ground)
    assert len(living(rows)) == 1
    assert await rows.read_stream(f"erasure-{PERSON}") == []


async def test_a_subject_without_keys_is_named(rows: KeyRows) -> None:
    with pytest.raises(RefusedError, match="person-9 has no key here"):
        await erased(rows, "person-9")

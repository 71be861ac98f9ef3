"""A vault knows its ring of master keys again, and each service has a ring of its own."""

import json
from pathlib import Path

import pytest

from huiyin_kernel.clock import ManualClock
from huiyin_kernel.home import Home
from huiyin_kernel.identity.files import KeyFileError
from huiyin_kernel.settings import RING_NAMES
from huiyin_kernel.vault.keyring import KeyRing, MasterKey, read_ring, write_ring
from huiyin_kernel.vault.master import MasterKeys, create_key_file, open_master_keys
from huiyin_kernel.vault.rings import (
    SHARED_BEFORE,
    WrongRingError,
    check_values,
    ensure_ring,
    ensure_rings,
    open_ring,
)
from huiyin_kernel.vault.vault import Vault
from tests.unit.vault.test_master_keys import base64_of, environment
from tests.unit.vault.vault_support import KeyRows, new_clock, text

ROOT, FIRST, SECOND = (bytes([number]) * 32 for number in (1, 2, 3))


def ring(*keys: MasterKey, root: bytes = ROOT) -> KeyRing:
    return KeyRing(root, keys or (MasterKey("a", FIRST),))


def opened(path: Path, content: KeyRing) -> MasterKeys:
    """The ring from a file of its own."""
    write_ring(path, content)
    return open_master_keys(path, {}, new_clock())


async def sealed_under(master: MasterKeys, count: int = 1) -> KeyRows:
    """A vault of version 0.1: it has keys, and no check value."""
    rows = KeyRows()
    sealing = await Vault(rows, master, new_clock()).begin([])
    for number in range(count):
        sealing.seal(f"case-{number}", "content", text("甲"))
    await rows.add(sealing.new_keys)
    return rows


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.make()
    return made


async def test_a_new_vault_remembers_the_ring_that_it_was_first_opened_with(tmp_path: Path) -> None:
    rows, master = KeyRows(), opened(tmp_path / "ring", ring())
    await ensure_ring(rows, master)
    await ensure_ring(rows, master)
    assert await rows.key_checks() == check_values(master.ring)


async def test_check_values_say_nothing_of_the_secrets(tmp_path: Path) -> None:
    values = check_values(ring())
    assert not {ROOT, FIRST} & set(values.values())
    assert len(set(values.values())) == 2


@pytest.mark.parametrize(
    "wrong, said",
    [
        (ring(root=bytes(32)), "root secret is another"),
        (ring(MasterKey("a", SECOND)), "key a is another"),
        (ring(MasterKey("b", SECOND)), "no key a"),
    ],
)
async def test_another_ring_is_refused_with_the_way_out(tmp_path: Path, wrong: KeyRing, said: str) -> None:
    right = opened(tmp_path / "right", ring())
    rows = await sealed_under(right)
    await ensure_ring(rows, right)
    with pytest.raises(WrongRingError, match=rf"intake@990000 is .*{said}.*: put back the ring"):
        await ensure_ring(rows, opened(tmp_path / "wrong", wrong))
    assert await rows.key_checks() == check_values(right.ring)


async def test_a_vault_of_version_0_1_learns_its_ring_from_a_key_that_it_opens(tmp_path: Path) -> None:
    right = opened(tmp_path / "right", ring())
    rows = await sealed_under(right)
    with pytest.raises(WrongRingError, match="does not open the data key"):
        await ensure_ring(rows, opened(tmp_path / "wrong", ring(MasterKey("a", SECOND))))
    assert await rows.key_checks() == {}
    await ensure_ring(rows, right)
    assert await rows.key_checks() == check_values(right.ring)


async def test_a_spoiled_data_key_does_not_make_the_ring_a_wrong_one(tmp_path: Path) -> None:
    master = opened(tmp_path / "ring", ring())
    rows = await sealed_under(master)
    await ensure_ring(rows, master)
    rows.rows.update({key_id: key._replace(wrapped=bytes(60)) for key_id, key in rows.rows.items()})
    await ensure_ring(rows, master)


async def test_a_ring_whose_keys_were_rotated_is_still_the_vaults_own(tmp_path: Path) -> None:
    master = opened(tmp_path / "ring", ring())
    rows = await sealed_under(master)
    await ensure_ring(rows, master)
    later = opened(tmp_path / "later", ring(MasterKey("a", FIRST), MasterKey("b", SECOND)))
    await ensure_ring(rows, later)
    assert set(await rows.key_checks()) == {"root", "a", "b"}


def test_a_running_service_refuses_a_ring_in_which_a_key_changed(tmp_path: Path) -> None:
    master = opened(tmp_path / "ring", ring())
    write_ring(tmp_path / "ring", ring(MasterKey("a", SECOND)))
    with pytest.raises(KeyFileError, match="master key a changed"):
        master.reload()


def test_each_service_has_a_ring_of_its_own(home: Home, clock: ManualClock) -> None:
    ensure_rings(home, clock)
    rings = [read_ring(home.ring(name)) for name in RING_NAMES]
    secrets = {secret for one in rings for secret in (one.root, *(key.secret for key in one.keys))}
    assert len(secrets) == 2 * len(RING_NAMES)
    assert home.rings.stat().st_mode & 0o077 == 0


def test_made_again_rings_stay_as_they_are(home: Home, clock: ManualClock) -> None:
    ensure_rings(home, clock)
    before = [home.ring(name).read_bytes() for name in RING_NAMES]
    ensure_rings(home, clock)
    assert [home.ring(name).read_bytes() for name in RING_NAMES] == before


def test_the_ring_that_all_services_shared_becomes_that_of_each(home: Home, clock: ManualClock) -> None:
    create_key_file(home.shared_ring, clock)
    shared = read_ring(home.shared_ring)
    ensure_rings(home, clock)
    assert [read_ring(home.ring(name)) for name in RING_NAMES] == [shared] * len(RING_NAMES)
    assert not home.shared_ring.exists()
    assert read_ring(home.secrets / SHARED_BEFORE) == shared


def test_handing_the_shared_ring_out_goes_on_where_it_ended(home: Home, clock: ManualClock) -> None:
    create_key_file(home.shared_ring, clock)
    shared = read_ring(home.shared_ring)
    home.rings.mkdir()
    write_ring(home.ring("intake"), shared)
    ensure_rings(home, clock)
    assert read_ring(home.ring("exchange")) == shared


def test_of_the_environment_a_service_takes_its_own_ring(home: Home, clock: ManualClock) -> None:
    one = environment(f"root:{base64_of(1)}", f"all:{base64_of(2)}")
    own = environment(f"root:{base64_of(3)}", f"own:{base64_of(4)}")
    given = {**one, "HUIYIN_MASTER_KEY_INTAKE": own["HUIYIN_MASTER_KEY"]}
    assert open_ring(home, "intake", given, clock).ring.active.name == "own"
    assert open_ring(home, "judicial", given, clock).ring.active.name == "all"


def test_a_ring_in_which_nothing_is_secret_any_more_is_refused(home: Home, clock: ManualClock) -> None:
    ensure_rings(home, clock)
    content = json.loads(home.ring("intake").read_text())
    home.ring("intake").chmod(0o644)
    with pytest.raises(KeyFileError, match="chmod 600") as caught:
        open_ring(home, "intake", {}, clock)
    assert content["root"] not in str(caught.value)


@pytest.fixture
def clock() -> ManualClock:
    return new_clock()

"""Master keys come from a private file or the environment, and say clearly when they cannot be used."""

import base64
import json
import os
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from huiyin_kernel.clock import ManualClock
from huiyin_kernel.identity.files import CHECK_INTERVAL, KeyFileError
from huiyin_kernel.vault.keyring import ENVIRONMENT_VARIABLE
from huiyin_kernel.vault.master import create_key_file, open_master_keys
from huiyin_store.port import NewKey, StoredKey
from tests.unit.vault.vault_support import new_clock, new_master

CASE = "case-1"


def base64_of(byte: int, length: int = 32) -> str:
    return base64.b64encode(bytes([byte]) * length).decode()


def environment(*entries: str) -> dict[str, str]:
    return {ENVIRONMENT_VARIABLE: ",".join(entries)}


def stored(key: NewKey) -> StoredKey:
    return StoredKey(key.key_id, key.subject, key.wrapped, key.master)


@pytest.fixture
def clock() -> ManualClock:
    return new_clock()


def test_a_key_file_is_made_once_and_is_private(tmp_path: Path, clock: ManualClock) -> None:
    path = tmp_path / "master.key"
    create_key_file(path, clock)
    before = path.read_bytes()
    create_key_file(path, clock)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, clock: ManualClock, mode: int) -> None:
    new_master(tmp_path, clock)
    (tmp_path / "master.key").chmod(mode)
    with pytest.raises(KeyFileError, match="chmod 600"):
        open_master_keys(tmp_path / "master.key", {}, clock)


def test_a_missing_key_file_is_named(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(KeyFileError, match=r"master\.key cannot be read"):
        open_master_keys(tmp_path / "master.key", {}, clock)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        json.dumps({"root": base64_of(1), "keys": []}),
        json.dumps({"root": base64_of(1, 31), "keys": [{"name": "a", "secret": base64_of(2)}]}),
        json.dumps({"root": base64_of(1), "keys": [{"name": "a", "secret": "c2VjcmV0!"}]}),
        json.dumps({"root": base64_of(1), "keys": [{"name": "a", "secret": base64_of(2)}] * 2}),
        json.dumps({"root": base64_of(1), "keys": [{"name": "a", "secret": base64_of(2), "spare": 1}]}),
    ],
)
def test_a_wrong_key_file_is_refused_without_repeating_it(
    tmp_path: Path, clock: ManualClock, content: str
) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError, match="no ring of master keys") as caught:
        open_master_keys(path, {}, clock)
    assert base64_of(2) not in str(caught.value)
    assert "c2VjcmV0" not in str(caught.value)


def test_the_last_key_of_the_environment_wraps_and_all_unwrap(tmp_path: Path, clock: ManualClock) -> None:
    root, old, new = f"root:{base64_of(1)}", f"old:{base64_of(2)}", f"new:{base64_of(3)}"
    before = open_master_keys(tmp_path / "none", environment(root, old), clock)
    after = open_master_keys(tmp_path / "none", environment(root, old, new), clock)
    key = before.wrap(uuid4(), CASE, bytes(32))
    assert key.master == "old"
    assert after.unwrap(stored(key)) == bytes(32)
    assert after.wrap(uuid4(), CASE, bytes(32)).master == "new"


@pytest.mark.parametrize(
    "entries, said",
    [
        (["old"], "has no name"),
        ([f"old:{base64_of(2)}"], "named root"),
        ([f"root:{base64_of(1)}"], "must hold master keys"),
        ([f"root:{base64_of(1)}", f"old:{base64_of(2, 16)}"], "16 bytes"),
    ],
)
def test_a_wrong_environment_is_refused(
    tmp_path: Path, clock: ManualClock, entries: list[str], said: str
) -> None:
    with pytest.raises(KeyFileError, match=said):
        open_master_keys(tmp_path / "none", environment(*entries), clock)


def test_keys_of_the_environment_are_changed_only_there(tmp_path: Path, clock: ManualClock) -> None:
    master = open_master_keys(tmp_path, environment(f"root:{base64_of(1)}", f"old:{base64_of(2)}"), clock)
    with pytest.raises(KeyFileError, match="add a new key at the end"):
        master.add_new()


def test_a_running_service_finds_a_key_that_another_process_added(tmp_path: Path, clock: ManualClock) -> None:
    service, rotation = new_master(tmp_path, clock), new_master(tmp_path, clock)
    name = rotation.add_new()
    key = rotation.wrap(uuid4(), CASE, bytes(32))
    assert service.unwrap(stored(key)) == bytes(32)
    assert service.wrap(uuid4(), CASE, bytes(32)).master == name


def test_a_running_service_wraps_under_a_new_key_within_the_interval(
    tmp_path: Path, clock: ManualClock
) -> None:
    service, rotation = new_master(tmp_path, clock), new_master(tmp_path, clock)
    name = rotation.add_new()
    clock.set(clock.now() + CHECK_INTERVAL)
    assert service.wrap(uuid4(), CASE, bytes(32)).master == name


def test_a_running_service_keeps_its_keys_when_the_file_is_spoiled(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    service = new_master(tmp_path, clock)
    key = service.wrap(uuid4(), CASE, bytes(32))
    (tmp_path / "master.key").write_text("spoiled")
    clock.set(clock.now() + CHECK_INTERVAL)
    assert service.wrap(uuid4(), CASE, bytes(32)).master == key.master
    assert "no ring of master keys" in caplog.text


def test_another_root_is_refused(tmp_path: Path, clock: ManualClock) -> None:
    service = new_master(tmp_path, clock)
    (tmp_path / "master.key").unlink()
    create_key_file(tmp_path / "master.key", clock)
    with pytest.raises(KeyFileError, match="root secret changed"):
        service.reload()


def test_nothing_shows_a_secret_by_accident(tmp_path: Path, clock: ManualClock) -> None:
    ring = new_master(tmp_path, clock).ring
    secret = json.loads((tmp_path / "master.key").read_text())["root"]
    assert secret not in repr(ring)
    assert repr(base64.b64decode(secret)) not in repr(ring)


def test_a_crash_before_the_rename_leaves_the_old_file(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    master = new_master(tmp_path, clock)
    before = (tmp_path / "master.key").read_bytes()

    def crash(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="no space"):
        master.add_new()
    assert (tmp_path / "master.key").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"master.key", "master.key.lock"}


def test_retired_keys_unwrap_until_they_are_removed(tmp_path: Path, clock: ManualClock) -> None:
    master = new_master(tmp_path, clock)
    key = master.wrap(uuid4(), CASE, bytes(32))
    master.add_new()
    assert master.retire_older(timedelta(hours=1)) == ((key.master,), ())
    assert master.unwrap(stored(key)) == bytes(32)
    clock.set(clock.now() + timedelta(hours=1))
    assert master.retire_older(timedelta(hours=1)) == ((), (key.master,))

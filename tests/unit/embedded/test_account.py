"""As root the server gets an ordinary user, closed folders are noticed, and nobody's permissions change."""

import os
from pathlib import Path

import pytest

from huiyin_launcher.embedded import account
from huiyin_launcher.embedded.claim import AccountError

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands over to another user")


@pytest.mark.skipif(os.geteuid() == 0, reason="root does not stay itself")
def test_an_ordinary_user_runs_the_server_as_themselves(tmp_path: Path) -> None:
    assert account.choose(tmp_path / "data", tmp_path) == account.Account(
        os.geteuid(), os.getegid(), change=False
    )


@as_root
def test_root_hands_over_and_passes_closed_folders_without_opening_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    chosen = account.choose(closed / "data", closed)
    assert chosen.change
    assert chosen.user != 0
    assert chosen.search
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_root_without_the_right_to_pass_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "_may_give_search", lambda: False)
    tmp_path.chmod(0o700)
    with pytest.raises(AccountError, match=r"cannot reach .* start as an ordinary user"):
        account.choose(tmp_path / "data", tmp_path)


@as_root
def test_the_owner_of_existing_data_stays_its_user(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    os.chown(data, 65534, 65534)
    assert account.choose(data, tmp_path).user == 65534
    os.chown(data, 54321, 54321)
    with pytest.raises(AccountError, match="user number 54321, who is not known"):
        account.choose(data, tmp_path)

"""Settings come from the environment, keep their bounds, and say what is wrong without repeating secrets."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from huiyin_kernel.home import Home, default_home
from huiyin_kernel.settings import SERVICE_NAMES, Settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUIYIN_HOME", str(tmp_path))
    for name in ("HUIYIN_DATABASE_URL", "HUIYIN_REGION"):
        monkeypatch.delenv(name, raising=False)


def test_everything_has_a_default_and_listens_on_loopback() -> None:
    settings = Settings()
    assert settings.log_name("intake") == "intake@990000"
    assert [settings.listen_address(name) for name in SERVICE_NAMES] == [
        f"127.0.0.1:{port}" for port in (7101, 7102, 7103, 7104, 7105, 7106)
    ]


def test_a_nested_setting_is_named_with_two_underscores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_LIMITS__DEADLINE_SECONDS", "60")
    monkeypatch.setenv("HUIYIN_ADDRESSES__INTAKE", "intake.example:8101")
    settings = Settings()
    assert settings.limits.deadline_seconds == 60.0
    assert settings.addresses.of("intake") == "intake.example:8101"
    assert settings.listen_address("intake") == "127.0.0.1:8101"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("HUIYIN_REGION", "北京", "should match pattern"),
        ("HUIYIN_LIMITS__REQUEST_BYTES_MAX", "1", "greater than or equal to 1024"),
        ("HUIYIN_LIMITS__NO_SUCH_LIMIT", "1", "Extra inputs are not permitted"),
        ("HUIYIN_ADDRESSES__INTAKE", "7101", "is not host:port"),
        ("HUIYIN_POSTGRES_PORT", "65536", "less than or equal to 65535"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=said):
        Settings()


def test_the_database_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIYIN_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1/x")
    settings = Settings()
    assert "hunter2" not in repr(settings) + str(settings)
    assert settings.database_url is not None
    assert "hunter2" in settings.database_url.get_secret_value()


def test_home_is_beside_the_virtualenv_else_in_the_users_data_folder() -> None:
    assert default_home("/opt/huiyin/.venv", {}) == Path("/opt/huiyin/var")
    assert default_home("/usr", {"XDG_DATA_HOME": "/data"}) == Path("/data/huiyin")
    assert default_home("/usr", {"HOME": "/opt/me"}) == Path("/opt/me/.local/share/huiyin")


def test_folders_with_secrets_are_closed_to_others(tmp_path: Path) -> None:
    home = Home(tmp_path / "new" / "home")
    home.make()
    home.make()
    assert [folder.stat().st_mode & 0o077 for folder in (home.identity, home.secrets)] == [0, 0]
    assert home.logs.is_dir()

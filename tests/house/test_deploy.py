"""The files for running in containers are whole, agree with the settings, and open nothing to the network."""

import re
from typing import Any

import yaml

from huiyin_kernel.settings import SERVICE_NAMES, Addresses, Settings
from tests.house.tree import ROOT


def compose() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def test_every_port_is_published_on_loopback_and_is_a_services_own() -> None:
    published = compose()["services"]["platform"]["ports"]
    ports = [Addresses().port(name) for name in SERVICE_NAMES]
    assert published == [f"127.0.0.1:{port}:{port}" for port in ports]
    assert "ports" not in compose()["services"]["postgres"]


def test_the_environment_names_settings_that_exist() -> None:
    given = compose()["services"]["platform"]["environment"]
    assert {name.removeprefix("HUIYIN_").lower() for name in given} <= set(Settings.model_fields)


def test_no_password_is_written_down() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"POSTGRES_PASSWORD: (\S+)", text) == ["${POSTGRES_PASSWORD:?set"]


def test_volumes_that_are_mounted_are_declared() -> None:
    content = compose()
    mounted = {
        volume.split(":")[0] for service in content["services"].values() for volume in service["volumes"]
    }
    assert mounted == set(content["volumes"])


def test_the_image_copies_what_exists() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    copied = [
        word for line in re.findall(r"^COPY \S+ (.*) \S+$", text, re.MULTILINE) for word in line.split()
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied)

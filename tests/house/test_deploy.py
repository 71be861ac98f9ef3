"""The files for running in containers are whole, agree with the settings, and open nothing to the network."""

import re
from typing import Any

import pytest
import yaml

from huiyin_kernel.brokers.containers import CONFIG, DATA, PLAN
from huiyin_kernel.brokers.jars import FOLDER_VARIABLE, JarSet
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, KafkaSettings, Settings
from tests.house.tree import ROOT

BROKERS = ("kafka-1", "kafka-2", "kafka-3")
IN_CLUSTER_MODE = (*BROKERS, "identities")


def compose() -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def service(name: str) -> dict[str, Any]:
    found = compose()["services"][name]
    assert isinstance(found, dict)
    return found


def dockerfile() -> str:
    return (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def test_the_platforms_ports_are_those_of_its_services() -> None:
    ports = [Addresses().port(name) for name in SERVICE_NAMES]
    assert service("platform")["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports]


def test_each_broker_is_reached_from_this_machine_on_the_port_that_it_tells_clients() -> None:
    told = [[f"127.0.0.1:{place.outside}:{place.outside}"] for place in PLAN.places]
    assert [service(name)["ports"] for name in BROKERS] == told


def test_no_port_is_open_to_the_network() -> None:
    published = [port for each in compose()["services"].values() for port in each.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_environment_names_settings_that_exist() -> None:
    given = service("platform")["environment"]
    names = {name.removeprefix("HUIYIN_").lower().partition("__")[0] for name in given}
    assert names <= set(Settings.model_fields)


def test_the_page_about_cluster_mode_names_settings_and_files_that_exist() -> None:
    page = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"HUIYIN_(\w+)", page) if f"HUIYIN_{name}" != FOLDER_VARIABLE}
    tops = {name.lower().partition("__")[0] for name in named}
    nested = {name.lower().partition("__")[2] for name in named if name.startswith("KAFKA__")}
    assert tops <= set(Settings.model_fields)
    assert nested
    assert nested <= set(KafkaSettings.model_fields)
    assert all((ROOT / path).exists() for path in re.findall(r"`(deploy/[\w/.]+)`", page))


def test_no_password_is_written_down() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    assert re.findall(r"POSTGRES_PASSWORD: (\S+)", text) == ["${POSTGRES_PASSWORD:?set"]


def test_volumes_that_are_mounted_are_declared() -> None:
    content = compose()
    mounted = {
        volume.split(":")[0] for each in content["services"].values() for volume in each.get("volumes", ())
    }
    assert mounted == set(content["volumes"])


def test_without_the_profile_it_is_the_embedded_default() -> None:
    content = compose()["services"]
    assert {name for name, each in content.items() if "profiles" in each} == set(IN_CLUSTER_MODE)
    bootstrap = content["platform"]["environment"]["HUIYIN_KAFKA__BOOTSTRAP"]
    assert bootstrap == f"${{COMPOSE_PROFILES:+{PLAN.bootstrap}}}"
    assert content["platform"]["depends_on"]["identities"]["required"] is False


@pytest.mark.parametrize("name", BROKERS)
def test_a_broker_is_the_pinned_kafka_and_sees_its_own_folder_only(name: str) -> None:
    broker = service(name)
    assert broker["image"] == f"apache/kafka:{JarSet().version()}"
    config, records = broker["volumes"]
    assert config == f"{name}:{CONFIG}:ro"
    assert records == f"records-{name[-1]}:{DATA.parent}"
    assert f"{CONFIG}/server.properties" in broker["command"][0]
    assert f"{name}:/var/lib/huiyin-kafka/{name[-1]}" in service("identities")["volumes"]


def test_the_image_copies_what_exists() -> None:
    copied = [
        word
        for line in re.findall(r"^COPY \S+ (.*) \S+$", dockerfile(), re.MULTILINE)
        for word in line.split()
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied)


def test_the_image_holds_what_cluster_mode_needs() -> None:
    assert "RUN requirements/bootstrap.sh cluster" in dockerfile()
    mounted = [volume.split(":")[1] for volume in service("identities")["volumes"]]
    assert all(folder in dockerfile() for folder in mounted)

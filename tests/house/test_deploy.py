"""The files for running in containers are whole, agree with the settings, and open nothing to the network."""

import re
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from huiyin_cli.installation import PROCESSES, owner_of
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, KafkaSettings, ServiceName, Settings
from huiyin_launcher.brokers.containers import CONFIG, DATA, PLAN
from huiyin_launcher.brokers.jars import FOLDER_VARIABLE, JarSet
from tests.house.tree import ROOT

BROKERS = ("kafka-1", "kafka-2", "kafka-3")
BEHIND = ("relay-1", "relay-2", "worker-1", "worker-2")
IN_CLUSTER_MODE = (*BROKERS, *BEHIND, "identities", "topics")
FOLDS = "streams-folds"
RUNNING = (*SERVICE_NAMES, FOLDS, *BEHIND)
"""Containers with a process of the platform."""
ADMINISTRATORS = ("prepare", "topics", "cli", "identities")
"""Containers that an administrator works in, or that end before anything runs."""
FIRST_USER = 10011


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


@pytest.mark.parametrize("name", SERVICE_NAMES)
def test_a_service_is_reached_from_this_machine_on_its_own_port(name: ServiceName) -> None:
    port = Addresses().port(name)
    assert service(name)["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert service(name)["environment"][f"HUIYIN_ADDRESSES__{name.upper()}"] == f"{name}:{port}"


@pytest.mark.parametrize("name", RUNNING)
def test_a_process_runs_as_a_user_of_its_own_and_sees_its_own_secrets_alone(name: str) -> None:
    container, process = service(name), name.partition("-")[0]
    owner = owner_of(process, FIRST_USER)
    assert owner is not None
    assert container["user"] == f"{owner.user}:{owner.group}"
    assert container["volumes"] == [f"{process}:/var/lib/huiyin"]
    assert container["cap_drop"] == ["ALL"]
    behind = {"relay": "huiyin_relay", "worker": "huiyin_streams.faust_host"}
    module = behind.get(process, f"huiyin_{process}") + (".fold_host" if name == FOLDS else "")
    assert container["entrypoint"] == [".venv/bin/python", "-m", module]
    assert find_spec(module) is not None


def test_no_user_runs_two_kinds_of_process_and_none_of_them_is_an_administrator() -> None:
    kinds = {name.partition("-")[0] for name in RUNNING}
    users = {service(name)["user"] for name in RUNNING}
    assert kinds == set(PROCESSES)
    assert len(users) == len(kinds)
    assert not users & {service(name)["user"] for name in ADMINISTRATORS}


def test_the_folder_of_each_process_is_filled_by_who_prepares_them_and_seen_by_nobody_else() -> None:
    prepare = service("prepare")
    assert prepare["command"] == ["prepare", "/var/lib/huiyin-processes", "--first-user", str(FIRST_USER)]
    handed = [f"{name}:/var/lib/huiyin-processes/{name}" for name in PROCESSES]
    assert prepare["volumes"] == ["home:/var/lib/huiyin", *handed]
    for process in PROCESSES:
        seeing = {name for name, each in compose()["services"].items() if _mounts(each, process)}
        assert seeing == {"prepare", *(name for name in RUNNING if name.partition("-")[0] == process)}


def test_the_administrators_folder_is_seen_by_no_process() -> None:
    seeing = {name for name, each in compose()["services"].items() if _mounts(each, "home")}
    assert seeing == set(ADMINISTRATORS)


def _mounts(container: dict[str, Any], volume: str) -> bool:
    return any(each.split(":")[0] == volume for each in container.get("volumes", ()))


def test_only_the_database_and_who_prepares_it_know_the_administrators_password() -> None:
    knowing = {name for name, each in compose()["services"].items() if "PASSWORD" in str(each)}
    assert knowing == {"postgres", "prepare"}


def test_no_process_has_a_secret_in_its_environment() -> None:
    for name in RUNNING:
        given = service(name)["environment"]
        assert not [each for each in given if "DATABASE_URL" in each or "MASTER_KEY" in each]


def test_a_unit_of_systemd_runs_a_service_as_its_user_with_its_own_folder_alone() -> None:
    unit = (ROOT / "deploy" / "systemd" / "huiyin@.service").read_text(encoding="utf-8")
    settings = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and line[0] != "#")
    assert settings["User"] == "huiyin-%i"
    assert settings["Environment"] == "HUIYIN_HOME=/var/lib/huiyin-processes/%i"
    assert settings["ExecStart"].endswith("-m huiyin_%i")
    assert settings["ReadWritePaths"] == "/var/lib/huiyin-processes/%i"
    assert settings["NoNewPrivileges"] == "yes"
    assert settings["CapabilityBoundingSet"] == ""
    assert f"--first-user {FIRST_USER}" in unit


def test_each_broker_is_reached_from_this_machine_on_the_port_that_it_tells_clients() -> None:
    told = [[f"127.0.0.1:{place.outside}:{place.outside}"] for place in PLAN.places]
    assert [service(name)["ports"] for name in BROKERS] == told


def test_no_port_is_open_to_the_network() -> None:
    published = [port for each in compose()["services"].values() for port in each.get("ports", ())]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_environment_names_settings_that_exist() -> None:
    given = {name for each in (*RUNNING, *ADMINISTRATORS) for name in service(each).get("environment", ())}
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
    assert re.findall(r"postgresql://huiyin_admin:(\S+?)@", text.replace(" it in .env", "")) == [
        "${POSTGRES_PASSWORD:?set}"
    ]


def test_volumes_that_are_mounted_are_declared() -> None:
    content = compose()
    mounted = {
        volume.split(":")[0] for each in content["services"].values() for volume in each.get("volumes", ())
    }
    assert mounted == set(content["volumes"])


def test_without_the_profile_it_is_the_embedded_default() -> None:
    content = compose()["services"]
    in_profile = {name for name, each in content.items() if each.get("profiles") == ["cluster"]}
    assert in_profile == set(IN_CLUSTER_MODE)
    assert {name for name, each in content.items() if "profiles" not in each} == {
        *SERVICE_NAMES, FOLDS, "postgres", "prepare",
    }  # fmt: skip
    for name in SERVICE_NAMES:
        bootstrap = content[name]["environment"]["HUIYIN_KAFKA__BOOTSTRAP"]
        assert bootstrap == f"${{COMPOSE_PROFILES:+{PLAN.bootstrap}}}"


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

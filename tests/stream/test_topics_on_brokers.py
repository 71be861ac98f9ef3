"""`huiyin topics` makes a real broker as the catalogue says, finds every drift, and loses nothing."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType
from typer.testing import CliRunner

from huiyin_cli.main import app
from huiyin_kafka.admin import open_admin
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.topics.catalogue import read_catalogue
from huiyin_kafka.topics.differences import DifferenceKind
from huiyin_kafka.topics.grants import Grant, add_grants, found_grants, remove_grants
from huiyin_kafka.topics.names import WARNINGS, WORKER_PREFIX, events_topic, inbox_topic
from huiyin_kafka.topics.reconcile import apply_topics, compare_topics, look
from huiyin_kernel.settings import Settings
from tests.house.tree import ROOT
from tests.support.catalogue_topics import as_new, delete_topics, empty, wait_for
from tests.support.kafka import running_brokers

CODE = "11990101000000262Q"
AGENCIES = f"{CODE},12990101000000385N"
"""Two are enough here; that all of a directory fit in is seen in test_topic_access.py."""
INBOX, INTAKE, JUDICIAL = inbox_topic(CODE), events_topic("intake"), events_topic("judicial")
GIVEN = Grant("relay", "TOPIC", INTAKE, "WRITE")
TAKEN = Grant(CODE, "TOPIC", "*", "READ")
OF_OTHERS = Grant("metering", "TOPIC", "hui", "READ", prefixed=True)

Plant = Callable[[Settings], None]


def with_kafka(settings: Settings, **changes: Any) -> Settings:
    """The same with other settings of Kafka."""
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update=changes)})


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a broker of this file's own: here topics go away under everybody's feet."""
    with running_brokers(tmp_path_factory.mktemp("topics") / "home", nodes=1) as started:
        yield with_kafka(started.settings, agencies=AGENCIES)


@pytest.fixture
def applied(cluster: Settings) -> Settings:
    """The same, as the catalogue says."""
    apply_topics(cluster)
    return cluster


def differences(settings: Settings) -> list[tuple[DifferenceKind, str, bool]]:
    """What differs, about what, and whether it is left to a person."""
    return [(each.kind, each.subject, each.is_refused) for each in compare_topics(settings).differences]


def gone(settings: Settings) -> None:
    delete_topics(settings, [INBOX])


def made(partitions: int, topic: str = WARNINGS) -> Plant:
    """Plants a topic with another number of partitions, without any setting of its own."""

    def plant(settings: Settings) -> None:
        delete_topics(settings, [topic])
        with open_admin(settings) as admin:
            shape = {"num_partitions": partitions, "replication_factor": 1}
            admin.create_topics({topic: shape}, wait_for_metadata=True)

    return plant


def configured(topic: str, key: str, value: str) -> Plant:
    """Plants a setting."""

    def plant(settings: Settings) -> None:
        with open_admin(settings) as admin:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {key: value})])
            wait_for(lambda: look(admin).topics[topic].configs.get(key) == value, key)

    return plant


def granted(grant: Grant) -> Plant:
    """Plants a right."""

    def plant(settings: Settings) -> None:
        with open_admin(settings) as admin:
            add_grants(admin, [grant])
            wait_for(lambda: grant in found_grants(admin), str(grant))

    return plant


def denied(grant: Grant) -> Plant:
    """Takes a right away."""

    def plant(settings: Settings) -> None:
        with open_admin(settings) as admin:
            remove_grants(admin, [grant])
            wait_for(lambda: grant not in found_grants(admin), str(grant))

    return plant


def write(settings: Settings, topic: str) -> None:
    """Puts one record into each of a topic's first partition."""
    with closing(KafkaProducer(**client_options(settings, "service@cli"))) as producer:
        producer.send(topic, key=b"case", value=b"event", partition=0).get(10)


DRIFTS: dict[str, tuple[Plant, tuple[DifferenceKind, str]]] = {
    "a topic is gone": (gone, (DifferenceKind.TOPIC_MISSING, INBOX)),
    "records would be deleted": (configured(INTAKE, "retention.ms", "1000"), (DifferenceKind.CONFIG, INTAKE)),
    "one copy is enough": (configured(INTAKE, "max.message.bytes", "1024"), (DifferenceKind.CONFIG, INTAKE)),
    "a setting of somebody's": (configured(INTAKE, "segment.ms", "1000"), (DifferenceKind.CONFIG, INTAKE)),
    "a right is gone": (denied(GIVEN), (DifferenceKind.GRANT_MISSING, str(GIVEN))),
    "a right too many": (granted(TAKEN), (DifferenceKind.GRANT_EXTRA, str(TAKEN))),
}


def test_an_empty_broker_gets_all_and_a_second_time_nothing_changes(cluster: Settings) -> None:
    empty(cluster)
    first = compare_topics(cluster)
    assert {each.kind for each in first.differences} == {
        DifferenceKind.TOPIC_MISSING,
        DifferenceKind.GRANT_MISSING,
    }
    assert len(first.differences) == first.topic_count + first.grant_count
    assert apply_topics(cluster).differences == first.differences
    assert differences(cluster) == []
    assert apply_topics(cluster).differences == ()


def test_two_that_apply_at_the_same_time_do_each_other_no_harm(cluster: Settings) -> None:
    empty(cluster)
    with ThreadPoolExecutor(2) as two:
        assert [each.refused for each in two.map(apply_topics, [cluster, cluster])] == [(), ()]
    assert differences(cluster) == []


@pytest.mark.parametrize("plant, expected", DRIFTS.values(), ids=DRIFTS.keys())
def test_a_planted_drift_is_found_and_mended(
    applied: Settings, plant: Plant, expected: tuple[DifferenceKind, str]
) -> None:
    plant(applied)
    assert differences(applied) == [(*expected, False)]
    assert len(apply_topics(applied).differences) == 1
    assert differences(applied) == []


def test_a_topic_without_records_gets_its_partitions_and_settings(applied: Settings) -> None:
    made(1)(applied)
    kinds = {kind for kind, topic, refused in differences(applied) if topic == WARNINGS and not refused}
    assert kinds == {DifferenceKind.PARTITIONS, DifferenceKind.CONFIG}
    apply_topics(applied)
    assert differences(applied) == []


@pytest.mark.parametrize("partitions", [3, 12])
def test_partitions_of_a_topic_with_records_are_left_as_they_are(applied: Settings, partitions: int) -> None:
    made(partitions, JUDICIAL)(applied)
    write(applied, JUDICIAL)
    apply_topics(applied)
    assert differences(applied) == [(DifferenceKind.PARTITIONS, JUDICIAL, True)]
    as_new(applied, JUDICIAL)


def test_a_topic_of_another_cleanup_with_records_is_left_as_it_is(applied: Settings) -> None:
    write(applied, WARNINGS)
    configured(WARNINGS, "cleanup.policy", "delete")(applied)
    apply_topics(applied)
    assert differences(applied) == [(DifferenceKind.CONFIG, WARNINGS, True)]
    as_new(applied, WARNINGS)


def test_a_right_of_another_system_is_told_and_left(applied: Settings) -> None:
    granted(OF_OTHERS)(applied)
    apply_topics(applied)
    assert differences(applied) == [(DifferenceKind.GRANT_OF_OTHERS, str(OF_OTHERS), True)]
    denied(OF_OTHERS)(applied)


def test_a_topic_that_nobody_asks_for_is_told_and_keeps_its_records(applied: Settings) -> None:
    made(1, "huiyin.intake.v0.events")(applied)
    comparison = apply_topics(applied)
    assert comparison.left_over == ("huiyin.intake.v0.events",)
    assert compare_topics(applied).left_over == ("huiyin.intake.v0.events",)
    delete_topics(applied, comparison.left_over)


def test_more_replicas_than_brokers_are_refused_with_the_brokers_word(applied: Settings) -> None:
    delete_topics(applied, [INTAKE])
    with pytest.raises(KafkaSetupError, match=f"{INTAKE}: InvalidReplicationFactorError"):
        apply_topics(with_kafka(applied, replication=3))


def test_a_topic_with_other_replicas_can_still_be_written(applied: Settings) -> None:
    comparison = apply_topics(with_kafka(applied, replication=3))
    assert {each.kind for each in comparison.refused} == {DifferenceKind.REPLICAS, DifferenceKind.CONFIG}
    write(applied, JUDICIAL)
    as_new(applied, JUDICIAL)


@pytest.fixture
def command(applied: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `huiyin topics`."""
    monkeypatch.setenv("HUIYIN_HOME", str(applied.home))
    monkeypatch.setenv("HUIYIN_KAFKA__BOOTSTRAP", applied.kafka.bootstrap)
    monkeypatch.setenv("HUIYIN_KAFKA__REPLICATION", "1")
    monkeypatch.setenv("HUIYIN_KAFKA__AGENCIES", AGENCIES)
    return lambda *words: CliRunner().invoke(app, ["topics", *words])


def test_the_command_tells_a_difference_in_both_languages_and_by_its_status(
    applied: Settings, command: Callable[..., Any]
) -> None:
    granted(TAKEN)(applied)
    shown = command("diff")
    assert shown.exit_code == 1
    assert f"{TAKEN}: 多余授权，应撤销 · the right is not in the catalogue" in shown.stdout
    document = json.loads(command("diff", "--json").stdout)
    assert [each["kind"] for each in document["differences"]] == ["grant_extra"]
    assert command("apply").exit_code == 0
    assert command("diff").exit_code == 0
    assert json.loads(command("diff", "--json").stdout)["differences"] == []


def test_the_command_says_what_a_person_has_to_decide(applied: Settings, command: Callable[..., Any]) -> None:
    granted(OF_OTHERS)(applied)
    shown = command("apply")
    denied(OF_OTHERS)(applied)
    assert shown.exit_code == 1
    assert "1 处须由人处理" in shown.stdout


def test_the_brokers_of_the_running_platform_are_found_without_a_setting(
    applied: Settings, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUIYIN_KAFKA__BOOTSTRAP")
    assert "HUIYIN_KAFKA__BOOTSTRAP" in command("diff").stderr
    applied.paths.run.mkdir(exist_ok=True)
    applied.paths.endpoints.write_text(json.dumps({"kafka": applied.kafka.bootstrap}))
    assert command("diff").exit_code == 0


def test_the_page_about_topics_names_each_and_its_commands_work(applied: Settings) -> None:
    page = (ROOT / "docs" / "topics.md").read_text(encoding="utf-8")
    named = [entry.name for entry in read_catalogue().topics if not entry.name.startswith(WORKER_PREFIX)]
    assert [name for name in named if f"`{name}`" not in page] == []
    (script,) = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    here = script.replace("127.0.0.1:7192", applied.kafka.bootstrap).replace("REPLICATION=3", "REPLICATION=1")
    assert here.count(applied.kafka.bootstrap) == 1
    empty(applied)
    done = subprocess.run(
        ["bash", "-euc", here],
        cwd=ROOT,
        env={**os.environ, "HUIYIN_HOME": str(applied.home), "HUIYIN_KAFKA__AGENCIES": AGENCIES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"differences": []' in done.stdout

"""On a real broker an agency writes its inbox and reads its own and its centre's topics, and nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import (
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailedError,
)

from huiyin_kafka import connection
from huiyin_kafka.admin import TopicsNotReadyError, check_topics, open_admin
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.topics.catalogue import read_catalogue
from huiyin_kafka.topics.names import (
    CONTEXTS,
    DEAD_LETTERS,
    FILINGS,
    HOT_ISSUES,
    TIMELINE,
    WARNINGS,
    WORKER_PREFIX,
    agency_group,
    agency_of,
    cases_topic,
    events_topic,
    inbox_topic,
    receipts_topic,
    receipts_transaction,
)
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kernel.identity.development import ensure_development_identities
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings
from tests.support.kafka import running_brokers

OFFICE, CENTRE, BUREAU = "11990101000000262Q", "12990101000000385N", "11990101000000318U"
"""A county's petition office runs its joint reception centre; the transport bureau does not."""
POLLS_MAX = 4
SHORT = {"max_block_ms": 5000, "delivery_timeout_ms": 8000, "request_timeout_ms": 5000}

EVENTS = tuple(map(events_topic, CONTEXTS))
INTAKE, RECEPTION, JUDICIAL, _ = EVENTS
CASES, INBOX, RECEIPTS = cases_topic(BUREAU), inbox_topic(BUREAU), receipts_topic(BUREAU)
TABLES = [entry.name for entry in read_catalogue().topics if entry.name.startswith(WORKER_PREFIX)]
DERIVED = (HOT_ISSUES, WARNINGS)
PROCESSES: dict[str, dict[str, set[str]]] = {
    "relay": {"WRITE": {*EVENTS, TIMELINE, DEAD_LETTERS}, "READ": set()},
    "worker": {
        "WRITE": {CASES, DEAD_LETTERS, FILINGS, *DERIVED, *TABLES},
        "READ": {TIMELINE, FILINGS, *TABLES},
    },
    "exchange": {"WRITE": {RECEIPTS}, "READ": {INBOX, RECEIPTS}, "DELETE": {INBOX}},
    "streams": {"WRITE": set(), "READ": {*EVENTS, *DERIVED}},
    "supervision": {"WRITE": set(), "READ": {INTAKE, RECEPTION, JUDICIAL}},
    "intake": {"WRITE": set(), "READ": {RECEPTION, JUDICIAL}},
    "reception": {"WRITE": set(), "READ": {INTAKE}},
    "judicial": {"WRITE": set(), "READ": {INTAKE}},
    "console": {"WRITE": set(), "READ": set()},
}
"""All that the platform's processes may, with an agency's topics named for the bureau's."""

WRITES_REFUSED = (
    inbox_topic(CENTRE),
    inbox_topic(BUREAU),
    cases_topic(OFFICE),
    receipts_topic(OFFICE),
    INTAKE,
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of a broker of this file's own, as the catalogue says."""
    with running_brokers(tmp_path_factory.mktemp("access") / "home", nodes=1) as started:
        apply_topics(started.settings)
        yield started.settings


def rights(settings: Settings, profile: str) -> dict[str, set[str]]:
    """By operation the topics that the broker lets a profile use, of all that there are."""
    with open_admin(settings) as admin:
        topics = admin.list_topics()
    with open_admin(settings, profile) as admin:
        described = admin.describe_topics(topics)
    found: dict[str, set[str]] = {"WRITE": set(), "READ": set()}
    for topic in described:
        for operation in set(topic["authorized_operations"] or ()) - {"DESCRIBE"}:
            found.setdefault(operation, set()).add(topic["name"])
    return found


def write(settings: Settings, profile: str, topic: str) -> None:
    """Publishes one record, or raises what the broker says."""
    producer = KafkaProducer(**client_options(settings, profile) | SHORT)
    try:
        producer.send(topic, key=b"k", value=profile.encode()).get(10)
    finally:
        producer._sender.force_close()
        producer.close(timeout=1)


def read(settings: Settings, profile: str, topic: str, group: str | None = None) -> list[bytes]:
    """What a profile gets of a topic within a moment, or raises what the broker says."""
    options = client_options(settings, profile)
    with closing(KafkaConsumer(**options, group_id=group, auto_offset_reset="earliest")) as consumer:
        if group:
            consumer.subscribe([topic])
        else:
            consumer.assign([TopicPartition(topic, 0)])
        for _ in range(POLLS_MAX):
            if records := consumer.poll(500):
                return [record.value for each in records.values() for record in each]
        return []


@pytest.mark.parametrize("code", [OFFICE, CENTRE, BUREAU])
def test_of_all_topics_an_agency_may_use_its_own_and_its_centres(cluster: Settings, code: str) -> None:
    centre = {cases_topic(CENTRE), receipts_topic(CENTRE)} if code == OFFICE else set()
    assert rights(cluster, f"system@{code}") == {
        "WRITE": {inbox_topic(code)},
        "READ": {cases_topic(code), receipts_topic(code)} | centre,
    }


@pytest.mark.parametrize("process", PROCESSES)
def test_of_all_topics_a_process_may_use_what_it_needs(cluster: Settings, process: str) -> None:
    found = rights(cluster, f"service@{process}")
    shown = {operation: {one_agencys(topic) for topic in topics} for operation, topics in found.items()}
    assert {operation: topics for operation, topics in shown.items() if topics} == {
        operation: topics for operation, topics in PROCESSES[process].items() if topics
    }


def one_agencys(topic: str) -> str:
    """The topic, or the bureau's for a topic of any agency."""
    try:
        return topic.replace(agency_of(topic), BUREAU)
    except ValueError:
        return topic


def test_a_process_may_use_the_topics_of_every_agency(cluster: Settings) -> None:
    inboxes = rights(cluster, "service@exchange")["READ"]
    assert inboxes > {inbox_topic(unit.code) for unit in load_policy().directory}


def test_an_agency_publishes_to_its_inbox(cluster: Settings) -> None:
    write(cluster, f"system@{OFFICE}", inbox_topic(OFFICE))
    assert read(cluster, "service@exchange", inbox_topic(OFFICE)) == [f"system@{OFFICE}".encode()]


@pytest.mark.parametrize("topic", WRITES_REFUSED)
def test_an_agency_publishes_nowhere_else(cluster: Settings, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        write(cluster, f"system@{OFFICE}", topic)


@pytest.mark.parametrize("code", [CENTRE, OFFICE])
def test_a_centre_and_who_runs_it_read_the_centres_cases_in_groups_of_their_own(
    cluster: Settings, code: str
) -> None:
    write(cluster, "service@worker", cases_topic(CENTRE))
    got = read(cluster, f"system@{code}", cases_topic(CENTRE), agency_group(code, "test"))
    assert set(got) == {b"service@worker"}


def test_an_agency_gets_nothing_of_another_agencys_topics(cluster: Settings) -> None:
    write(cluster, "service@worker", cases_topic(OFFICE))
    assert read(cluster, f"system@{BUREAU}", cases_topic(OFFICE)) == []
    assert read(cluster, f"system@{OFFICE}", cases_topic(OFFICE)) == [b"service@worker"]


def test_an_agency_does_not_even_read_its_own_inbox(cluster: Settings) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        read(cluster, f"system@{OFFICE}", inbox_topic(OFFICE))


def test_an_agency_does_not_consume_in_a_group_of_another(cluster: Settings) -> None:
    with pytest.raises(GroupAuthorizationFailedError):
        read(cluster, f"system@{BUREAU}", cases_topic(BUREAU), agency_group(OFFICE, "test"))


def test_receipts_are_published_in_transactions(cluster: Settings) -> None:
    options = client_options(cluster, "service@exchange") | SHORT
    with closing(KafkaProducer(**options, transactional_id=receipts_transaction(BUREAU))) as producer:
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(receipts_topic(BUREAU), key=b"k", value=b"receipt")
        producer.commit_transaction()
    assert read(cluster, f"system@{BUREAU}", receipts_topic(BUREAU)) == [b"receipt"]


def test_nobody_else_publishes_receipts_in_transactions(cluster: Settings) -> None:
    options = client_options(cluster, f"system@{BUREAU}") | SHORT
    producer = KafkaProducer(**options, transactional_id=receipts_transaction(BUREAU))
    with closing(producer), pytest.raises(TransactionalIdAuthorizationFailedError):
        producer.init_transactions()


def test_a_start_is_given_the_partitions_of_its_topics(cluster: Settings) -> None:
    found = check_topics(cluster, "service@exchange", writes=[RECEIPTS], reads=[INBOX, RECEIPTS])
    assert found == {INBOX: 1, RECEIPTS: 1}


@pytest.mark.parametrize(
    "reads, writes, said",
    [
        (["huiyin.nothing"], [], "huiyin.nothing 没有此主题或无权使用 · is missing or may not be used"),
        ([INTAKE], [], f"{INTAKE} 无此权限 · is denied to READ"),
        ([], [cases_topic(BUREAU)], f"{cases_topic(BUREAU)} 没有此主题或无权使用"),
    ],
)
def test_a_start_without_its_topics_or_rights_is_refused_with_their_names(
    cluster: Settings, reads: list[str], writes: list[str], said: str
) -> None:
    with pytest.raises(TopicsNotReadyError) as caught:
        check_topics(cluster, "service@relay", reads, writes, wait_seconds=0.0)
    assert said in str(caught.value)
    assert "service@relay" in str(caught.value)


def test_a_super_user_learns_that_a_topic_is_missing(cluster: Settings) -> None:
    with pytest.raises(TopicsNotReadyError, match=r"huiyin\.nothing 没有此主题 · is missing"):
        check_topics(cluster, "service@cli", reads=["huiyin.nothing"], wait_seconds=0.0)


def test_who_the_brokers_do_not_know_is_told_what_it_may_be(
    cluster: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BOOTSTRAP_MS", 2000)
    ensure_development_identities(tmp_path, load_policy().directory)
    stranger = cluster.model_copy(update={"home": tmp_path})
    with pytest.raises(KafkaSetupError, match="certificate"):
        check_topics(stranger, "service@relay", reads=[INTAKE])

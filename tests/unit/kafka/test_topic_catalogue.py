"""The catalogue of topics agrees with the names in the code, and a spoilt one is refused with its topic."""

import sys
from pathlib import Path

import pytest
from google.protobuf import symbol_database

from huiyin.dead.v1 import types_pb2 as _dead  # noqa: F401 - registers its messages
from huiyin.exchange.v1 import types_pb2 as _exchange  # noqa: F401 - the same
from huiyin.insight.v1 import filings_pb2 as _filings  # noqa: F401 - the same
from huiyin.insight.v1 import types_pb2 as _insight  # noqa: F401 - the same
from huiyin.timeline.v1 import types_pb2 as _timeline  # noqa: F401 - the same
from huiyin_domain.streams.folds import VERSION
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics import names
from huiyin_kafka.topics.catalogue import CATALOGUE, read_catalogue
from huiyin_kernel.codec import EVENT_TYPES
from huiyin_kernel.policy_tables import PolicyError
from tests.house.tree import ROOT

CODE = "11990000000000019A"


def spoilt(tmp_path: Path, old: str, new: str) -> Path:
    text = CATALOGUE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "topics.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_the_file_in_deploy_is_the_one_that_is_shipped() -> None:
    assert (ROOT / "deploy" / "kafka" / "topics.yaml").resolve() == CATALOGUE.resolve()


@pytest.mark.parametrize(
    "topic",
    [
        *map(names.events_topic, names.CONTEXTS),
        names.TIMELINE,
        names.FILINGS,
        names.HOT_ISSUES,
        names.WARNINGS,
        names.DEAD_LETTERS,
        names.cases_topic(CODE),
        names.inbox_topic(CODE),
        names.receipts_topic(CODE),
    ],
)
def test_every_topic_that_the_code_names_is_in_the_catalogue(topic: str) -> None:
    assert read_catalogue().find(topic)


def test_the_catalogue_names_no_topic_that_the_code_does_not() -> None:
    known = {
        *map(names.events_topic, names.CONTEXTS),
        *(names.TIMELINE, names.FILINGS, names.DEAD_LETTERS),
        *(names.HOT_ISSUES, names.WARNINGS),
        *(of("{agency}") for of in (names.cases_topic, names.inbox_topic, names.receipts_topic)),
    }
    entries = {entry.name for entry in read_catalogue().topics}
    assert {name for name in entries - known if not name.startswith(names.WORKER_PREFIX)} == set()


@pytest.mark.parametrize("table, source", [("cases", names.TIMELINE), ("cells", names.FILINGS)])
def test_the_workers_tables_have_changelogs_with_as_many_partitions_as_their_sources(
    table: str, source: str
) -> None:
    catalogue = read_catalogue()
    changelog, folded = catalogue.find(names.worker_changelog(VERSION, table)), catalogue.find(source)
    assert changelog
    assert folded
    assert (changelog.partitions, changelog.cleanup) == (folded.partitions, "compact")


def test_the_receipts_are_written_under_the_transactional_ids_of_the_code() -> None:
    entry = read_catalogue().find(names.receipts_topic(CODE))
    assert entry
    assert entry.transactional_ids == names.RECEIPTS_TRANSACTIONS
    assert names.receipts_transaction(CODE).startswith(names.RECEIPTS_TRANSACTIONS)


def test_every_message_of_the_catalogue_exists() -> None:
    packages = {f"{name.rpartition('.')[0]}.*" for name in EVENT_TYPES}
    for entry in read_catalogue().topics:
        for message in entry.messages:
            if message.endswith(".*"):
                assert message in packages
            else:
                assert symbol_database.Default().GetSymbol(message)


def test_a_topic_of_an_agency_gives_its_code_and_no_other_topic_does() -> None:
    assert names.agency_of(names.inbox_topic(CODE)) == CODE
    for other in (names.TIMELINE, "huiyin.agency.v1.outbox.X", "huiyin.agency.v1.inbox."):
        with pytest.raises(ValueError, match="no topic of an agency"):
            names.agency_of(other)


def test_a_log_has_the_topic_of_its_service() -> None:
    assert names.log_topic("intake@990000") == names.events_topic("intake")
    with pytest.raises(ValueError, match="streams@990000"):
        names.log_topic("streams@990000")


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("partitions: 6", "partitions: 0", "topic huiyin.intake.v1.events partitions"),
        ("partitions: 6", "partitions: many", "topic huiyin.intake.v1.events partitions"),
        ("partitions: 6", "partitions: 6\n    partitions: 7", "'partitions' stands twice"),
        ("partitions: 6", "partition: 6", "topic huiyin.intake.v1.events partition: Extra"),
        ("writers: [relay]", "writers: [nobody]", "nobody: no process of the platform"),
        ("writers: [relay]", "writers: [cli]", "cli: no process of the platform"),
        ("writers: [relay]", "writers: []", "topic huiyin.intake.v1.events writers"),
        ("writers: [relay]", 'writers: ["{agency}"]', "topics of agencies only"),
        ("writers: [relay]", "writers: [relay, relay]", "stands twice"),
        ("retention: forever", "retention: a while", "topic huiyin.intake.v1.events retention"),
        ("retention: forever\n", "\n", "retention is given with delete"),
        ("cleanup: delete", "cleanup: compact", "retention is given with delete and not with compact"),
        ("name: huiyin.intake.v1.events", "name: intake", "topic intake name"),
        ("name: huiyin.reception.v1.events", "name: huiyin.intake.v1.events", "has more than one entry"),
        ("name: huiyin.case.v1.timeline", "name: huiyin.agency.v1.inbox.x", "has more than one entry"),
        ("messages: [huiyin.intake.v1.*", "messages: [intake", "topic huiyin.intake.v1.events messages"),
        ("topics:", "topics: [", "not YAML"),
        ("version: topics-1", "version: 1", "version: Input should be a valid string"),
    ],
)
def test_a_spoilt_catalogue_is_refused_with_file_topic_and_field(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        read_catalogue(spoilt(tmp_path, old, new))
    assert str(tmp_path / "topics.yaml") in str(caught.value)
    assert fault in str(caught.value)


def test_a_compacted_topic_without_key_is_refused(tmp_path: Path) -> None:
    key = "    key:\n      zh: 问题标识\n      en: issue id\n"
    with pytest.raises(PolicyError, match=r"huiyin\.issues\.v1\.hot: a compacted topic needs a key"):
        read_catalogue(spoilt(tmp_path, key, ""))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="the file is missing"):
        read_catalogue(tmp_path / "topics.yaml")


def test_without_pyyaml_the_set_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(KafkaSetupError, match=r"huiyin\[cluster\]"):
        read_catalogue()

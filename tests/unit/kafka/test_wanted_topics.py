"""The catalogue becomes topics and rights of an installation's agencies: least privilege and no more."""

import pytest
from pydantic import ValidationError

from huiyin_domain.directory import Directory, Organisation, OrganisationKind
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.catalogue import TopicEntry, read_catalogue
from huiyin_kafka.topics.grants import Grant
from huiyin_kafka.topics.wanted import Wanted, wanted
from huiyin_kernel.settings import KafkaSettings

BUREAU, COURT, CENTRE = "BUREAU", "COURT", "CENTRE"
DIRECTORY = Directory(
    [
        Organisation(BUREAU, "信访局", "Bureau", OrganisationKind.PETITION_OFFICE, "990101"),
        Organisation(COURT, "法院", "Court", OrganisationKind.COURT, "990101"),
        Organisation(CENTRE, "接访中心", "Centre", OrganisationKind.CENTRE, "990101", operators=(BUREAU,)),
    ]
)


def expand(replication: int = 3, agencies: str = "all") -> Wanted:
    settings = KafkaSettings(bootstrap="127.0.0.1:7192", replication=replication, agencies=agencies)
    return wanted(read_catalogue(), DIRECTORY, settings)


def rights_of(principal: str) -> set[str]:
    return {
        str(grant).removeprefix(f"{principal} ") for grant in expand().grants if grant.principal == principal
    }


def test_each_agency_has_three_topics_of_one_partition() -> None:
    topics = expand().topics
    for code in (BUREAU, COURT, CENTRE):
        own = {name: topic.partitions for name, topic in topics.items() if name.endswith(f".{code}")}
        assert own == {f"huiyin.agency.v1.{kind}.{code}": 1 for kind in ("cases", "inbox", "receipts")}


def test_only_the_chosen_agencies_have_topics_and_rights() -> None:
    chosen = expand(agencies=f"{COURT}, {CENTRE}")
    assert not [name for name in chosen.topics if name.endswith(f".{BUREAU}")]
    assert {grant.principal for grant in chosen.grants} >= {COURT, CENTRE}


def test_an_agency_that_is_not_in_the_directory_is_named() -> None:
    with pytest.raises(KafkaSetupError, match="NOBODY"):
        expand(agencies=f"{COURT},NOBODY")


@pytest.mark.parametrize("replication, in_sync", [(1, "1"), (2, "1"), (3, "2"), (5, "4")])
def test_all_replicas_but_one_have_to_be_in_sync(replication: int, in_sync: str) -> None:
    for topic in expand(replication).topics.values():
        assert topic.replication == replication
        assert topic.configs["min.insync.replicas"] == in_sync


def test_events_are_kept_for_ever_and_tables_are_compacted() -> None:
    topics = expand().topics
    events, table = topics["huiyin.intake.v1.events"].configs, topics["huiyin.clocks.v1.warnings"].configs
    assert (events["cleanup.policy"], events["retention.ms"], events["retention.bytes"]) == (
        "delete",
        "-1",
        "-1",
    )
    assert table["cleanup.policy"] == "compact"
    assert "retention.ms" not in table


def test_an_agency_writes_its_inbox_and_reads_what_is_its_own() -> None:
    assert rights_of(COURT) == {
        "WRITE TOPIC huiyin.agency.v1.inbox.COURT",
        "READ TOPIC huiyin.agency.v1.cases.COURT",
        "READ TOPIC huiyin.agency.v1.receipts.COURT",
        "READ GROUP agency-COURT-*",
    }


def test_who_runs_a_centre_also_reads_what_is_the_centres() -> None:
    centres = {"READ TOPIC huiyin.agency.v1.cases.CENTRE", "READ TOPIC huiyin.agency.v1.receipts.CENTRE"}
    assert rights_of(BUREAU) > centres
    assert not rights_of(COURT) & centres
    assert "WRITE TOPIC huiyin.agency.v1.inbox.CENTRE" not in rights_of(BUREAU)


def test_only_the_relay_writes_events_and_only_the_exchange_reads_inboxes() -> None:
    grants = expand().grants
    writers = {
        each.principal for each in grants if each.operation == "WRITE" and each.name.endswith("v1.events")
    }
    readers = {
        each.principal
        for each in grants
        if each.operation == "READ" and each.name.startswith("huiyin.agency.v1.inbox.")
    }
    assert (writers, readers) == ({"relay"}, {"exchange"})


def test_no_right_reaches_beyond_reading_writing_and_describing_but_to_erase_what_is_answered() -> None:
    grants = expand().grants
    assert {grant.operation for grant in grants} == {"READ", "WRITE", "DESCRIBE", "DELETE"}
    deleting = [str(grant) for grant in grants if grant.operation == "DELETE"]
    assert deleting == ["exchange DELETE TOPIC huiyin.agency.v1.inbox.*"]
    assert {grant.resource for grant in grants} == {"TOPIC", "GROUP", "TRANSACTIONAL_ID"}
    assert all(grant.allowed and grant.host == "*" for grant in grants)


def test_what_is_erased_leaves_the_disk_within_the_hour() -> None:
    topics = expand().topics
    assert topics[f"huiyin.agency.v1.inbox.{COURT}"].configs["segment.ms"] == "3600000"
    assert "segment.ms" not in topics["huiyin.intake.v1.events"].configs


def test_a_compacted_table_is_not_erased() -> None:
    table = next(entry for entry in read_catalogue().topics if entry.cleanup == "compact")
    with pytest.raises(ValidationError, match="what is erased is no compacted table"):
        TopicEntry.model_validate({**table.model_dump(), "erased": True})


def test_a_right_is_shown_as_a_person_reads_it() -> None:
    assert str(Grant("relay", "TOPIC", "huiyin.x.", "WRITE", True)) == "relay WRITE TOPIC huiyin.x.*"
    denied = Grant("relay", "TOPIC", "huiyin.x", "WRITE", allowed=False, host="10.0.0.1")
    assert str(denied) == "relay DENY WRITE TOPIC huiyin.x (10.0.0.1)"

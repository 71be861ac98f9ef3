"""What differs between catalogue and brokers is named, and what would lose records or order is refused."""

from dataclasses import replace

import pytest

from huiyin_kafka.topics.differences import (
    AddGrant,
    Configure,
    Create,
    Difference,
    DifferenceKind,
    FoundTopic,
    Grow,
    RemoveGrant,
    depends_on_records,
    grant_differences,
    missing,
    topic_differences,
)
from huiyin_kafka.topics.grants import Grant
from huiyin_kafka.topics.wanted import Wanted, WantedTopic

FOR_EVER = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
EVENTS = WantedTopic("huiyin.intake.v1.events", 6, 3, FOR_EVER, is_keyed=True)
THERE = FoundTopic(EVENTS.name, 6, 3, FOR_EVER, FOR_EVER)
OURS = Grant("relay", "TOPIC", EVENTS.name, "WRITE")


def differences(ought: WantedTopic, there: FoundTopic, has_records: bool = True) -> list[Difference]:
    return list(topic_differences(ought, there, has_records))


def grants(*found: Grant) -> list[Difference]:
    ought = Wanted({}, frozenset({OURS}), frozenset({"relay", "COURT"}))
    return list(grant_differences(ought, frozenset(found)))


def test_a_topic_as_it_ought_to_be_has_no_difference() -> None:
    assert differences(EVENTS, THERE) == []


def test_a_missing_topic_is_to_be_made() -> None:
    assert missing(EVENTS).kind is DifferenceKind.TOPIC_MISSING
    assert missing(EVENTS).change == Create(EVENTS)


@pytest.mark.parametrize(
    "there, is_keyed, has_records, change",
    [
        (3, True, False, Grow(6)),
        (3, False, True, Grow(6)),
        (3, True, True, None),
        (12, True, False, None),
        (12, False, False, None),
    ],
)
def test_partitions_are_added_where_no_order_is_lost_and_never_taken_away(
    there: int, is_keyed: bool, has_records: bool, change: Grow | None
) -> None:
    found = differences(replace(EVENTS, is_keyed=is_keyed), replace(THERE, partitions=there), has_records)
    assert [(each.kind, each.change) for each in found] == [(DifferenceKind.PARTITIONS, change)]
    if change is None:
        assert "huiyin.intake.v2.events" in found[0].zh
        assert "huiyin.intake.v2.events" in found[0].en


def test_other_replicas_are_named_and_left_to_a_person() -> None:
    (found,) = differences(EVENTS, replace(THERE, replication=1))
    assert (found.kind, found.is_refused) == (DifferenceKind.REPLICAS, True)


@pytest.mark.parametrize("ought, there, refused", [("2", "1", True), ("1", "2", False)])
def test_no_more_replicas_have_to_be_in_sync_than_there_are(ought: str, there: str, refused: bool) -> None:
    """With more, brokers would refuse every write."""
    wanted, found = {**FOR_EVER, "min.insync.replicas": ought}, {**FOR_EVER, "min.insync.replicas": there}
    topic = replace(EVENTS, configs=wanted, replication=3 if refused else 1)
    shown = differences(topic, replace(THERE, configs=found, replication=1 if refused else 3))
    assert [(each.kind, each.is_refused) for each in shown] == [
        (DifferenceKind.REPLICAS, True),
        (DifferenceKind.CONFIG, refused),
    ]


def test_a_setting_that_was_changed_goes_back() -> None:
    short = {**FOR_EVER, "retention.ms": "3600000"}
    assert [each.change for each in differences(EVENTS, replace(THERE, configs=short, effective=short))] == [
        Configure("retention.ms", "-1")
    ]


def test_a_setting_that_nobody_asked_for_goes_back_to_the_default() -> None:
    more = {**FOR_EVER, "segment.bytes": "1048576"}
    assert [each.change for each in differences(EVENTS, replace(THERE, configs=more, effective=more))] == [
        Configure("segment.bytes", None)
    ]


@pytest.mark.parametrize(
    "ought, there",
    [
        ({**FOR_EVER, "retention.ms": "86400000"}, FOR_EVER),
        ({**FOR_EVER, "retention.ms": "86400000"}, {**FOR_EVER, "retention.ms": "864000000"}),
        ({**FOR_EVER, "retention.bytes": "1"}, FOR_EVER),
        ({"cleanup.policy": "compact"}, FOR_EVER),
        ({"cleanup.policy": "compact,delete", "retention.ms": "1"}, FOR_EVER),
        ({"cleanup.policy": "delete", "retention.ms": "1"}, {"cleanup.policy": "compact"}),
    ],
)
def test_what_would_delete_records_is_refused_unless_there_are_none(
    ought: dict[str, str], there: dict[str, str]
) -> None:
    topic, found = replace(EVENTS, configs=ought), replace(THERE, configs=there, effective=there)
    assert depends_on_records(topic, found)
    assert all(each.is_refused for each in differences(topic, found, has_records=True))
    assert not any(each.is_refused for each in differences(topic, found, has_records=False))


@pytest.mark.parametrize(
    "ought, there",
    [
        (FOR_EVER, {**FOR_EVER, "retention.ms": "86400000"}),
        ({**FOR_EVER, "retention.ms": "864000000"}, {**FOR_EVER, "retention.ms": "86400000"}),
        (FOR_EVER, {"cleanup.policy": "compact"}),
        ({**FOR_EVER, "max.message.bytes": "1"}, {**FOR_EVER, "max.message.bytes": "2"}),
    ],
)
def test_what_keeps_as_much_or_more_is_changed(ought: dict[str, str], there: dict[str, str]) -> None:
    topic, found = replace(EVENTS, configs=ought), replace(THERE, configs=there, effective=there)
    assert not depends_on_records(topic, found)
    assert not any(each.is_refused for each in differences(topic, found, has_records=True))


def test_a_longer_limit_than_the_brokers_default_is_no_loss() -> None:
    month, default = {**FOR_EVER, "retention.ms": "2592000000"}, {**FOR_EVER, "retention.ms": "604800000"}
    there = replace(THERE, configs={"cleanup.policy": "delete"}, effective=default)
    assert not depends_on_records(replace(EVENTS, configs=month), there)


def test_a_missing_right_is_to_be_given() -> None:
    assert [(each.kind, each.change) for each in grants()] == [(DifferenceKind.GRANT_MISSING, AddGrant(OURS))]


@pytest.mark.parametrize(
    "extra",
    [
        Grant("COURT", "TOPIC", "*", "READ"),
        Grant("COURT", "TOPIC", EVENTS.name, "READ"),
        Grant("relay", "CLUSTER", "kafka-cluster", "ALTER"),
        Grant("somebody", "TOPIC", "huiyin.agency.v1.inbox.", "WRITE", prefixed=True),
        Grant("somebody", "GROUP", "agency-COURT-x", "READ"),
        Grant("relay", "TOPIC", EVENTS.name, "WRITE", allowed=False),
        Grant("relay", "TOPIC", EVENTS.name, "WRITE", host="10.0.0.1"),
    ],
)
def test_a_right_of_ours_that_nobody_asked_for_is_to_be_removed(extra: Grant) -> None:
    assert [(each.kind, each.change) for each in grants(OURS, extra)] == [
        (DifferenceKind.GRANT_EXTRA, RemoveGrant(extra))
    ]


@pytest.mark.parametrize(
    "other",
    [
        Grant("metering", "TOPIC", "*", "READ"),
        Grant("metering", "TOPIC", "hui", "READ", prefixed=True),
        Grant("metering", "GROUP", "", "READ", prefixed=True),
    ],
)
def test_a_right_of_another_system_that_reaches_into_ours_is_left_to_a_person(other: Grant) -> None:
    assert [(each.kind, each.change) for each in grants(OURS, other)] == [
        (DifferenceKind.GRANT_OF_OTHERS, None)
    ]


@pytest.mark.parametrize(
    "other",
    [
        Grant("metering", "TOPIC", "water.", "READ", prefixed=True),
        Grant("metering", "TOPIC", "huiying", "READ"),
        Grant("metering", "CLUSTER", "kafka-cluster", "DESCRIBE"),
    ],
)
def test_rights_of_other_systems_on_the_same_brokers_are_not_touched(other: Grant) -> None:
    assert grants(OURS, other) == []

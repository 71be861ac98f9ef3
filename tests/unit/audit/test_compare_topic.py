"""A topic that is what its rows give is found sound, and every planted difference is named where it is."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_audit.compare.topic import SeenPositions, TopicJudge
from huiyin_audit.findings import Findings
from huiyin_kafka.wire import event_record, parked_record
from huiyin_kernel.arrived import Place, Record
from tests.unit.audit.book import written
from tests.unit.audit.legal_story import INTAKE, legal_story

TOPIC = "topic"
EVENTS = written(legal_story()).logs[INTAKE]
ROWS = {event.position: event_record(TOPIC, INTAKE, event) for event in EVENTS}
END, PARTITIONS = len(ROWS), 3


def partition_of(key: bytes) -> int:
    """Any function of the key will do here."""
    return sum(key) % PARTITIONS


Topic = list[list[Record]]
"""Records by partition."""


def published() -> Topic:
    """The topic as a relay leaves it."""
    topic: Topic = [[] for _ in range(PARTITIONS)]
    for record in ROWS.values():
        topic[partition_of(record.key or b"")].append(record)
    return topic


def judged(topic: Topic, cursor: int = END, end: int = END) -> tuple[TopicJudge, Findings, int]:
    """The judgement on a topic; with how many rows are still to come."""
    findings = Findings()
    judge = TopicJudge(INTAKE, end, partition_of, findings)
    rows = {position: record for position, record in ROWS.items() if position <= end}
    for number, records in enumerate(topic):
        page = [(Place(TOPIC, number, offset), record) for offset, record in enumerate(records)]
        judge.take(page, {position: rows[position] for position in judge.claimed(page) if position in rows})
    return judge, findings, judge.finish(TOPIC, cursor)


def found(topic: Topic, cursor: int = END, end: int = END) -> list[tuple[str, int]]:
    """Rule and position of every finding."""
    return [(one.rule, one.position) for one in judged(topic, cursor, end)[1].kept()]


def place_of(position: int) -> tuple[int, int]:
    """Where a position stands."""
    for number, records in enumerate(published()):
        for offset, record in enumerate(records):
            if record == ROWS[position]:
                return number, offset
    raise AssertionError(position)


def changed(position: int, change: Callable[[Record], Record]) -> Topic:
    """The topic with one record changed."""
    topic, (number, offset) = published(), place_of(position)
    topic[number][offset] = change(topic[number][offset])
    return topic


def with_header(record: Record, name: str, value: bytes) -> Record:
    """The record with another value of a header."""
    return record._replace(
        headers=tuple((each, value if each == name else old) for each, old in record.headers)
    )


def test_a_topic_that_holds_every_row_once_is_sound() -> None:
    judge, findings, waiting = judged(published())
    assert (findings.count, waiting, judge.record_count, judge.repeat_count) == (0, 0, END, 0)


@given(st.data())
def test_repeats_are_counted_and_do_no_harm(data: st.DataObject) -> None:
    """A relay that begins again sends a run of records again, after those that it had sent."""
    topic, total = published(), 0
    for records in topic:
        first = data.draw(st.integers(0, len(records)))
        again = records[first : data.draw(st.integers(first, len(records)))]
        records.extend(again)
        total += len(again)
    judge, findings, _ = judged(topic)
    assert (findings.count, judge.repeat_count) == (0, total)


@pytest.mark.parametrize("position", [1, END // 2, END])
def test_a_missing_record_is_named(position: int) -> None:
    topic, (number, offset) = published(), place_of(position)
    del topic[number][offset]
    assert found(topic) == [("RECORD_MISSING", position)]


def test_a_run_of_missing_records_is_one_finding() -> None:
    topic: Topic = [[] for _ in range(PARTITIONS)]
    _, findings, _ = judged(topic)
    [missing] = findings.kept()
    assert (missing.rule, missing.position) == ("RECORD_MISSING", 1)
    assert f"1 to {END}" in missing.en


def test_what_is_not_relayed_yet_is_no_difference() -> None:
    topic = published()
    late = {position for position in ROWS if position > END - 4}
    kept = [
        [each for each in records if int(dict(each.headers)["ce_position"]) not in late] for records in topic
    ]
    _, findings, waiting = judged(kept, cursor=END - 4)
    assert (findings.count, waiting) == (0, 4)
    assert found(kept, cursor=END - 3) == [("RECORD_MISSING", END - 3)]


CHANGES: dict[str, tuple[Callable[[Record], Record], list[str]]] = {
    "its value": (lambda one: one._replace(value=(one.value or b"") + b"\x00"), ["VALUE_ALTERED"]),
    "no value": (lambda one: one._replace(value=None), ["VALUE_ALTERED"]),
    "its time of occurrence": (
        lambda one: with_header(one, "ce_time", b"2020-01-01T00:00:00.000000Z"),
        ["HEADERS_ALTERED"],
    ),
    "its hash": (lambda one: with_header(one, "ce_hash", b"00" * 32), ["HEADERS_ALTERED"]),
    "a header more": (lambda one: one._replace(headers=(*one.headers, ("x", b"y"))), ["HEADERS_ALTERED"]),
    "a header less": (lambda one: one._replace(headers=one.headers[1:]), ["HEADERS_ALTERED"]),
    "the order of headers": (
        lambda one: one._replace(headers=tuple(reversed(one.headers))),
        ["HEADERS_ALTERED"],
    ),
    "its key": (lambda one: one._replace(key=b"another"), ["KEY_WRONG"]),
    "no key": (lambda one: one._replace(key=None), ["KEY_WRONG"]),
}


@pytest.mark.parametrize("change, rules", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_in_a_record_is_named(change: Callable[[Record], Record], rules: list[str]) -> None:
    assert found(changed(5, change)) == [(rule, 5) for rule in rules]


def test_a_finding_says_where_the_record_stands_and_which_headers_differ() -> None:
    topic = changed(5, lambda one: with_header(one, "ce_time", b"2020-01-01T00:00:00.000000Z"))
    [finding] = judged(topic)[1].kept()
    number, offset = place_of(5)
    assert finding.stream == f"{TOPIC}/{number}@{offset}"
    assert finding.en.endswith(": ce_time")


BEYOND = b"%d" % (END + 1)
FOREIGN: dict[str, tuple[Callable[[Record], Record], int]] = {
    "a position that the store does not have": (
        lambda one: with_header(one, "ce_position", b"%d" % (END + 1)),
        END + 1,
    ),
    "another log": (lambda one: with_header(one, "ce_log", b"intake@110000"), 0),
    "no position": (lambda one: with_header(one, "ce_position", b"-1"), 0),
    "nothing of ours": (lambda one: one._replace(headers=()), 0),
}


@pytest.mark.parametrize("change, position", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_record_that_no_row_gives_is_named(change: Callable[[Record], Record], position: int) -> None:
    topic = published()
    topic[1].append(change(ROWS[5]))
    assert found(topic) == [("FOREIGN_RECORD", position)]


def test_a_record_in_another_partition_is_named() -> None:
    topic, (number, offset) = published(), place_of(END)
    topic[(number + 1) % PARTITIONS].append(topic[number].pop(offset))
    assert found(topic) == [("PARTITION_WRONG", END)]


def test_two_records_of_one_key_in_the_wrong_order_are_named() -> None:
    topic = published()
    number, first = place_of(2)
    second = next(
        offset for offset in range(first + 1, len(topic[number])) if topic[number][offset].key == ROWS[2].key
    )
    records = topic[number]
    records[first], records[second] = records[second], records[first]
    assert ("ORDER_BROKEN", 2) in found(topic)
    assert {rule for rule, _ in found(topic)} == {"ORDER_BROKEN"}


def test_records_of_other_keys_may_stand_in_any_order() -> None:
    topic = published()
    keys = {record.key for record in topic[0]}
    by_key: list[Record] = [one for key in sorted(keys, key=str) for one in topic[0] if one.key == key]
    topic[0] = by_key
    assert found(topic) == []


def test_a_placeholder_is_a_difference_until_its_event_is_there() -> None:
    topic = changed(5, lambda one: parked_record(one, "too large"))
    assert found(topic) == [("PLACE_PARKED", 5)]
    topic[place_of(5)[0]].append(ROWS[5])
    assert found(topic) == []


def test_a_forged_placeholder_is_foreign_and_its_event_missing() -> None:
    topic = changed(5, lambda one: with_header(parked_record(one, "x"), "ce_id", b"forged"))
    assert sorted(found(topic)) == [("FOREIGN_RECORD", 5), ("RECORD_MISSING", 5)]


def test_a_store_that_lost_its_end_is_named_by_what_was_published() -> None:
    rules = {rule for rule, _ in found(published(), end=END - 2)}
    assert rules == {"CURSOR_BEYOND_STORE", "FOREIGN_RECORD"}


@given(st.integers(0, 70).flatmap(lambda end: st.tuples(st.just(end), st.sets(st.integers(1, max(end, 1))))))
def test_gaps_are_what_was_not_added(drawn: tuple[int, set[int]]) -> None:
    end, added = drawn
    places = SeenPositions(end)
    for position in added:
        places.add(position)
    assert all(places.has(position) == (position in added) for position in range(1, end + 1))
    for first, last in ((1, end), (end // 2, end), (1, end // 2 + 3)):
        gaps = [one for begin, stop in places.gaps(max(first, 1), last) for one in range(begin, stop + 1)]
        assert gaps == [one for one in range(max(first, 1), min(last, end) + 1) if one not in added]

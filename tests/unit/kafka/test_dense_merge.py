"""The merge of partitions gives every position once and in order, however the records came to stand there."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_kafka.merge import DenseMerge, WaitingRecord, to_hold_back

Topic = list[list[int]]
"""Positions in each partition, in the order of offsets."""

PARTITIONS = 4


def partition_of(position: int) -> int:
    """Where a position's case belongs: some case, always the same."""
    return (position * 2_654_435_761 >> 7) % PARTITIONS


@st.composite
def published(draw: st.DrawFn) -> tuple[Topic, int]:
    """A topic as relays leave it behind: repeats, zombies and batches that expired; and the log's length."""
    length = draw(st.integers(0, 60))
    topic: Topic = [[] for _ in range(PARTITIONS)]
    cursor = 0
    while cursor < length:
        end = min(length, cursor + draw(st.integers(1, 12)))
        batch = list(range(cursor + 1, end + 1))
        lost = draw(st.sets(st.integers(0, PARTITIONS - 1)))  # partitions whose batch expired this time
        for position in batch:
            if partition_of(position) not in lost:
                topic[partition_of(position)].append(position)
        if draw(st.booleans()):
            _zombie(draw, topic, cursor)
        is_saved = not {partition_of(position) for position in batch} & lost and draw(st.booleans())
        if is_saved or draw(st.integers(0, 3)) == 0:
            # In the end the whole batch is acknowledged, in order, and the cursor moves.
            for position in batch if lost else []:
                topic[partition_of(position)].append(position)
            cursor = end
    return topic, length


def _zombie(draw: st.DrawFn, topic: Topic, cursor: int) -> None:
    """A relay that slept sends what it had in hand: an older stretch, cut off somewhere."""
    start = draw(st.integers(0, cursor))
    for position in range(start + 1, min(cursor, start + 7) + 1):
        topic[partition_of(position)].append(position)


@st.composite
def interleaved(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], int]:
    """The records of such a topic as (partition, offset, position), in some order that partitions allow."""
    topic, length = draw(published())
    read = [0] * PARTITIONS
    order: list[tuple[int, int, int]] = []
    while left := [number for number in range(PARTITIONS) if read[number] < len(topic[number])]:
        number = draw(st.sampled_from(left))
        order.append((number, read[number], topic[number][read[number]]))
        read[number] += 1
    return order, length


def given_out(merge: DenseMerge[str]) -> list[tuple[int, str]]:
    """Everything that is ready."""
    found = []
    while ready := merge.take():
        found.append((ready[0], ready[2]))
    return found


@given(interleaved(), st.data())
def test_any_interleaving_gives_every_position_once_and_in_order(
    made: tuple[list[tuple[int, int, int]], int], data: st.DataObject
) -> None:
    order, length = made
    after = data.draw(st.integers(0, length))
    merge: DenseMerge[str] = DenseMerge(after)
    found: list[tuple[int, str]] = []
    for partition, offset, position in order:
        merge.offer(position, WaitingRecord(partition, offset, f"event {position}"))
        found += given_out(merge)
    assert found == [(position, f"event {position}") for position in range(after + 1, length + 1)]
    assert (merge.last, merge.size, merge.ahead()) == (length, 0, {})


@given(interleaved(), st.data())
def test_reading_again_from_the_first_offset_misses_nothing(
    made: tuple[list[tuple[int, int, int]], int], data: st.DataObject
) -> None:
    order, length = made
    cut = data.draw(st.integers(0, len(order)))
    merge: DenseMerge[str] = DenseMerge(0)
    for partition, offset, position in order[:cut]:
        merge.offer(position, WaitingRecord(partition, offset, "event"))
        given_out(merge)
    read = [sum(1 for record in order[:cut] if record[0] == number) for number in range(PARTITIONS)]
    begin = [merge.first_offset(number, read[number]) for number in range(PARTITIONS)]
    again: DenseMerge[str] = DenseMerge(merge.last)
    for partition, offset, position in order:
        if offset >= begin[partition]:
            again.offer(position, WaitingRecord(partition, offset, "event"))
            given_out(again)
    assert again.last == length


@given(st.lists(st.integers(1, 30), max_size=80))
def test_whatever_comes_only_what_follows_is_given_out(positions: Sequence[int]) -> None:
    merge: DenseMerge[str] = DenseMerge(0)
    seen: set[int] = set()
    for offset, position in enumerate(positions):
        fresh = merge.offer(position, WaitingRecord(0, offset, "event"))
        assert fresh == (position not in seen)
        seen.add(position)
        given_out(merge)
    dense = next(number for number in range(1, 32) if number not in seen) - 1
    assert merge.last == dense
    assert merge.size == len(seen) - dense
    assert merge.has_gap == (merge.size > 0)


def test_a_parked_place_holds_what_follows_until_it_was_had_elsewhere() -> None:
    merge: DenseMerge[str] = DenseMerge(0)
    merge.offer(2, WaitingRecord(0, 1, "two"))
    merge.offer(1, WaitingRecord(0, 0, None))
    assert merge.take() is None
    assert (merge.is_parked, merge.has_gap) == (True, False)
    merge.passed(1)
    assert given_out(merge) == [(2, "two")]


@pytest.mark.parametrize("first", ["parked", "event"])
def test_an_event_goes_before_its_parked_place(first: str) -> None:
    merge: DenseMerge[str] = DenseMerge(0)
    records = {"parked": WaitingRecord[str](0, 0, None), "event": WaitingRecord(1, 5, "one")}
    merge.offer(1, records.pop(first))
    merge.offer(1, *records.values())
    assert merge.ahead() == {1: 1}
    assert given_out(merge) == [(1, "one")]


def test_only_the_next_one_can_be_had_elsewhere() -> None:
    merge: DenseMerge[str] = DenseMerge(4)
    with pytest.raises(ValueError, match="6 does not follow 4"):
        merge.passed(6)


def test_a_partition_that_runs_ahead_is_paused_while_others_are_behind() -> None:
    assert to_hold_back({0: 10, 1: 2}, set(), range(3), 10) == {0}
    assert to_hold_back({0: 9}, set(), range(3), 10) == frozenset()


def test_nobody_is_paused_when_nothing_else_is_left_to_read() -> None:
    assert to_hold_back({0: 10, 1: 30}, {2}, range(3), 10) == frozenset()
    assert to_hold_back({0: 10}, {1}, range(3), 10) == {0}


@given(interleaved(), st.integers(1, 4))
def test_pausing_never_stands_still(made: tuple[list[tuple[int, int, int]], int], limit: int) -> None:
    order, length = made
    topic: list[list[int]] = [[] for _ in range(PARTITIONS)]
    for partition, _, position in order:
        topic[partition].append(position)
    merge, read = DenseMerge[str](0), [0] * PARTITIONS
    for _ in range(len(order) + 1):
        at_end = {number for number in range(PARTITIONS) if read[number] == len(topic[number])}
        paused = to_hold_back(merge.ahead(), at_end, range(PARTITIONS), limit)
        left = [number for number in range(PARTITIONS) if number not in paused | at_end]
        if not left:
            break
        number = left[0]
        merge.offer(topic[number][read[number]], WaitingRecord(number, read[number], "event"))
        read[number] += 1
        given_out(merge)
    assert merge.last == length

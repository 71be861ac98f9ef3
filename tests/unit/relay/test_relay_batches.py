"""How the relay cuts batches, finds the record that is rejected, and waits."""

import pytest

from huiyin_kafka.publish import PublishError
from huiyin_kafka.record import wire_bytes
from huiyin_kernel.arrived import Record
from huiyin_relay.batches import Backoff, Narrowing, RelayLimits, cut, rows_to_read
from huiyin_relay.sources import SourceRow

LIMITS = RelayLimits(batch_records=100, attempts=3)
REJECTED = PublishError(0, ValueError("too large"), rejected=True)
AWAY = PublishError(0, ConnectionError("nobody"), rejected=False)


def rows(*sizes: int) -> list[SourceRow]:
    """Rows of these sizes."""
    empty = wire_bytes(Record("t", b"k", b"", (), 0))
    return [
        SourceRow(number, Record("t", b"k", bytes(size - empty), (), 0))
        for number, size in enumerate(sizes, 1)
    ]


@pytest.mark.parametrize(
    ("sizes", "count"),
    [((100,) * 3, 3), ((100,) * 4, 3), ((500, 510), 1), ((5000, 100), 1), ((400, 600, 100), 2), ((), 0)],
)
def test_a_batch_is_bounded_in_number_and_bytes_and_holds_at_least_one(
    sizes: tuple[int, ...], count: int
) -> None:
    assert len(cut(rows(*sizes), 3, 1_000)) == count


def test_after_a_rejection_fewer_go_together_until_one_goes_alone() -> None:
    narrowing = Narrowing(LIMITS)
    sizes = []
    while narrowing.records_max > 1:
        sizes.append(narrowing.records_max)
        assert not narrowing.failed(REJECTED, narrowing.records_max)
        narrowing.passed()
    assert sizes == [100, 12]
    narrowing.found()
    assert narrowing.records_max == 100


def test_a_small_batch_that_is_rejected_narrows_from_its_own_size() -> None:
    narrowing = Narrowing(LIMITS)
    narrowing.failed(REJECTED, 5)
    assert narrowing.records_max == 1


def test_large_rows_are_read_in_small_pages() -> None:
    limits = RelayLimits(batch_records=100, page_bytes=1_000)
    assert rows_to_read(rows(90, 90), RelayLimits(batch_records=100)) == 100
    assert rows_to_read(rows(100, 300), limits) == 5
    assert rows_to_read(rows(9_000), limits) == 1


def test_a_record_that_is_rejected_alone_often_enough_is_parked() -> None:
    narrowing = Narrowing(LIMITS)
    assert not narrowing.failed(REJECTED, 2)
    assert [narrowing.failed(REJECTED, 1) for _ in range(3)] == [False, False, True]


def test_what_passes_clears_the_count_for_the_next_record() -> None:
    narrowing = Narrowing(LIMITS)
    for _ in range(2):
        narrowing.failed(REJECTED, 1)
    narrowing.passed()
    assert not narrowing.failed(REJECTED, 1)


def test_a_broker_that_is_away_parks_nothing_however_long_it_is() -> None:
    narrowing = Narrowing(LIMITS)
    assert not any(narrowing.failed(AWAY, 1) for _ in range(1000))
    assert narrowing.records_max == 100


def test_waits_double_up_to_a_maximum_and_begin_again_after_success() -> None:
    backoff = Backoff(1, 5)
    assert [backoff.next() for _ in range(5)] == [1, 2, 4, 5, 5]
    backoff.reset()
    assert backoff.next() == 1

"""Committed offsets are believed only when they say for which position they are safe."""

import pytest

from huiyin_kafka.merge import Hint, Hints, position_of, usable


def test_a_hint_is_handed_out_once_the_cursor_is_surely_beyond_it() -> None:
    hints = Hints(after=0, every=10, margin=25)
    assert not hints.is_due(9)
    assert hints.is_due(10)
    hints.take(Hint(10, {0: 4}))
    assert not hints.is_due(19)
    hints.take(Hint(20, {0: 8}))
    assert hints.safe(34) is None
    assert hints.safe(45) == Hint(20, {0: 8})
    assert hints.safe(100) is None


@pytest.mark.parametrize(
    ("note", "position"), [("position=7", 7), ("", None), ("position=", None), ("7", None)]
)
def test_a_note_says_the_position_or_is_somebody_elses(note: str, position: int | None) -> None:
    assert position_of(note) == position


def test_a_note_is_read_as_it_was_written() -> None:
    assert position_of(Hint(41, {}).note) == 41


def test_hints_beyond_the_cursor_are_not_believed() -> None:
    committed = {0: (5, "position=100"), 1: (6, "position=101"), 2: (7, "by hand"), 3: (8, "position=99")}
    assert usable(committed, 100) == {0: 5, 3: 8}

"""A recorded history survives a file; a line that is no part of one is refused by its number."""

import io
from dataclasses import replace

import pytest

from huiyin_audit.history import History, HistoryFormatError, read_history, write_history
from tests.unit.audit.book import told
from tests.unit.audit.legal_story import legal_story

HISTORY = told(legal_story())


def lines(history: History) -> list[str]:
    file = io.StringIO()
    write_history(history, file)
    return file.getvalue().splitlines()


def test_a_history_read_again_is_equal() -> None:
    assert read_history(lines(HISTORY)) == HISTORY


def test_an_unanswered_call_stays_unanswered() -> None:
    call = replace(HISTORY.calls[0], answered=None, status="", receipt=None)
    history = replace(HISTORY, calls=(call,), at_rest=False)
    assert read_history(lines(history)) == history


def test_a_log_without_events_is_kept() -> None:
    history = replace(HISTORY, logs={**HISTORY.logs, "supervision@990000": ()})
    assert "supervision@990000" in read_history(lines(history)).logs


@pytest.mark.parametrize(
    "bad", ["{", "[]", '{"kind":"event"}', '{"kind":"rumour"}', '{"kind":"history","format":9}']
)
def test_a_line_that_is_no_part_of_a_history_is_named(bad: str) -> None:
    with pytest.raises(HistoryFormatError, match="line 3"):
        read_history([*lines(HISTORY)[:2], bad])

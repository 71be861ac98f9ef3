"""A library that logs without end is heard now and then, and what was left out is counted."""

import logging

import pytest

from huiyin_streams.worker.quiet import Quiet, quieten


def line() -> logging.LogRecord:
    return logging.LogRecord("aiokafka", logging.ERROR, "", 0, "no broker", None, None)


def test_so_many_lines_are_let_through_in_each_span_of_time() -> None:
    now = 0.0
    quiet = Quiet(3, 10.0, lambda: now)
    assert [quiet.filter(line()) for _ in range(5)] == [True, True, True, False, False]
    now = 10.0
    first = line()
    assert quiet.filter(first)
    assert first.getMessage() == "no broker (2 lines before it were left out)"
    second = line()
    assert quiet.filter(second)
    assert second.getMessage() == "no broker"


def test_all_loggers_of_a_library_are_bounded_and_only_its_warnings_are_heard(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = logging.getLogger("noisy.inner")
    quieten("noisy")
    for _ in range(50):
        logger.info("nothing")
        logger.error("no broker")
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 20

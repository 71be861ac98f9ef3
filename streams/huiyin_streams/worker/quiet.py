"""Keeps a library's log within bounds: while brokers are away aiokafka writes thousands of lines a second."""

import logging
import time
from collections.abc import Callable

LINES_MAX, WINDOW_SECONDS = 20, 10.0


class Quiet(logging.Filter):
    """Lets through a number of lines in each span of time; tells afterwards how many were left out."""

    def __init__(
        self,
        lines_max: int = LINES_MAX,
        window_seconds: float = WINDOW_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._lines_max, self._window, self._now = lines_max, window_seconds, now
        self._begun, self._count = now(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        if self._now() - self._begun >= self._window:
            left_out, self._begun, self._count = self._count - self._lines_max, self._now(), 0
            if left_out > 0:
                record.msg = f"{record.msg} ({left_out} lines before it were left out)"
        self._count += 1
        return self._count <= self._lines_max


def quieten(*names: str) -> None:
    """Of the loggers with these names, and all below them, only warnings are heard, and not too many."""
    known = [name for name in logging.Logger.manager.loggerDict if name.split(".")[0] in names]
    for name in {*names, *known}:
        logger = logging.getLogger(name)
        logger.setLevel(max(logging.WARNING, logger.level))
        logger.addFilter(Quiet())

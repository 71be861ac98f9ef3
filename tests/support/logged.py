"""What the platform logs, line by line."""

import logging


class Lines(logging.Handler):
    """Keeps every line that any part of the platform logs."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

"""A file that is read again when it was replaced, so that running services notice new keys."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from huiyin_kernel.clock import Clock
from huiyin_kernel.identity.files import KeyFileError

T = TypeVar("T")

CHECK_INTERVAL = timedelta(seconds=1)
"""How long a replaced file may go unnoticed by a running process."""

_NO_TIME = timedelta()

log = logging.getLogger(__name__)


class WatchedFile(Generic[T]):
    """The parsed content of a file, read again when the file was replaced.

    A replacement that cannot be read is reported and the last good content stays in use: a slip in an
    editor must not stop a running service from registering petitions.
    """

    def __init__(self, path: Path, parse: Callable[[Path], T], clock: Clock) -> None:
        self.path, self._parse, self._clock = path, parse, clock
        self._checked: datetime = clock.now()
        self._stamp = self._stat()
        self._value = parse(path)

    def current(self) -> T:
        """The content, at most CHECK_INTERVAL old."""
        now = self._clock.now()
        if not _NO_TIME <= now - self._checked < CHECK_INTERVAL:
            self._checked = now
            self._read_if_replaced()
        return self._value

    def reload(self) -> T:
        """The content as it is now. Raises KeyFileError."""
        stamp = self._stat()
        self._value, self._stamp, self._checked = self._parse(self.path), stamp, self._clock.now()
        return self._value

    def _read_if_replaced(self) -> None:
        stamp = self._stat()
        if stamp == self._stamp:
            return
        try:
            self._value = self._parse(self.path)
        except KeyFileError as error:
            log.error("%s; the content read before stays in use", error)  # noqa: TRY400 # a trace adds nothing
        self._stamp = stamp

    def _stat(self) -> tuple[int, int, int]:
        try:
            status = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (status.st_ino, status.st_mtime_ns, status.st_size)

"""Renews development tokens while the platform runs: they last a day at most, a run may last for months."""

import time
from collections.abc import Callable

from huiyin_cli.installation import SetupError, make_identities
from huiyin_kernel.settings import Settings
from huiyin_launcher.processes import Say

TIMES_PER_VALIDITY = 4
"""Renewed so often that a renewal that fails can be tried again before anybody notices."""


class Renewal:
    """Is looked after now and then, and renews when it is time."""

    def __init__(self, settings: Settings, say: Say, seconds: Callable[[], float] = time.monotonic) -> None:
        self._settings, self._say, self._seconds = settings, say, seconds
        self._every = settings.limits.token_hours_max * 3600 / TIMES_PER_VALIDITY
        self._next = seconds() + self._every

    def look(self) -> None:
        """Renews what is due; what goes wrong is said, and tried again in time."""
        if self._seconds() < self._next:
            return
        self._next = self._seconds() + self._every
        try:
            make_identities(self._settings)
        except SetupError as error:
            self._say(f"令牌未能更新 · tokens could not be renewed: {error}")

"""Keeps a platform going as its owner would: starts it, and starts it again after it was killed."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from huiyin_cli import children
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, KafkaSettings, Settings
from tests.fault.running_platform import READY_SECONDS, Platform
from tests.support.places import ports_of_its_own

_POLL_SECONDS = 0.2
_STARTS_MAX = 20


class Keeper:
    """The platform of one data folder through its starts. `gave_up` says when it ended by itself."""

    def __init__(self, home: Path, *, cluster: bool = False) -> None:
        self.settings = Settings(home=home)
        self.is_cluster = cluster
        self._environment = {**ports_of_its_own(), "HUIYIN_SAMPLES": "false", "HUIYIN_IMPORT_BATCH_ROWS": "5"}
        self.starts = 0
        self.gave_up: list[str] = []
        self.platform = self._started()

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which commands find this platform."""
        return self.platform.environment

    def start_again(self) -> None:
        """After a kill: the next start."""
        self.platform = self._started()

    def _started(self) -> Platform:
        self.starts += 1
        if self.starts > _STARTS_MAX:
            raise RuntimeError(f"started {_STARTS_MAX} times, and it does not stay")
        return Platform(self.settings.home, self._environment, cluster=self.is_cluster)

    def look(self) -> None:
        """Starts it again when it ended without being killed, and notes that."""
        status = self.platform.process.poll()
        if status is not None and status >= 0:
            self.gave_up.append(f"exit status {status}: {self.platform.text().splitlines()[-1]}")
            self.start_again()

    async def watch(self) -> None:
        """Looks for ever; cancel it to end."""
        while True:
            self.look()
            await asyncio.sleep(_POLL_SECONDS)

    async def until_ready(self) -> None:
        """Waits until the platform that runs now has said where it listens; that must stay the same."""
        async with asyncio.timeout(READY_SECONDS):
            while not self._greeted():
                self.look()
                await asyncio.sleep(_POLL_SECONDS)
        written = json.loads(self.settings.paths.endpoints.read_text())
        listens = Addresses(**{name: written[name] for name in SERVICE_NAMES})
        if self.starts == 1:
            self._stay_at(listens)
        if self.is_cluster:
            kafka = KafkaSettings(bootstrap=written["kafka"])
            self.settings = self.settings.model_copy(update={"kafka": kafka})
        if listens != self.settings.addresses:
            raise RuntimeError(f"while the platform was down, somebody took one of its ports: {listens}")

    def _stay_at(self, addresses: Addresses) -> None:
        """Callers keep their channels through all starts, so the later ones get the ports of the first."""
        self.settings = self.settings.model_copy(update={"addresses": addresses})
        self._environment = {**self._environment, **children.environment(addresses)}

    def _greeted(self) -> bool:
        return self.platform.said_since_start().count("Huiyin is up") > 0

    def end(self) -> None:
        """Stops it, or kills it if it does not stop."""
        if self.platform.process.poll() is None:
            try:
                self.platform.stop()
            finally:
                self.platform.kill_everything()

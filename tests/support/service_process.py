"""A service as a process of its own, beside the other services, to be killed and started again."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from huiyin_cli import children
from huiyin_kernel.settings import KafkaSettings, ServiceName
from tests.support.platform import Platform


class ServiceProcess:
    """One after the other."""

    def __init__(
        self,
        platform: Platform,
        name: ServiceName,
        log: Path,
        kafka: KafkaSettings | None = None,
        port: int | None = None,
    ) -> None:
        """`port` is where it listens, if not where the platform's service of this name does."""
        brokers = kafka.model_dump() if kafka else {}
        self._environment: dict[str, str] = {
            **os.environ,
            **children.environment(platform.settings.addresses),
            **{f"HUIYIN_KAFKA__{name.upper()}": str(value) for name, value in brokers.items()},
            "HUIYIN_HOME": str(platform.settings.home),
            "HUIYIN_DATABASE_URL": platform.dsns[name],
            "HUIYIN_LIMITS__HEARTBEAT_SECONDS": "0.5",
        }
        if port is not None:
            self._environment |= {f"HUIYIN_ADDRESSES__{name.upper()}": f"127.0.0.1:{port}"}
        self._name, self.log = name, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs now."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts it; whatever it says is in the log."""
        with self.log.open("ab") as log:
            program = [sys.executable, "-m", f"huiyin_{self._name}"]
            self._process = subprocess.Popen(program, env=self._environment, stdout=log, stderr=log)

    def kill(self) -> None:
        """Kills it without warning."""
        self.signal(signal.SIGKILL)
        self.wait()

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        os.kill(self.pid, number)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> int:
        """Waits for its end; the exit status."""
        assert self._process is not None
        return self._process.wait(60)

    def end(self) -> None:
        """Ends it however it stands."""
        if self._process is not None and self.is_running:
            self._process.kill()
            self._process.wait()

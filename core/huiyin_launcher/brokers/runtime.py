"""How a broker's Java program is called: its memory, its jars, and an archive of loaded classes."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from huiyin_kernel.identity.profiles import ClientProfile

SERVER = "kafka.Kafka"
STORAGE_TOOL = "kafka.tools.StorageTool"
HEAP_MEBIBYTES = 256


class Seen(Protocol):
    """How many brokers are usable, and what was last said about the others."""

    @property
    def brokers(self) -> int: ...
    @property
    def said(self) -> str: ...


LookAtBrokers = Callable[[str, ClientProfile], Seen]
"""Asks brokers at an address, under an identity: with a client of Kafka, which starting things is not."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Java and Kafka, ready to be run.

    `archive` is a class-data archive, which halves the start; `checkpoint` is the content of the file that
    a formatted data folder begins with.
    """

    java: Path
    jars: tuple[Path, ...]
    log_settings: Path
    look_at_brokers: LookAtBrokers
    archive: Path | None = None
    checkpoint: bytes = b""
    options: tuple[str, ...] = ()

    def command(self, program: str, *arguments: str) -> tuple[str, ...]:
        """The command line of one of Kafka's programs."""
        # In the order of their names: the archive only holds for the very same class path.
        classes = os.pathsep.join(str(jar) for jar in sorted(self.jars))
        return (str(self.java), *self._options(), "-cp", classes, program, *arguments)

    def with_options(self, *options: str) -> "Runtime":
        """The same with further options of the virtual machine."""
        return replace(self, options=(*self.options, *options))

    def _options(self) -> Sequence[str]:
        shared = (f"-XX:SharedArchiveFile={self.archive}",) if self.archive else ()
        return (
            *("-Xms128m", f"-Xmx{HEAP_MEBIBYTES}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-XX:-UsePerfData", "-Xshare:auto", "-Xlog:disable", "-Xlog:all=error:stderr"),
            "-Djava.awt.headless=true",
            *(f"-Dlog4j2.configurationFile={self.log_settings}", "-XX:+ExitOnOutOfMemoryError"),
            *shared,
            *self.options,
        )

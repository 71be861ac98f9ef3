"""Who the system is and where the platform is: from a TOML file, or from a data folder for development.

agency = "119901000000001586"
authority = "ca.crt"                 # paths are relative to the file
certificate = "agency.crt"
key = "agency.key"
journal = "agency.journal"           # what was seen, and what is still to be published
kafka = "kafka-1:9093,kafka-2:9093"  # leave it out to use gRPC

[services]
exchange = "huiyin.example:7106"
streams = "huiyin.example:7105"

Files that hold secrets: a key or a token that others may read is no secret, and is refused.
"""

import json
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

SERVICES = ("intake", "reception", "judicial", "supervision", "streams", "exchange")
_PATHS = ("authority", "certificate", "key", "journal", "token")


class ConfigError(Exception):
    """The configuration cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a system is told from outside."""

    agency: str
    """Organisation code; the certificate says the same."""
    authority: Path
    """The certificate authority that the platform's servers are checked against (PEM)."""
    certificate: Path
    """The agency's certificate (PEM)."""
    key: Path
    """Its private key (PEM)."""
    services: Mapping[str, str]
    """host:port of each service that is used, by name."""
    kafka: str = ""
    """Some brokers as host:port, separated by commas; empty: cases, messages and receipts go over gRPC."""
    journal: Path | None = None
    """File that keeps what was seen and what is still to be published; None: memory, for tests."""
    token: Path | None = None
    """File with an officer's token, for calls in that officer's name; read at each call."""
    publish_seconds: float = field(default=60.0)
    """How long a receipt is waited for."""

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """From a TOML file. Raises ConfigError."""
        file = Path(path)
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{file} cannot be read: {error}") from error
        return cls._of(file, content)

    @classmethod
    def _of(cls, file: Path, content: Mapping[str, Any]) -> Self:
        found = {name: file.parent / value if name in _PATHS else value for name, value in content.items()}
        strangers = set(found.get("services", {})) - set(SERVICES)
        if strangers:
            raise ConfigError(f"{file}: [services] names {', '.join(sorted(strangers))}: no such service")
        try:
            return cls(**found)
        except TypeError as error:
            raise ConfigError(f"{file}: {error}") from error

    @classmethod
    def of_home(cls, home: str | Path, agency: str, *, kafka: bool = False) -> Self:
        """For development: as the system of an agency of the platform that runs on this data folder.

        Raises ConfigError when nothing runs there.
        """
        folder = Path(home)
        try:
            endpoints = json.loads((folder / "run" / "endpoints.json").read_text())
            profiles = json.loads((folder / "identity" / "profiles.json").read_text())["profiles"]
            profile = profiles[f"system@{agency}"]
        except (OSError, ValueError, KeyError) as error:
            raise ConfigError(f"no platform with an agency {agency} runs on {folder}: {error!r}") from error
        identity = folder / "identity"
        return cls(
            agency=agency,
            authority=identity / profile["authority"],
            certificate=identity / profile["certificate"],
            key=identity / profile["key"],
            services={name: endpoints[name] for name in SERVICES},
            kafka=str(endpoints.get("kafka", "")) if kafka else "",
        )

    def address(self, service: str) -> str:
        """Where a service is. Raises ConfigError when it is not named."""
        if service not in self.services:
            raise ConfigError(f"[services] does not name {service}: say where it is, as host:port")
        return self.services[service]

    def with_journal(self, path: str | Path) -> Self:
        """The same with a journal of its own."""
        return replace(self, journal=Path(path))


def read_private(path: Path) -> bytes:
    """The content of a secret file. Raises ConfigError when it is missing or when others may read it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise ConfigError(f"{path} has mode {mode:04o}, so others may read it: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error

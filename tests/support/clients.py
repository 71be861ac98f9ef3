"""Agencies' systems in tests: the published client, on the platform inside this process."""

from pathlib import Path

from huiyin_client import Config
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.settings import SERVICE_NAMES
from tests.support.platform import Platform


def config_of(
    platform: Platform, agency: str, journal: Path | None = None, kafka: str = "", token: Path | None = None
) -> Config:
    """The configuration of an agency's system."""
    found = find_profile(platform.settings.paths.identity, f"system@{agency}")
    return Config(
        agency=agency,
        authority=found.authority,
        certificate=found.certificate,
        key=found.key,
        services={name: platform.settings.addresses.of(name) for name in SERVICE_NAMES},
        kafka=kafka,
        journal=journal,
        token=token,
        publish_seconds=30.0,
    )

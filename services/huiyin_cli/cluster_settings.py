"""The settings with brokers: those of the settings, else those of the platform that runs here."""

import json

from huiyin_kernel.settings import KafkaSettings, Settings


def cluster_settings() -> Settings:
    """The settings; they name no brokers where there are none."""
    settings = Settings()
    if settings.is_cluster or not settings.paths.endpoints.exists():
        return settings
    bootstrap = json.loads(settings.paths.endpoints.read_text()).get("kafka", "")
    kafka = KafkaSettings(**settings.kafka.model_dump() | {"bootstrap": bootstrap})
    return settings.model_copy(update={"kafka": kafka})

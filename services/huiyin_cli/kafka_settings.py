"""Where Kafka is, for commands beside a running platform."""

import json

from huiyin_kernel.settings import KafkaSettings, Settings


def running_settings() -> Settings:
    """The settings; where they name no brokers, with those of the platform that runs here."""
    settings = Settings()
    if settings.is_cluster or not settings.paths.endpoints.exists():
        return settings
    bootstrap = json.loads(settings.paths.endpoints.read_text()).get("kafka", "")
    kafka = KafkaSettings(**settings.kafka.model_dump() | {"bootstrap": bootstrap})
    return settings.model_copy(update={"kafka": kafka})

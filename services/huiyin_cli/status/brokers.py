"""What the brokers say of themselves; imported in cluster mode only."""

from huiyin_cli.status.report import KafkaState
from huiyin_kafka.admin import ADMINISTRATOR, look_at_brokers
from huiyin_kafka.connection import KafkaSetupError, options_of
from huiyin_kernel.identity.profiles import find_profile
from huiyin_kernel.settings import Settings

ANSWER_MS = 5_000


def look(settings: Settings, bootstrap: str, expected: int) -> KafkaState:
    """Brokers that are up, and partitions that lack replicas; no broker at all is a finding."""
    profile = find_profile(settings.paths.identity, ADMINISTRATOR)
    try:
        alive = look_at_brokers(bootstrap, profile)
    except KafkaSetupError as error:
        return KafkaState(0, expected, said=str(error))
    if not alive.brokers:
        return KafkaState(0, expected, said=alive.said)
    options = options_of(bootstrap, profile) | {
        "bootstrap_timeout_ms": ANSWER_MS,
        "request_timeout_ms": ANSWER_MS,
    }
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_kafka.admin import under_replicated

    return KafkaState(alive.brokers, expected, *under_replicated(options))

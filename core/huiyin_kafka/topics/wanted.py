"""What ought to be on the brokers: the catalogue, for the agencies and replication of this installation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from huiyin_domain.directory import Directory, Organisation
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.topics.catalogue import PROCESSES, Catalogue, TopicEntry
from huiyin_kafka.topics.grants import Grant, wanted_grants
from huiyin_kernel.settings import KafkaSettings

DAY_MS = 86_400_000
ALL = "all"
TOMBSTONE_MS = 7 * DAY_MS
"""How long a reader of a compacted topic may be away and still learn that a key was deleted."""
SEGMENT_MS = 3_600_000
"""Deleted records leave the disk with their segment; of topics that are erased one is begun each hour."""


@dataclass(frozen=True, slots=True)
class WantedTopic:
    """A topic as it should be. Configuration values are strings, as Kafka keeps them."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    is_keyed: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Topics by name, grants, and the principals whose grants are ours to keep in order."""

    topics: Mapping[str, WantedTopic]
    grants: frozenset[Grant]
    principals: frozenset[str] = field(default=frozenset())


def wanted(catalogue: Catalogue, directory: Directory, settings: KafkaSettings) -> Wanted:
    """Everything that ought to be. Raises KafkaSetupError for an agency that is not in the directory."""
    units = participating(directory, settings)
    topics = {
        name: _topic(entry, name, settings.replication)
        for entry in catalogue.topics
        for name in names_of(entry, units)
    }
    principals = PROCESSES | {unit.code for unit in directory}
    return Wanted(topics, wanted_grants(catalogue, units), principals)


def participating(directory: Directory, settings: KafkaSettings) -> list[Organisation]:
    """The agencies that have topics of their own. Raises KafkaSetupError."""
    if settings.agencies.strip() == ALL:
        return list(directory)
    codes = [code.strip() for code in settings.agencies.split(",") if code.strip()]
    unknown = [code for code in codes if code not in directory]
    if unknown:
        raise KafkaSetupError(
            f"HUIYIN_KAFKA__AGENCIES: 目录中没有 · not in the directory: {', '.join(unknown)};"
            f" write codes from organisations.toml, or {ALL}"
        )
    return [unit for unit in directory if unit.code in codes]


def names_of(entry: TopicEntry, units: list[Organisation]) -> list[str]:
    """The topics of an entry."""
    return [entry.prefix + unit.code for unit in units] if entry.is_per_agency else [entry.name]


def configs_of(entry: TopicEntry, replication: int) -> dict[str, str]:
    """The configuration of a topic of this entry."""
    return {
        "cleanup.policy": entry.cleanup,
        "max.message.bytes": str(entry.message_bytes_max),
        "min.insync.replicas": str(max(1, replication - 1)),
        **_keeping(entry),
        **({"segment.ms": str(SEGMENT_MS)} if entry.erased else {}),
    }


def _topic(entry: TopicEntry, name: str, replication: int) -> WantedTopic:
    configs = configs_of(entry, replication)
    return WantedTopic(name, entry.partitions, replication, configs, entry.key is not None)


def _keeping(entry: TopicEntry) -> dict[str, str]:
    if entry.retention is None:
        return {"delete.retention.ms": str(TOMBSTONE_MS)}
    days = None if entry.retention == "forever" else int(entry.retention.split()[0])
    return {"retention.ms": "-1" if days is None else str(days * DAY_MS), "retention.bytes": "-1"}

"""What a difference between catalogue and brokers is."""

from dataclasses import dataclass
from enum import StrEnum

from huiyin_kafka.grants import Grant
from huiyin_kafka.wanted import WantedTopic


class Kind(StrEnum):
    """What differs."""

    TOPIC_MISSING = "topic_missing"
    PARTITIONS = "partitions"
    REPLICAS = "replicas"
    CONFIG = "config"
    GRANT_MISSING = "grant_missing"
    GRANT_EXTRA = "grant_extra"
    GRANT_OF_OTHERS = "grant_of_others"


@dataclass(frozen=True, slots=True)
class Create:
    """A topic is to be made."""

    topic: WantedTopic


@dataclass(frozen=True, slots=True)
class Grow:
    """A topic is to have more partitions."""

    partitions: int


@dataclass(frozen=True, slots=True)
class Configure:
    """A topic's setting is to have a value; None: the brokers' default."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class AddGrant:
    """A right is to be given."""

    grant: Grant


@dataclass(frozen=True, slots=True)
class RemoveGrant:
    """A right is to be taken away."""

    grant: Grant


Change = Create | Grow | Configure | AddGrant | RemoveGrant


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, about a topic or a principal. Without a change a person has to decide: `zh` and `en`
    say why."""

    kind: Kind
    subject: str
    zh: str
    en: str
    change: Change | None

    @property
    def is_refused(self) -> bool:
        """Whether the brokers are left as they are."""
        return self.change is None

    def __str__(self) -> str:
        return f"{self.subject}: {self.zh} · {self.en}"

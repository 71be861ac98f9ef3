"""Compares the catalogue with the brokers, and makes the brokers as the catalogue says."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from huiyin_kafka.acls import add_grants, remove_grants
from huiyin_kafka.admin import open_admin
from huiyin_kafka.catalogue import read_catalogue
from huiyin_kafka.changing import configure, create, grow
from huiyin_kafka.connection import KafkaSetupError
from huiyin_kafka.difference import AddGrant, Configure, Create, Difference, Grow, RemoveGrant
from huiyin_kafka.found import Found, look, written
from huiyin_kafka.grant_differences import grant_differences
from huiyin_kafka.topic_differences import depends_on_records, missing, topic_differences
from huiyin_kafka.wanted import Wanted, wanted
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings

SETTLE_SECONDS = 30.0
SETTLE_AGAIN_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and our topics on the brokers that nothing in the catalogue asks for: those stay."""

    differences: tuple[Difference, ...]
    left_over: tuple[str, ...]
    topic_count: int
    grant_count: int

    @property
    def refused(self) -> tuple[Difference, ...]:
        """Those that a person has to decide."""
        return tuple(each for each in self.differences if each.is_refused)


def compare_topics(settings: Settings) -> Comparison:
    """What `apply_topics` would change. Raises KafkaSetupError, PolicyError or an error of the profile."""
    with open_admin(settings) as admin:
        return _compare(admin, _wanted(settings))


def apply_topics(settings: Settings) -> Comparison:
    """Makes topics, settings and rights as the catalogue says; gives what was found, and so was changed.

    What is refused stays as it is, and the rest is done. Done again, nothing changes. Raises KafkaSetupError,
    PolicyError or an error of the profile.
    """
    with open_admin(settings) as admin:
        ought = _wanted(settings)
        comparison = _compare(admin, ought)
        _change(admin, comparison.differences)
        _settle(admin, ought)
        return comparison


def _settle(admin: Any, ought: Wanted) -> None:
    """Waits until brokers show the changes: they tell each other a moment later. Raises KafkaSetupError."""
    until = time.monotonic() + SETTLE_SECONDS
    while rest := [each for each in _compare(admin, ought).differences if not each.is_refused]:
        if time.monotonic() > until:
            raise KafkaSetupError(
                f"Kafka 未显示全部更改 · {len(rest)} changes do not show after {SETTLE_SECONDS:.0f} s:"
                f" {rest[0]}"
            )
        time.sleep(SETTLE_AGAIN_SECONDS)


def _wanted(settings: Settings) -> Wanted:
    return wanted(read_catalogue(), load_policy().directory, settings.kafka)


def _compare(admin: Any, ought: Wanted) -> Comparison:
    there = look(admin)
    doubtful = [
        name
        for name, topic in there.topics.items()
        if name in ought.topics and depends_on_records(ought.topics[name], topic)
    ]
    records = written(admin, doubtful)
    differences = [*_topic_differences(ought, there, records), *grant_differences(ought, there.grants)]
    left_over = tuple(sorted(set(there.topics) - set(ought.topics)))
    return Comparison(tuple(differences), left_over, len(ought.topics), len(ought.grants))


def _topic_differences(ought: Wanted, there: Found, records: frozenset[str]) -> Iterable[Difference]:
    for name, topic in sorted(ought.topics.items()):
        if name not in there.topics:
            yield missing(topic)
        else:
            yield from topic_differences(topic, there.topics[name], name in records)


def _change(admin: Any, differences: Iterable[Difference]) -> None:
    """Topics before their rights; rights are given before others are taken away."""
    todo = [(each.subject, each.change) for each in differences]
    create(admin, [change.topic for _, change in todo if isinstance(change, Create)])
    grow(admin, {topic: change.partitions for topic, change in todo if isinstance(change, Grow)})
    configure(admin, [(topic, change) for topic, change in todo if isinstance(change, Configure)])
    add_grants(admin, [change.grant for _, change in todo if isinstance(change, AddGrant)])
    remove_grants(admin, [change.grant for _, change in todo if isinstance(change, RemoveGrant)])

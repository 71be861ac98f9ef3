"""Brokers with and without the topics of the catalogue, for tests that change them."""

import time
from collections.abc import Callable, Iterable

from huiyin_kafka.admin import open_admin
from huiyin_kafka.topics.grants import found_grants, remove_grants
from huiyin_kafka.topics.reconcile import apply_topics, look
from huiyin_kernel.settings import Settings

SECONDS_MAX = 20.0


def wait_for(happened: Callable[[], bool], what: str) -> None:
    """Brokers tell each other, and us, a moment later."""
    until = time.monotonic() + SECONDS_MAX
    while not happened():
        assert time.monotonic() < until, f"did not happen in {SECONDS_MAX:g} s: {what}"
        time.sleep(0.05)


def delete_topics(settings: Settings, topics: Iterable[str]) -> None:
    """Takes topics away with all records, and waits until they are gone."""
    with open_admin(settings) as admin:
        names = sorted(set(topics) & set(admin.list_topics()))
        if names:
            admin.delete_topics(names)
        wait_for(lambda: not set(names) & set(admin.list_topics()), "topics are gone")


def empty(settings: Settings) -> None:
    """Takes away all topics of the platform and all access rules."""
    with open_admin(settings) as admin:
        delete_topics(settings, look(admin).topics)
        remove_grants(admin, found_grants(admin))
        wait_for(lambda: not found_grants(admin), "access rules are gone")


def as_new(settings: Settings, *topics: str) -> None:
    """Makes topics anew, without records, as the catalogue says."""
    delete_topics(settings, topics)
    apply_topics(settings)

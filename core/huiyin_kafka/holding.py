"""Leaves partitions unread for a while, and reads them on later, whatever was in hand."""

from collections.abc import Collection, Mapping
from typing import Any


def read_from(consumer: Any, places: Mapping[Any, int], held: Collection[Any]) -> bool:
    """Has a consumer read partitions, each from its next offset, but for those that are held back.

    False when all are held back: then there is nothing to poll for. What is held back is not assigned, rather
    than paused: after a pause with records in hand kafka-python may never read a partition again (0011).
    """
    wanted = [part for part in places if part not in held]
    before = consumer.assignment()
    if wanted and set(wanted) != before:
        consumer.assign(wanted)
        for part in set(wanted) - before:
            consumer.seek(part, places[part])
    return bool(wanted)

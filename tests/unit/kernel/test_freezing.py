"""The collector looks at what stays once, and at everything now and then."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from huiyin_kernel.host import FreezesWhatStays


class Circle:
    """Only a collector frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def freezing() -> Iterator[None]:
    """One that thaws at every third full collection, and no collection but those of the test."""
    freezes = FreezesWhatStays(thawed_every=3)
    gc.disable()
    gc.callbacks.append(freezes)
    try:
        yield
    finally:
        gc.callbacks.remove(freezes)
        gc.unfreeze()
        gc.enable()


def test_what_a_full_collection_leaves_is_frozen_until_all_is_looked_at() -> None:
    circle = Circle()
    gone = weakref.ref(circle)
    gc.collect()
    assert gc.get_freeze_count()
    del circle
    gc.collect()
    assert gone() is not None
    gc.collect()
    assert gone() is None


def test_what_has_come_since_the_last_full_collection_is_looked_at_each_time() -> None:
    gc.collect()
    gone = weakref.ref(Circle())
    assert gone() is not None
    gc.collect()
    assert gone() is None


def test_a_small_collection_freezes_nothing() -> None:
    gc.collect()
    frozen = gc.get_freeze_count()
    kept = [Circle() for _ in range(10)]
    gc.collect(1)
    assert gc.get_freeze_count() == frozen, kept

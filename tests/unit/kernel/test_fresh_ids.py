"""Fresh identifiers are UUIDs of version 7, each another, and later ones greater."""

import time
from uuid import RFC_4122, UUID

from huiyin_kernel.ids import uuid7, uuid7_texts


def test_all_are_of_version_7_and_none_comes_twice() -> None:
    made = [*map(UUID, uuid7_texts(1000)), *(uuid7() for _ in range(1000))]
    assert {(one.version, one.variant) for one in made} == {(7, RFC_4122)}
    assert len(set(made)) == 2000


def test_every_bit_that_may_differ_does() -> None:
    made = [UUID(one).int for one in uuid7_texts(200)]
    always, never = made[0], made[0]
    for one in made:
        always, never = always & one, never | one
    chance = (1 << 80) - 1
    assert always & chance == 0x7 << 76 | 0b10 << 62
    assert never & chance == chance & ~(0b1000 << 76 | 0b01 << 62)


def test_later_ones_are_greater() -> None:
    earlier = uuid7_texts(3)
    time.sleep(0.002)
    assert max(earlier) < min(str(uuid7()), *uuid7_texts(3))

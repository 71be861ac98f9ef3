"""Cells grow filing by filing, and are what putting all of their filings together from scratch gives."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin_domain.dates import instant_at
from huiyin_domain.streams import cell_state
from huiyin_domain.streams.cell_state import NOTHING_DROPPED, Cell, Counted, IssuePolicy
from huiyin_domain.streams.cells import Cells, groups, issues
from huiyin_domain.streams.likeness import MINIMA, like, needed
from huiyin_kernel.codec import timestamp

DAY = 86_400_000_000
SMALL = IssuePolicy(window=timedelta(days=10), filings_min=2, petitioners_min=2, entries_max=20)


@dataclass
class Plain:
    """A cell by the words of the law: all is put together anew for every filing."""

    policy: IssuePolicy
    filings: dict[bytes, Counted] = field(default_factory=dict)
    dropped: int = NOTHING_DROPPED

    def take(self, filing: Counted) -> None:
        """Sorts, looks what is within the window, and keeps the latest."""
        known = self.filings.get(filing.mark)
        if known is not None and known.number >= filing.number:
            return
        kept = sorted({**self.filings, filing.mark: filing}.values())
        since = kept[-1].received - self.policy.window // timedelta(microseconds=1)
        recent = [one for one in kept if one.received >= since]
        no_room = [one.received for one in recent[: -self.policy.entries_max]]
        dropped = max([self.dropped, *no_room])
        self.dropped = dropped if dropped >= since else NOTHING_DROPPED
        self.filings = {one.mark: one for one in recent[-self.policy.entries_max :]}

    def groups(self) -> list[list[Counted]]:
        """Each joins the first group whose earliest is like it, or begins one."""
        found: list[list[Counted]] = []
        for filing in sorted(one for one in self.filings.values() if not one.withdrawn):
            alike = (group for group in found if are_like(group[0], filing, self.policy))
            group = next(alike, None)
            if group is None:
                found.append([filing])
            else:
                group.append(filing)
        return found


def are_like(first: Counted, second: Counted, policy: IssuePolicy) -> bool:
    equal = sum(one == other for one, other in zip(first.minima, second.minima, strict=True))
    return equal >= needed(policy.likeness)


def item(filing: Counted) -> IssueFiling:
    return IssueFiling(
        division="990101",
        content_class="030100",
        received_time=timestamp(instant_at(filing.received)),
        mark=filing.mark,
        number=filing.number,
        petitioner_mark=filing.petitioner,
        minima=filing.minima,
        withdrawn=filing.withdrawn,
    )


def drawn(draw: random.Random, count: int, days: int = 25) -> list[Counted]:
    """Filings on a few matters, near to one another and far, some withdrawn, corrected or sent again."""
    matters = [draw.randbytes(MINIMA) for _ in range(3)]
    filings: list[Counted] = []
    for _ in range(count):
        matter = bytearray(draw.choice(matters))
        for at in draw.sample(range(MINIMA), draw.randint(0, MINIMA)):
            matter[at] = draw.choice(matters)[at]
        filing = Counted(
            received=draw.randrange(days) * DAY,
            mark=draw.randrange(2 * count).to_bytes(8),
            number=draw.randint(1, 3),
            petitioner=draw.choice((b"", b"one!", b"two!", b"tri!")),
            minima=bytes(matter),
            withdrawn=draw.random() < 0.15,
        )
        filings += [filing] * draw.choice((1, 1, 1, 2))
    draw.shuffle(filings)
    return filings


def grown(filings: Iterable[Counted], policy: IssuePolicy) -> Cell:
    """The cell after these filings, kept as bytes between them."""
    fold, cell = Cells(policy), Cell()
    for filing in filings:
        cell = fold.load(fold.dump(fold.evolve(cell, item(filing))))
    return cell


def settled(filings: Sequence[Counted]) -> list[Counted]:
    """One word for each filing: then nothing depends on which of them was known in between."""
    return list({filing.mark: filing for filing in filings}.values())


@settings(max_examples=60)
@given(st.integers(0, 10_000_000))
def test_a_cell_that_grew_is_the_cell_put_together_from_scratch_after_every_filing(seed: int) -> None:
    fold, cell, plain = Cells(SMALL), Cell(), Plain(SMALL)
    for filing in drawn(random.Random(seed), 40):
        plain.take(filing)
        cell = fold.evolve(cell, item(filing))
        assert [*cell] == sorted(plain.filings.values())
        assert cell.dropped == plain.dropped
        wanted = [group for group in plain.groups() if len(group) > 1]
        assert [members(group, cell) for group in groups(cell, SMALL)] == wanted
        assert cell.shown.values == issues(cell, SMALL)


def members(group: int, cell: Cell) -> list[Counted]:
    return [one for rank, one in enumerate(cell) if group >> rank & 1]


@settings(max_examples=30)
@given(st.integers(0, 10_000_000))
def test_the_order_of_filings_and_repeats_change_no_byte_but_of_what_was_taken_away_last(seed: int) -> None:
    draw = random.Random(seed)
    filings = settled(drawn(draw, 40))
    first = grown(filings, SMALL)
    again = filings + draw.sample(filings, 10)
    draw.shuffle(again)
    second = grown(again, SMALL)
    assert first.showing(first.shown.values).dump() == second.showing(second.shown.values).dump()


def test_a_repeat_changes_nothing() -> None:
    fold, filings = Cells(SMALL), settled(drawn(random.Random(1), 15, days=5))
    cell = grown(filings, SMALL)
    for filing in filings:
        assert fold.evolve(cell, item(filing)) is cell


def test_one_filing_alone_cannot_be_made_an_issue() -> None:
    with pytest.raises(ValueError, match="filings_min is 1"):
        IssuePolicy(filings_min=1)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many filings each comparison was with."""
    counts: list[int] = []

    def counting(minima: bytes, columns: bytes, equal_min: int) -> bytes:
        counts.append(len(columns) // MINIMA)
        return like(minima, columns, equal_min)

    monkeypatch.setattr(cell_state, "like", counting)
    return counts


def alike(at: int, order: int) -> Counted:
    return Counted(order, at.to_bytes(8), 1, at.to_bytes(4), bytes(MINIMA), withdrawn=False)


def unlike(at: int, order: int) -> Counted:
    return alike(at, order)._replace(minima=random.Random(at).randbytes(MINIMA))


@pytest.mark.parametrize("made", [alike, unlike])
@pytest.mark.parametrize("order", ["as received", "latest first", "undated"])
def test_a_filing_is_compared_once_with_each_of_its_cell_and_never_again(
    compared: list[int], made: Any, order: str
) -> None:
    fold, cell, policy = Cells(), Cell(), IssuePolicy()
    count = policy.entries_max + 100
    marks = random.Random(7).sample(range(count), count)
    for at in range(count):
        received = {"as received": at, "latest first": count - at, "undated": 0}[order]
        cell = fold.evolve(cell, item(made(marks[at], received)))
    assert len(compared) <= count
    assert max(compared) < policy.entries_max
    assert len(cell) == policy.entries_max
    assert cell.is_cut


def test_a_filing_that_is_withdrawn_is_compared_with_none(compared: list[int]) -> None:
    fold, cell = Cells(), grown([alike(at, at) for at in range(6)], IssuePolicy())
    compared.clear()
    cell = fold.evolve(cell, item(replaced := alike(2, 2)._replace(number=2, withdrawn=True)))
    assert compared == []
    assert cell.filing(2) == replaced
    assert [group.bit_count() for group in groups(cell, IssuePolicy())] == [5]

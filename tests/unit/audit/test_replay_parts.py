"""Replay in parts gives what replay of the whole gives, with a part of it in memory at a time."""

from pathlib import Path

from huiyin_audit.replay import Replay
from huiyin_audit.replay_parts import Folded, LiveView, fold_part, lay_aside, table_of
from huiyin_audit.spill import Spill
from huiyin_domain.cases.fold import CaseFold
from huiyin_domain.clocks.record import ClockFold
from huiyin_kernel.codec import fact_of
from tests.unit.audit.book import told, written
from tests.unit.audit.legal_story import legal_story
from tests.unit.audit.sources import ListSource

BOOK = written(legal_story())
FOLDS = (CaseFold(), ClockFold())
VIEWS = [LiveView("streams", fold, ()) for fold in FOLDS]
STATES = 0


async def folded(spill: Spill) -> list[Folded]:
    policies = await lay_aside(spill, [ListSource(log, events) for log, events in BOOK.logs.items()], VIEWS)
    return [fold_part(spill, VIEWS, policies, number) for number in range(spill.parts)]


def in_parts(folder: Path, count: int) -> Spill:
    """A folder of its own."""
    folder.mkdir()
    return Spill(folder, count)


def whole() -> list[dict[str, bytes]]:
    """The states of all events, in memory at once."""
    facts = sorted(
        (e.fact for log in told(legal_story()).logs.values() for e in log), key=lambda f: f.recorded
    )
    replays = [Replay(fold) for fold in FOLDS]
    for each in replays:
        each.take(facts)
    return [each.dumped() for each in replays]


async def test_parts_give_the_states_of_the_whole_in_the_order_of_keys(tmp_path: Path) -> None:
    for count in (1, 3, 16):
        spill = in_parts(tmp_path / str(count), count)
        await folded(spill)
        for view, states in enumerate(whole()):
            assert list(spill.merged(table_of(view, STATES))) == sorted(states.items())


async def test_every_part_holds_its_own_states_alone(tmp_path: Path) -> None:
    found = await folded(Spill(tmp_path, 16))
    assert sum(one.state_count for one in found) == sum(map(len, whole()))
    assert max(one.state_count for one in found) <= sum(map(len, whole())) // 2


async def test_the_rows_beside_states_are_divided_too(tmp_path: Path) -> None:
    alone, divided = in_parts(tmp_path / "alone", 1), in_parts(tmp_path / "divided", 5)
    for spill in (alone, divided):
        await folded(spill)
    for view, tables in ((0, 4), (1, 4)):
        for table in range(tables):
            rows = list(divided.merged(table_of(view, table)))
            assert rows
            assert rows == list(alone.merged(table_of(view, table)))


def test_the_story_has_cases_enough_to_be_divided() -> None:
    cases = {case for log, events in BOOK.logs.items() for e in events for case in fact_of(log, e).case_ids}
    assert len(cases) > 5

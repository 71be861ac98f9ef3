"""The watchdog finds a worker whose commits or records stand still, and leaves one that is well alone."""

import pytest

from huiyin_streams.worker.watchdog import Watchdog, WorkerStanding

PART, OTHER = ("timeline", 0), ("timeline", 1)


def verdicts(
    watchdog: Watchdog, *looks: tuple[float, dict[tuple[str, int], WorkerStanding]]
) -> list[str | None]:
    return [watchdog.verdict(standings, at) for at, standings in looks]


def test_a_worker_that_has_handled_everything_may_be_idle_for_ever() -> None:
    idle = {PART: WorkerStanding(10, 10, 10)}
    assert verdicts(Watchdog(90), (0, idle), (1_000, idle), (100_000, idle)) == [None, None, None]


def test_a_commit_that_stands_still_is_found() -> None:
    looks = [(at, {PART: WorkerStanding(10 + int(at), 5, 10 + int(at))}) for at in (0.0, 50.0, 91.0)]
    assert verdicts(Watchdog(90), *looks) == [None, None, "the commit of timeline/0 stands at 5, handled 101"]


def test_a_commit_that_moves_is_well_however_far_behind() -> None:
    looks = [(at, {PART: WorkerStanding(1000, int(at), 1000)}) for at in (0.0, 50.0, 100.0, 150.0)]
    assert set(verdicts(Watchdog(90), *looks)) == {None}


@pytest.mark.parametrize("end", [20, None])
def test_records_that_wait_while_none_is_handled_are_found(end: int | None) -> None:
    stuck = {PART: WorkerStanding(10, 10, end), OTHER: WorkerStanding(3, 3, 3)}
    looks = verdicts(Watchdog(90), (0, stuck), (5, stuck), (94, stuck), (96, stuck))
    assert looks == [None, None, None, "records wait and none is handled"]


def test_a_worker_that_gets_no_partition_is_found() -> None:
    assert verdicts(Watchdog(90), (0, {}), (5, {}), (100, {}))[-1] == "no partition was assigned"


def test_progress_begins_the_patience_anew() -> None:
    looks = [(float(at), {PART: WorkerStanding(at // 80, at // 80, 100)}) for at in range(0, 1000, 5)]
    assert set(verdicts(Watchdog(90), *looks)) == {None}


def test_a_partition_that_was_taken_away_is_forgotten() -> None:
    behind, well = WorkerStanding(10, 5, 10), {OTHER: WorkerStanding(1, 1, 1)}
    looks = verdicts(Watchdog(90), (0, {PART: behind, **well}), (50, well), (95, {PART: behind, **well}))
    assert set(looks) == {None}

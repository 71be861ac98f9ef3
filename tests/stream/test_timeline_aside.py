"""An event that the timeline cannot take sets its case aside, in sight of all; every other case goes on."""

from typing import Any

import pytest

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin_domain.cases import view as views
from huiyin_domain.decider import Fact, UnfoldableError
from huiyin_domain.timeline import ledger
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.stream.test_timeline_host import many
from tests.support.agencies import identifier
from tests.support.platform import eventually
from tests.support.timelines import NAMES, Record, TimelinePlace, hosting, new_host, numbered_rightly

INTAKE = NAMES[0]
FIRST, SECOND, THIRD = (identifier(700 + number) for number in range(3))
BURIED, HANDLED = 1, 3


@pytest.fixture
async def place(postgres_server: EmbeddedPostgres) -> TimelinePlace:
    return await TimelinePlace.made(postgres_server.admin_dsn)


class Planted:
    """A fold with a defect: it cannot take an event of the intake log at these positions."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *positions: int) -> None:
        self.positions = set(positions)
        monkeypatch.setattr(ledger, "views", self)

    def evolve(self, view: Any, fact: Fact) -> Any:
        if fact.log == INTAKE and fact.position in self.positions:
            raise UnfoldableError(f"position {fact.position} is too much")
        return views.evolve(view, fact)


def letters(place: TimelinePlace) -> list[tuple[int, DeadLetter]]:
    """The timeline's letters with their states."""
    rows = place.rows("SELECT state, letter FROM streams.dead_letter ORDER BY sequence")
    return [(state, DeadLetter.FromString(letter)) for state, letter in rows]


def drive_again(place: TimelinePlace) -> None:
    """What `huiyin dead-letters redrive` does with each letter."""
    place.rows("UPDATE streams.dead_letter SET state = 2 WHERE state = 1", admin=True)


def waiting(place: TimelinePlace) -> list[tuple[str, int]]:
    """What is set aside, in order."""
    return place.rows("SELECT log, position FROM streams.timeline_aside ORDER BY number")


async def until_handled(place: TimelinePlace) -> None:
    async def known() -> bool:
        return all(state == HANDLED for state, _ in letters(place))

    await eventually(known, "the letters of the timeline")


async def three_cases(record: Record) -> None:
    """Three cases, of two events each; the second's first event is a cause of the third's second."""
    cause = []
    for case in (FIRST, SECOND, THIRD):
        cause += [await record.write("intake", f"petition-{case}", [case])]
    await record.write("judicial", "referral-1", [FIRST])
    await record.write("judicial", "referral-2", [SECOND])
    await record.write("judicial", "referral-3", [THIRD], causes=[cause[1]])


async def test_only_what_must_come_after_it_waits_for_an_event_that_is_set_aside(
    place: TimelinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, _ = Record(), Planted(monkeypatch, 2)
    await three_cases(record)
    record.show()
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
    assert sorted(place.order()) == [("intake", 1), ("intake", 3), ("judicial", 1)]
    assert waiting(place)[0] == (INTAKE, 2)
    assert sorted(position for log, position in waiting(place) if log != INTAKE) == [2, 3]
    ((state, letter),) = letters(place)
    assert (state, letter.consumer, letter.log, letter.position) == (BURIED, "streams-timeline", INTAKE, 2)
    assert SECOND in letter.cause


async def test_driven_again_after_a_mend_every_case_has_the_numbers_it_would_have_had(
    place: TimelinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, planted = Record(), Planted(monkeypatch, 3, 20)
    await many(record, 200)
    record.show()
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
        assert len(place.entries()) + len(waiting(place)) == 200
        drive_again(place)
        await eventually(lambda: _said_again(place), "the letters say that they fail again")
        assert len(place.entries()) + len(waiting(place)) == 200
    planted.positions.clear()
    async with hosting(record, new_host(place)):
        drive_again(place)
        await until_handled(place)
    assert waiting(place) == []
    assert len(place.entries()) == 200
    assert numbered_rightly(place.entries())


async def _said_again(place: TimelinePlace) -> bool:
    rows = place.rows("SELECT state, redrive_cause FROM streams.dead_letter ORDER BY sequence")
    return bool(rows) and all(state == BURIED and "too much" in cause for state, cause in rows)


async def test_a_restart_neither_forgets_what_waits_nor_numbers_what_comes_after_it(
    place: TimelinePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, planted = Record(), Planted(monkeypatch, 2)
    await three_cases(record)
    record.show()
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
    planted.positions.clear()
    await record.write("reception", "visit-1", [SECOND])
    await record.write("reception", "visit-2", [FIRST])
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
    assert ("reception", 2) in place.order()
    assert ("reception", 1) not in place.order()
    assert len(letters(place)) == 1

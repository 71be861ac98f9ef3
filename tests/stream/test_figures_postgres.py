"""Figures counted by the database are the figures of the formulas, whatever is folded again or in between."""

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.decider import Fact
from huiyin_domain.figures.table import FIGURES
from huiyin_domain.figures.value import Value, counted, value_of
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.figure_rows import FigureCell, count_figures, table_of
from huiyin_streams.models import CaseModel
from tests.support.fold_tables import LOG_FILES
from tests.support.small_policy import DIRECTORY
from tests.unit.clocks.story import TIMETABLE, noon
from tests.unit.figures.lives import FOLD, Life, Town
from tests.unit.figures.test_figure_values import towns

MODEL = CaseModel(TIMETABLE, DIRECTORY)
LIMIT = 10_000


@pytest.fixture
async def connection(postgres_server: EmbeddedPostgres) -> AsyncIterator[AsyncConnection[Any]]:
    """A database with the tables of the streams service."""
    async with await AsyncConnection.connect(postgres_server.admin_dsn, autocommit=True) as opened:
        await opened.execute("CREATE SCHEMA streams")
        await opened.execute("SET search_path TO streams")
        for file in (*LOG_FILES, *READ_MODEL_TABLES["streams"]):
            await opened.execute(file.read_text(encoding="utf-8").encode())
        yield opened
        await opened.execute("DROP SCHEMA streams CASCADE")


async def fold(connection: AsyncConnection[Any], facts: Iterable[Fact], size: int) -> None:
    """Folds as the fold host does, batch by batch; then the last batch once more."""
    states: dict[str, Any] = {}
    facts = list(facts)
    touched: dict[str, Any] = {}
    for start in range(0, len(facts), size):
        touched, before = {}, dict(states)
        for fact in facts[start : start + size]:
            for key in FOLD.keys(fact):
                touched[key] = states[key] = FOLD.evolve(states.get(key) or FOLD.initial(), fact)
        await MODEL.write_rows(connection, touched, [], before)
    await MODEL.write_rows(connection, touched, [])


async def cells_are_sums(connection: AsyncConnection[Any]) -> bool:
    """Whether the cells are what adding the rows up again gives."""
    columns = b"month, unit, division, measure, piece, due::text, piece_when_due, accused, cases, days"
    found = [
        await (await connection.execute(b"SELECT " + columns + b" FROM streams." + table)).fetchall()
        for table in (b"figure_cell", b"figure_sum")
    ]
    return sorted(map(repr, found[0])) == sorted(map(repr, found[1]))


async def read(connection: AsyncConnection[Any], as_of: Any, **breakdown: bool) -> dict[FigureCell, Value]:
    return dict(table_of(await count_figures(connection, [], as_of, LIMIT, **breakdown), FIGURES))


def expected(town: Town, as_of: Any) -> dict[FigureCell, Value]:
    """The figures by unit and division, straight from the contributions."""
    groups: dict[tuple[str, str, str], list[Any]] = {}
    for state in town.states().values():
        rows = MODEL.figures(state)
        for one in rows.contributions:
            groups.setdefault((one.month, rows.division, one.unit), []).append(one)
    found: dict[FigureCell, Value] = {}
    for place, ones in groups.items():
        for measure, amounts in counted(ones, as_of).items():
            for figure in (each for each in FIGURES if each.measure is measure):
                found[FigureCell(*place, figure.name)] = value_of(figure, amounts)
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(town=towns(), later=st.integers(0, 900), size=st.integers(1, 20))
async def test_the_database_counts_what_the_formulas_say(
    connection: AsyncConnection[Any], town: Town, later: int, size: int
) -> None:
    await connection.execute("DELETE FROM streams.figure_row")
    await fold(connection, town.facts, size)
    as_of = noon("2026-01-05") + timedelta(days=later)
    assert await read(connection, as_of, by_unit=True, by_division=True) == expected(town, as_of)
    assert await cells_are_sums(connection)


async def test_units_and_divisions_together_make_the_whole(connection: AsyncConnection[Any]) -> None:
    await fold(connection, _twenty().facts, 50)
    as_of = noon("2026-06-01")
    whole = await read(connection, as_of)
    detail = await read(connection, as_of, by_unit=True, by_division=True)
    assert len(detail) > len(whole) > 10
    for cell, value in whole.items():
        same = [part for place, part in detail.items() if place[::3] == cell[::3]]
        assert sum(part.denominator for part in same) == value.denominator
        assert sum(part.numerator for part in same) == value.numerator


def _twenty() -> Town:
    town = Town()
    for number in range(1, 21):
        life = Life(town, number, "2026-03-02", division=f"99010{number % 3}").classified("2026-03-03")
        if number % 2:
            life.handed("2026-03-04").accepted("2026-03-05").opined("2026-03-25").served("2026-03-26")
    return town


async def test_rows_that_an_event_leaves_as_they_are_are_not_written_again(
    connection: AsyncConnection[Any],
) -> None:
    town = _twenty()
    await fold(connection, town.facts, 50)
    before = await _versions(connection)
    await MODEL.write_rows(connection, town.states(), [])
    assert await _versions(connection) == before


async def _versions(connection: AsyncConnection[Any]) -> list[Any]:
    query = "SELECT xmin::text, case_id, measure, number FROM streams.figure_row ORDER BY 2, 3, 4"
    return await (await connection.execute(query)).fetchall()


async def test_what_is_remembered_of_rows_that_were_taken_back_is_not_trusted(
    connection: AsyncConnection[Any],
) -> None:
    town, model = _twenty(), CaseModel(TIMETABLE, DIRECTORY)
    earlier, whole = town.states(town.facts[:60]), town.states()
    await model.write_rows(connection, earlier, [])
    async with connection.transaction(force_rollback=True):
        await model.write_rows(connection, whole, [], earlier)
    await model.write_rows(connection, whole, [], earlier)
    as_of = noon("2026-06-01")
    assert await read(connection, as_of, by_unit=True, by_division=True) == expected(town, as_of)

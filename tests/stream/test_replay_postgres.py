"""Replay reads a real database and compares with the live models in it, however far these have come."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from huiyin_audit.findings import PromiseOutcome, Reach
from huiyin_audit.replay_logs import compare_models, states_as_of
from huiyin_domain.cases import view
from huiyin_domain.cases.view import CaseView
from huiyin_domain.decider import Fact
from huiyin_kernel import projection
from tests.unit.audit.book import told
from tests.unit.audit.legal_story import INTAKE, LOGS, case, legal_story

TABLES = (Path(projection.__file__).parent / "projection.sql").read_text(encoding="utf-8")
HISTORY = told(legal_story())


class Cases:
    """The platform's own case view."""

    name = "cases"

    def keys(self, fact: Fact) -> Sequence[str]:
        return fact.case_ids

    def initial(self) -> CaseView:
        return view.initial()

    def evolve(self, state: CaseView, fact: Fact) -> CaseView:
        return view.evolve(state, fact)

    def dump(self, state: CaseView) -> bytes:
        return view.to_bytes(state)


@pytest.fixture
def live(audit_dsn: str) -> str:
    """The database with live case views that have come as far as half of the intake log."""
    positions = {log: len(HISTORY.logs[log]) // 2 if log == INTAKE else 0 for log in LOGS}
    states: dict[str, CaseView] = {}
    for entry in HISTORY.logs[INTAKE][: positions[INTAKE]]:
        for key in entry.fact.case_ids:
            states[key] = view.evolve(states.get(key, view.initial()), entry.fact)
    with psycopg.connect(audit_dsn) as connection:
        connection.execute("DROP SCHEMA IF EXISTS views CASCADE")
        connection.execute("CREATE SCHEMA views")
        connection.execute("SET search_path TO views")
        connection.execute(TABLES)
        rows = [("cases", key, view.to_bytes(state)) for key, state in states.items()]
        connection.cursor().executemany("INSERT INTO projection_state VALUES (%s, %s, %s)", rows)
        cursors = [("cases", log, position) for log, position in positions.items() if position]
        insert = "INSERT INTO projection_cursor (model, log, position) VALUES (%s, %s, %s)"
        connection.cursor().executemany(insert, cursors)
    return audit_dsn


async def test_a_live_model_that_lags_is_equal_as_far_as_it_has_come_and_is_said_to_be_behind(
    live: str,
) -> None:
    (verdict,) = await compare_models(live, LOGS, "views", [Cases()])
    assert (verdict.outcome, verdict.violations) == (PromiseOutcome.BEHIND, ())
    assert set(verdict.reach) == {
        Reach(log, end // 2 if log == INTAKE else 0, end) for log, end in HISTORY.ends.items()
    }


async def test_a_live_state_altered_by_hand_is_named(live: str) -> None:
    with psycopg.connect(live) as connection:
        connection.execute(
            "UPDATE views.projection_state SET state = set_byte(state, 9, 0) WHERE key = %s", (case("A"),)
        )
    (verdict,) = await compare_models(live, LOGS, "views", [Cases()])
    assert [(finding.rule, finding.stream) for finding in verdict.violations] == [
        ("STATE_DIFFERS", case("A"))
    ]


async def test_a_cursor_ahead_of_its_states_is_named(live: str) -> None:
    with psycopg.connect(live) as connection:
        connection.execute("UPDATE views.projection_cursor SET position = position + 6")
    (verdict,) = await compare_models(live, LOGS, "views", [Cases()])
    assert verdict.outcome is PromiseOutcome.BROKEN


async def test_the_state_as_of_an_instant_knows_nothing_later(audit_dsn: str) -> None:
    accepted = next(e.fact for e in HISTORY.logs[INTAKE] if type(e.message).__name__ == "PetitionAccepted")
    states, _ = await states_as_of(audit_dsn, LOGS, Cases(), accepted.recorded)
    assert set(states) == {case("A")}
    assert (states[case("A")].intake.responsible_unit, states[case("A")].intake.epoch) == ("BUREAU", 2)
    everything, _ = await states_as_of(audit_dsn, LOGS, Cases(), None)
    assert {case(name) for name in "ABCDEFG"} <= set(everything)

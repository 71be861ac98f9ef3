"""Figures of many cases: nothing counted twice, nothing lost, small cells kept back, the logs free to mix."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.codes import Verification
from huiyin_domain.decider import Fact, UnknownEventError
from huiyin_domain.figures.contribution import Contribution, Measure, Piece
from huiyin_domain.figures.derive import contributions
from huiyin_domain.figures.table import BY_NAME, FIGURES, Figure
from huiyin_domain.figures.value import PIECES, SUPPRESSED, Value, counted, for_outsiders, value_of
from tests.unit.clocks.story import COURT, HOUSING, OFFICE, TIMETABLE, TRANSPORT, noon, stamp
from tests.unit.figures.lives import FOLD, Life, Town, case_id, folded

ACTS: tuple[Message, ...] = (
    intake.PetitionClassified(petition_class=types.PETITION_CLASS_CLAIM, route=types.ROUTE_PETITION),
    intake.PetitionClassified(petition_class=types.PETITION_CLASS_ACCUSATION, accused_units=[TRANSPORT]),
    intake.PetitionHandedOver(handover_id="h1", from_unit=OFFICE, to_unit=HOUSING, due_date="2026-04-30"),
    intake.PetitionHandedOver(handover_id="h2", from_unit=OFFICE, to_unit=TRANSPORT),
    intake.HandoverObjected(handover_id="h1", unit=HOUSING),
    intake.ObjectionUpheld(handover_id="h1"),
    intake.ObjectionRefused(handover_id="h1"),
    intake.ReceiptNotified(unit=HOUSING),
    intake.ResponsibilityMoved(to_unit=HOUSING, basis=types.MOVE_BASIS_ACCEPTANCE),
    intake.ResponsibilityMoved(to_unit=TRANSPORT, basis=types.MOVE_BASIS_SUPERIOR_DECISION),
    intake.PetitionAccepted(unit=HOUSING),
    intake.PetitionNotAccepted(),
    intake.PetitionNotAccepted(same_case_id=case_id(1)),
    intake.LedIntoProcedure(),
    intake.ExtensionApproved(extension_days=20),
    intake.ExtensionNotified(),
    intake.OpinionIssued(outcome=types.OPINION_OUTCOME_SUPPORTED),
    intake.OpinionServed(),
    intake.SupportExecuted(),
    intake.ReviewRequested(review_id="v1", level=types.REVIEW_LEVEL_REVIEW, organ="government"),
    intake.ReviewDecided(
        review_id="v1", level=types.REVIEW_LEVEL_REVIEW, outcome=types.REVIEW_OUTCOME_REVOKED
    ),
    intake.PetitionClosed(),
    intake.PetitionRated(office_rating=types.RATING_SATISFIED),
    intake.CaseLinked(other_case_id=case_id(2), kind=types.LINK_KIND_SAME_MATTER),
    intake.JudicialReferralAcknowledged(),
    intake.PersonalDataRead(case_id=case_id(3)),
)


def others(case: str) -> tuple[Message, ...]:
    """Events of other logs on a case."""
    return (
        judicial.LitigationReferred(case_id=case, organ=COURT),
        supervision.OrderIssued(case_id=case, unit=HOUSING, due_date="2026-03-01"),
        supervision.DeadlinePassed(case_id=case),
    )


@st.composite
def towns(draw: st.DrawFn) -> Town:
    """Up to four cases with any acts, lawful or not, and acts of other logs."""
    town, day = Town(), noon("2026-01-05")
    for number in range(1, draw(st.integers(1, 4)) + 1):
        life = Life(town, number, "2026-01-05", division=draw(st.sampled_from(["990101", "990102"])))
        for event in draw(st.lists(st.sampled_from(ACTS), max_size=12)):
            day += timedelta(days=draw(st.integers(0, 15)))
            life.other(day.date().isoformat(), event)
        for place, event in enumerate(draw(st.lists(st.sampled_from(others(life.case)), max_size=2))):
            life.other(day.date().isoformat(), event, f"other-{number}-{place}")
    return town


@given(towns(), st.integers(0, 900))
def test_the_units_together_make_the_total_and_so_do_the_months(town: Town, later: int) -> None:
    as_of = noon("2026-01-05") + timedelta(days=later)
    everything = town.contributions()
    for figure in FIGURES:
        total = value_of(figure, counted(everything, as_of).get(figure.measure, {}))
        for attribute in ("unit", "month"):
            parts = _parts(everything, attribute, figure, as_of)
            for name in ("numerator", "denominator", "missing"):
                assert sum(getattr(part, name) for part in parts) == getattr(total, name)


def _parts(everything: list[Contribution], attribute: str, figure: Figure, as_of: datetime) -> list[Value]:
    groups: dict[str, list[Contribution]] = defaultdict(list)
    for one in everything:
        groups[getattr(one, attribute)].append(one)
    return [value_of(figure, counted(group, as_of).get(figure.measure, {})) for group in groups.values()]


@given(towns(), st.integers(0, 900))
def test_every_piece_of_a_measure_has_its_place_in_every_figure_of_it(town: Town, later: int) -> None:
    as_of = noon("2026-01-05") + timedelta(days=later)
    for measure, pieces in counted(town.contributions(), as_of).items():
        for figure in (one for one in FIGURES if one.measure is measure):
            assert set(pieces) <= figure.denominator | figure.missing, figure.name


@given(towns(), st.data())
def test_the_order_in_which_logs_arrive_does_not_matter(town: Town, data: st.DataObject) -> None:
    mixed = data.draw(interleavings(town.facts))
    states, again = town.states(), folded(mixed)
    assert {key: FOLD.dump(state) for key, state in states.items()} == {
        key: FOLD.dump(state) for key, state in again.items()
    }


@st.composite
def interleavings(draw: st.DrawFn, facts: list[Fact]) -> list[Fact]:
    """The same facts with the logs mixed otherwise, each log in its own order."""
    waiting = {log: [fact for fact in facts if fact.log == log] for log in {fact.log for fact in facts}}
    mixed = []
    while waiting:
        log = draw(st.sampled_from(sorted(waiting)))
        mixed.append(waiting[log].pop(0))
        waiting = {name: rest for name, rest in waiting.items() if rest}
    return mixed


@given(towns())
def test_states_come_back_from_their_bytes(town: Town) -> None:
    for state in town.states().values():
        assert FOLD.load(FOLD.dump(state)) == state


@given(towns(), st.integers(0, 900))
def test_waiting_never_brings_an_overdue_case_back_in_time(town: Town, later: int) -> None:
    as_of = noon("2026-01-05") + timedelta(days=later)
    for one in town.contributions():
        if one.piece_at(as_of) is not one.piece:
            assert one.piece_at(as_of + timedelta(days=400)) is one.piece_when_due


@given(towns())
def test_contributions_of_a_case_are_told_apart_by_measure_and_number(town: Town) -> None:
    for state in town.states().values():
        keys = [(one.measure, one.number) for one in contributions(state, TIMETABLE)]
        assert len(keys) == len(set(keys))


def test_a_contribution_says_nothing_of_a_person_or_of_the_case() -> None:
    names = set(Contribution._fields)
    assert names == {"measure", "unit", "month", "piece", "number", "days", "due", "piece_when_due"}


def test_an_event_that_nobody_knows_is_an_error() -> None:
    town = Town()
    Life(town, 1, "2026-01-05")
    with pytest.raises(UnknownEventError):
        folded([town.facts[0], replace(town.facts[0], event=stamp("2026-03-02"))])


def test_every_figure_names_its_source_and_says_what_it_is() -> None:
    assert set(BY_NAME) == {figure.name for figure in FIGURES}
    assert len(BY_NAME) == len(FIGURES)
    for figure in FIGURES:
        assert figure.title.zh
        assert figure.title.en
        assert "section 7" in figure.basis
        assert (figure.mark is Verification.PRACTICE) == ("S3" in figure.basis)
        assert figure.numerator <= figure.denominator
        assert not figure.denominator & figure.missing


def test_every_measure_has_a_figure() -> None:
    assert {figure.measure for figure in FIGURES} == set(Measure)


SHOWN = Value(3, 9, 2, ((Piece.IN_TIME, 3),))


def test_a_figure_of_enough_cases_is_shown_to_everyone() -> None:
    assert for_outsiders(SHOWN, Value(), 5) == SHOWN


def test_a_small_cell_is_kept_back_and_holds_no_number() -> None:
    small = Value(1, 4, 0, ((Piece.IN_TIME, 1),))
    assert for_outsiders(small, Value(), 5) == SUPPRESSED == Value(suppressed=True)


def test_a_rest_that_a_subtraction_would_show_is_kept_back_too() -> None:
    assert for_outsiders(SHOWN, Value(1, 5), 5) == SUPPRESSED
    assert for_outsiders(SHOWN, Value(1, 4), 5) == SHOWN
    assert for_outsiders(SHOWN, Value(3, 9, 2), 5) == SHOWN


def test_few_cases_of_which_nothing_is_known_are_a_small_cell_and_none_at_all_is_not() -> None:
    assert for_outsiders(Value(missing=2), Value(), 5) == SUPPRESSED
    assert for_outsiders(Value(), Value(), 5) == Value()


def test_every_piece_has_its_words() -> None:
    assert set(PIECES) == set(Piece)
    assert len({text.zh for text in PIECES.values()}) == len(PIECES)


def test_the_page_about_figures_names_each_of_them_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "figures.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(BY_NAME)

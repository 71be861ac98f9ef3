"""参评率 and 满意率 of both bodies: unrated is never satisfied (domain rules, section 7)."""

import pytest

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.figures.contribution import Measure, Piece
from huiyin_domain.figures.table import FIGURES, Figure
from tests.unit.figures.lives import HOUSING, OFFICE, Life, Town, pieces

SATISFIED, MOSTLY, NOT = (
    types.RATING_SATISFIED,
    types.RATING_MOSTLY_SATISFIED,
    types.RATING_NOT_SATISFIED,
)


def served(town: Town, number: int, day: str = "2026-03-10") -> Life:
    """A case whose answer by the housing bureau reached the petitioner."""
    life = Life(town, number, "2026-03-01").classified("2026-03-01").handed("2026-03-01")
    return life.accepted("2026-03-02").opined("2026-03-09").served(day)


def six() -> Town:
    """All that can become of a rating."""
    town = Town()
    served(town, 1).rated("2026-03-20", SATISFIED, NOT)
    served(town, 2).rated("2026-03-20", MOSTLY, MOSTLY)
    served(town, 3).rated("2026-03-20", NOT, SATISFIED)
    served(town, 4).rated("2026-03-20", unit=SATISFIED)
    served(town, 5)
    served(town, 6, "2026-03-25")
    return town


def test_section_7_s31_rated_is_given_over_given_and_expired_for_each_of_the_two_bodies() -> None:
    """30 days from 2026-03-10 end on 2026-04-09; those from 2026-03-25 still run on the 10th of April."""
    office, unit = (six().figure(name, "2026-04-10") for name in ("office_rated", "unit_rated"))
    assert (office.numerator, office.denominator, office.missing) == (3, 5, 1)
    assert (unit.numerator, unit.denominator, unit.missing) == (4, 5, 1)
    assert unit.pieces == pieces(rated=4, expired=1, awaited=1)


def test_section_7_s31_satisfied_is_satisfied_and_mostly_over_rated_alone() -> None:
    office, unit = (six().figure(name, "2026-04-10") for name in ("office_satisfied", "unit_satisfied"))
    assert (office.numerator, office.denominator, office.missing) == (2, 3, 3)
    assert (unit.numerator, unit.denominator, unit.missing) == (3, 4, 2)
    assert unit.pieces == pieces(satisfied=2, mostly_satisfied=1, not_satisfied=1, expired=1, awaited=1)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_no_figure_counts_an_unrated_case_as_a_good_one(figure: Figure) -> None:
    assert not {Piece.AWAITED, Piece.EXPIRED} & figure.numerator


def test_figures_show_by_which_way_ratings_came() -> None:
    """Domain rules, section 7: what came over an agency's connection is shown as that."""
    town = Town()
    served(town, 1).rated("2026-03-20", SATISFIED, NOT, types.RATING_WAY_WEB)
    served(town, 2).rated("2026-03-20", SATISFIED, NOT, types.RATING_WAY_TERMINAL)
    served(town, 3).rated("2026-03-20", SATISFIED, SATISFIED)
    served(town, 4).rated("2026-03-20", unit=SATISFIED).other("2026-03-21", intake.RatingTakenBack())
    served(town, 5)
    found = town.figure("rated_by_petitioner", "2026-04-10")
    assert (found.numerator, found.denominator, found.missing) == (2, 3, 1)
    assert found.pieces == pieces(by_web=1, by_terminal=1, by_agency=1, taken_back=1)
    assert town.figure("unit_satisfied", "2026-04-10").denominator == 3


def test_a_case_that_nobody_rated_satisfies_nobody() -> None:
    town = Town()
    served(town, 1)
    for day in ("2026-03-15", "2027-03-15"):
        found = town.figure("unit_satisfied", day)
        assert (found.numerator, found.denominator, found.missing) == (0, 0, 1)


def test_the_two_bodies_are_kept_apart_and_counted_when_the_answer_was_served() -> None:
    town = Town()
    served(town, 1).rated("2026-04-20", SATISFIED, NOT)
    office, unit = town.only(Measure.OFFICE_RATING), town.only(Measure.UNIT_RATING)
    assert (office.unit, office.piece, office.month) == (OFFICE, Piece.SATISFIED, "2026-03")
    assert (unit.unit, unit.piece, unit.month) == (HOUSING, Piece.NOT_SATISFIED, "2026-03")


def test_a_filing_that_no_petition_office_registered_rates_none() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01", unit=HOUSING, petition_office=False).accepted("2026-03-02")
    life.opined("2026-03-09").served("2026-03-10").rated("2026-03-11", SATISFIED, SATISFIED)
    assert town.figure("office_rated", "2026-04-20").denominator == 0
    assert town.figure("unit_rated", "2026-04-20").numerator == 1


def test_rating_begins_with_a_served_answer_and_leaves_out_what_is_not_in_its_scope() -> None:
    """S20: matters filed first; not litigation, not those led away, not what is not fit to be public."""
    town = Town()
    first = Life(town, 1, "2026-03-01").accepted("2026-03-02").opined("2026-03-09")
    served(town, 2).same_as("2026-03-11", first)
    served(town, 3).other("2026-03-12", intake.LedIntoProcedure())
    served(town, 4).classified("2026-03-12", types.PETITION_CLASS_ACCUSATION, types.ROUTE_UNSPECIFIED)
    served(town, 5).classified("2026-03-12", types.PETITION_CLASS_LITIGATION, types.ROUTE_UNSPECIFIED)
    assert town.figure("unit_rated", "2026-03-20").missing == 0
    assert town.figure("unit_rated", "2027-03-20").denominator == 0
    first.served("2026-03-15")
    assert town.figure("unit_rated", "2026-03-20").missing == 1

"""按期答复率, 按期受理告知率, 按期办结率 and 平均答复周期 (domain rules, section 7)."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.figures.contribution import Measure, Piece
from tests.unit.figures.lives import HOUSING, OFFICE, TRANSPORT, Life, Town, pieces


def in_hand(town: Town, number: int, accepted: str) -> Life:
    """A petition proper that the housing bureau accepted on a day."""
    return Life(town, number, accepted).classified(accepted).handed(accepted).accepted(accepted)


def test_section_7_s31_answered_in_time_has_what_is_not_yet_due_in_the_denominator() -> None:
    """Accepted on 2026-03-05: 60 days end on 2026-05-04, a day off, and move to 2026-05-06."""
    town = Town()
    in_hand(town, 1, "2026-03-05").opined("2026-05-06")
    in_hand(town, 2, "2026-03-05").opined("2026-05-07")
    in_hand(town, 3, "2026-03-05")
    in_hand(town, 4, "2026-03-20")
    found = town.figure("answered_in_time", "2026-05-10")
    assert (found.numerator, found.denominator, found.missing) == (1, 4, 0)
    assert found.pieces == pieces(in_time=1, late=1, overdue=1, not_yet_due=1)


def test_what_is_overdue_depends_on_when_one_asks_and_is_not_stored() -> None:
    town = Town()
    in_hand(town, 1, "2026-03-05")
    assert town.figure("answered_in_time", "2026-05-06").pieces == pieces(not_yet_due=1)
    assert town.figure("answered_in_time", "2026-05-07").pieces == pieces(overdue=1)


def test_an_extension_moves_the_last_day_and_with_it_the_month() -> None:
    town = Town()
    in_hand(town, 1, "2026-03-05").extended("2026-04-20", 30).opined("2026-06-03")
    found = town.only(Measure.ANSWER)
    assert (found.piece, found.month, found.unit) == (Piece.IN_TIME, "2026-06", HOUSING)


def test_time_granted_after_the_period_had_passed_makes_nothing_timely() -> None:
    town = Town()
    life = in_hand(town, 1, "2026-03-05").extended("2026-05-10", 30)
    assert town.only(Measure.ANSWER).piece is Piece.OVERDUE
    life.opined("2026-05-20")
    found = town.only(Measure.ANSWER)
    assert (found.piece, found.month) == (Piece.LATE, "2026-05")


def test_only_the_petition_procedure_has_the_sixty_days_and_litigation_and_repeats_are_left_out() -> None:
    town = Town()
    first = Life(town, 1, "2026-03-05").classified("2026-03-05", route=types.ROUTE_ARBITRATION)
    first.accepted("2026-03-05", OFFICE)
    in_hand(town, 2, "2026-03-05").same_as("2026-03-06", first)
    in_hand(town, 3, "2026-03-05").classified("2026-03-06", route=types.ROUTE_JUDICIAL)
    assert town.figure("answered_in_time", "2026-03-31").denominator == 0


def test_a_matter_led_away_in_time_is_out_of_it_and_one_led_away_afterwards_was_late() -> None:
    town = Town()
    in_hand(town, 1, "2026-03-05").other("2026-04-01", intake.LedIntoProcedure())
    in_hand(town, 2, "2026-03-05").other("2026-05-20", intake.LedIntoProcedure())
    assert town.figure("answered_in_time", "2026-06-01").pieces == pieces(overdue=1)


def test_without_a_calendar_the_last_day_is_provisional_and_counted_as_missing() -> None:
    town = Town()
    in_hand(town, 1, "2026-12-01")
    in_hand(town, 2, "2026-12-01").opined("2027-01-15")
    in_hand(town, 3, "2026-12-01").opined("2027-02-15")
    found = town.figure("answered_in_time", "2027-03-01")
    assert (found.numerator, found.denominator, found.missing) == (1, 1, 2)
    assert found.pieces == pieces(in_time=1, provisional=2)


def test_section_7_s32_notified_in_time_is_done_in_time_over_what_was_due() -> None:
    """A direct filing of 2026-03-02 has to be told of by 2026-03-17, each hand-over by its own day."""
    town = Town()
    direct = {"unit": HOUSING, "petition_office": False}
    Life(town, 1, "2026-03-02", **direct).notified("2026-03-17")
    Life(town, 2, "2026-03-02", **direct).notified("2026-03-18")
    Life(town, 3, "2026-03-02", **direct)
    Life(town, 4, "2026-03-02").classified("2026-03-02").handed("2026-03-05", TRANSPORT)
    found = town.figure("notified_in_time", "2026-03-19")
    assert (found.numerator, found.denominator, found.missing) == (1, 3, 1)
    assert town.figure("notified_in_time", "2026-03-19", unit=TRANSPORT).missing == 1
    assert town.figure("notified_in_time", "2026-04-01", unit=TRANSPORT).denominator == 1


def test_nobody_has_to_notify_a_petitioner_whose_address_is_unclear_art_23_2() -> None:
    town = Town()
    Life(town, 1, "2026-03-02", anonymous=True)
    assert town.figure("notified_in_time", "2026-04-01").denominator == 0


def test_section_7_s32_finished_in_time_counts_each_last_day_of_referral_and_law() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-05").classified("2026-03-05").handed("2026-03-05", due="2026-04-01")
    life.accepted("2026-03-05").opined("2026-04-10")
    in_hand(town, 2, "2026-03-05")
    found = town.figure("closed_in_time", "2026-04-15")
    assert (found.numerator, found.denominator, found.missing) == (1, 2, 1)
    assert found.pieces == pieces(in_time=1, late=1, not_yet_due=1)
    assert town.figure("closed_in_time", "2026-04-15", month="2026-04").pieces == pieces(late=1)


def test_section_7_s32_average_days_to_the_answer_are_by_the_month_of_acceptance() -> None:
    town = Town()
    in_hand(town, 1, "2026-03-05").opined("2026-03-25")
    in_hand(town, 2, "2026-03-05").opined("2026-04-14").opined("2026-06-01")
    in_hand(town, 3, "2026-03-06")
    in_hand(town, 4, "2026-03-06").other("2026-04-01", intake.LedIntoProcedure())
    in_hand(town, 5, "2026-04-01").opined("2026-04-02")
    found = town.figure("answer_days", "2026-07-01", month="2026-03")
    assert (found.numerator, found.denominator, found.missing) == (60, 2, 1)


def test_what_is_accepted_again_after_it_was_led_away_waits_again() -> None:
    town = Town()
    in_hand(town, 1, "2026-03-05").other("2026-03-10", intake.LedIntoProcedure()).accepted("2026-03-20")
    assert town.only(Measure.ANSWER_DAYS).piece is Piece.WAITING

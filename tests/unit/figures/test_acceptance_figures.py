"""及时受理率, 平均受理周期, 重复信访率 and what was registered but not accepted (domain rules, section 7)."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.figures.contribution import Measure, Piece
from tests.unit.figures.lives import COURT, HOUSING, OFFICE, Life, Town, case_id, pieces

ACCUSATION = types.PETITION_CLASS_ACCUSATION
LITIGATION = types.PETITION_CLASS_LITIGATION


def test_section_7_s31_accepted_in_time_is_the_earliest_acceptance_within_15_days_over_all() -> None:
    town = Town()
    Life(town, 1, "2026-03-01").classified("2026-03-02").handed("2026-03-02").accepted("2026-03-16")
    Life(town, 2, "2026-03-01").classified("2026-03-02").handed("2026-03-02").accepted("2026-03-17")
    Life(town, 3, "2026-03-01").classified("2026-03-02")
    Life(town, 4, "2026-03-10").classified("2026-03-11")
    Life(town, 5, "2026-03-01").classified("2026-03-02").declined("2026-03-03")
    Life(town, 6, "2026-03-01").classified("2026-03-02").other("2026-03-04", intake.LedIntoProcedure())
    found = town.figure("accepted_in_time", "2026-03-20")
    assert (found.numerator, found.denominator, found.missing) == (1, 6, 0)
    assert found.pieces == pieces(in_time=1, late=1, overdue=1, not_yet_due=1, declined=1, led_in=1)


def test_the_fifteen_days_are_not_moved_past_days_off_and_end_at_midnight() -> None:
    """2026-02-01 and 15 days end on 2026-02-16, within the Spring Festival: the source has no holidays."""
    town = Town()
    Life(town, 1, "2026-02-01").accepted("2026-02-17", OFFICE)
    assert town.only(Measure.ACCEPTANCE).piece is Piece.LATE
    again = Town()
    Life(again, 1, "2026-02-01").accepted("2026-02-16", OFFICE)
    assert again.only(Measure.ACCEPTANCE).piece is Piece.IN_TIME


def test_acceptance_counts_in_the_month_in_which_the_fifteen_days_end() -> None:
    town = Town()
    Life(town, 1, "2026-03-20").accepted("2026-03-21", OFFICE)
    assert town.only(Measure.ACCEPTANCE).month == "2026-04"


def test_the_earliest_of_several_acceptances_counts_for_the_unit_that_made_it() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01").accepted("2026-03-05", OFFICE)
    life.handed("2026-03-20").accepted("2026-03-25", HOUSING)
    found = town.only(Measure.ACCEPTANCE)
    assert (found.unit, found.piece) == (OFFICE, Piece.IN_TIME)


def test_while_nobody_accepts_it_counts_for_the_responsible_unit_not_for_the_one_it_was_sent_to() -> None:
    town = Town()
    Life(town, 1, "2026-03-01").classified("2026-03-02").handed("2026-03-02", HOUSING)
    found = town.only(Measure.ACCEPTANCE)
    assert (found.unit, found.piece, found.piece_when_due) == (OFFICE, Piece.NOT_YET_DUE, Piece.OVERDUE)


def test_litigation_repeats_parts_and_impossible_numbers_of_persons_are_no_part_of_it() -> None:
    town = Town()
    first = Life(town, 1, "2026-03-01")
    Life(town, 2, "2026-03-02").same_as("2026-03-03", first)
    Life(town, 3, "2026-03-02").classified("2026-03-03", LITIGATION, types.ROUTE_UNSPECIFIED)
    Life(town, 4, "2026-03-02").classified("2026-03-03", route=types.ROUTE_JUDICIAL)
    Life(town, 5, "2026-03-02", origin_case_id=case_id(1))
    Life(town, 6, "2026-03-02", person_count=10_000)
    assert town.figure("accepted_in_time", "2026-03-04").denominator == 1


def test_section_7_s32_average_days_to_acceptance_show_sum_count_and_what_still_waits() -> None:
    town = Town()
    Life(town, 1, "2026-03-01").accepted("2026-03-05", OFFICE)
    Life(town, 2, "2026-03-01").accepted("2026-03-11", OFFICE)
    Life(town, 3, "2026-03-02")
    Life(town, 4, "2026-03-02").classified("2026-03-02").declined("2026-03-03")
    found = town.figure("acceptance_days", "2026-04-01")
    assert (found.numerator, found.denominator, found.missing) == (14, 2, 1)
    assert found.pieces == pieces(done=2, waiting=1)


def test_an_acceptance_dated_before_receipt_takes_no_days_off_the_others() -> None:
    town = Town()
    Life(town, 1, "2026-03-10").accepted("2026-03-01", OFFICE)
    assert town.only(Measure.ACCEPTANCE_DAYS).days == 0


def test_section_7_s31_repeat_share_is_repeats_over_all_filings_by_the_unit_that_registered() -> None:
    town = Town()
    first = Life(town, 1, "2026-03-01")
    Life(town, 2, "2026-03-02").same_as("2026-03-03", first)
    Life(town, 3, "2026-03-02").declined("2026-03-03", same_case_id=first.case)
    Life(town, 4, "2026-03-02").same_as("2026-03-03", first, types.LINK_KIND_RELATED)
    Life(town, 5, "2026-03-02", origin_case_id=first.case)
    found = town.figure("repeat_share", "2026-03-31", unit=OFFICE, month="2026-03")
    assert (found.numerator, found.denominator) == (2, 4)
    assert found.pieces == pieces(first=2, repeat=2)


def test_the_later_filing_is_the_repeat_on_whosevers_side_the_officer_noted_it() -> None:
    town = Town()
    first, second = Life(town, 1, "2026-03-01"), Life(town, 2, "2026-03-02")
    first.same_as("2026-03-03", second)
    found = town.figure("repeat_share", "2026-03-31")
    assert (found.numerator, found.denominator) == (1, 2)


def test_a_finding_that_names_a_case_nobody_filed_adds_nothing() -> None:
    town = Town()
    Life(town, 2, "2026-03-02").declined("2026-03-03", same_case_id=case_id(1))
    assert town.figure("repeat_share", "2026-03-31").denominator == 1


def test_section_7_metric_safety_3_registered_but_not_accepted_is_shown_beside_every_other_course() -> None:
    town = Town()
    Life(town, 1, "2026-03-01").accepted("2026-03-05", OFFICE)
    Life(town, 2, "2026-03-01").handed("2026-03-02").accepted("2026-03-05").declined("2026-03-06")
    Life(town, 3, "2026-03-01").other("2026-03-04", intake.LedIntoProcedure())
    Life(town, 4, "2026-03-01")
    found = town.figure("registered_not_accepted", "2026-04-01")
    assert (found.numerator, found.denominator) == (1, 4)
    assert found.pieces == pieces(accepted=1, declined=1, led_in=1, undecided=1)
    assert town.figure("registered_not_accepted", "2026-04-01", unit=HOUSING).numerator == 1


def test_a_declined_case_that_is_taken_up_again_is_undecided_again() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01").classified("2026-03-02").declined("2026-03-03")
    assert town.only(Measure.COURSE).piece is Piece.DECLINED
    life.classified("2026-03-20")
    assert town.only(Measure.COURSE).piece is Piece.UNDECIDED


def test_what_a_court_takes_counts_for_the_unit_that_led_it_there() -> None:
    town = Town()
    taken = intake.JudicialReferralAcknowledged(referral_id="r1", organ=COURT)
    moved = intake.ResponsibilityMoved(to_unit=COURT, basis=types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT)
    Life(town, 1, "2026-03-01").other("2026-03-04", taken).other("2026-03-04", moved)
    found = town.only(Measure.COURSE)
    assert (found.unit, found.piece) == (OFFICE, Piece.LED_IN)


def test_registrations_that_a_person_has_to_settle_are_counted_and_shown_as_settled_afterwards() -> None:
    """Domain rules 2.4: nobody forgets what was registered with a doubt."""
    town, doubts = Town(), [types.REGISTRATION_DOUBT_PLACE_UNKNOWN, types.REGISTRATION_DOUBT_CHANNEL]
    Life(town, 1, "2026-03-01")
    doubtful = Life(town, 2, "2026-03-01", division="", doubts=doubts)
    assert town.figure("registered_to_settle", "2026-03-02").pieces == pieces(plain=1, to_settle=1)
    doubtful.other("2026-03-02", intake.RegistrationCorrected(settled=doubts[:1]))
    assert town.figure("registered_to_settle", "2026-03-02").numerator == 1
    doubtful.other("2026-03-03", intake.RegistrationCorrected(settled=doubts[1:]))
    assert town.figure("registered_to_settle", "2026-03-03").pieces == pieces(plain=1, settled=1)

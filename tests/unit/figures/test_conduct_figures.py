"""Objections, execution of what was supported, and 一次性化解率 (domain rules, section 7)."""

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.figures.contribution import Measure, Piece
from tests.unit.figures.lives import HOUSING, OFFICE, TRANSPORT, Life, Town, pieces

SUPPORTED = types.OPINION_OUTCOME_SUPPORTED


def test_section_7_metric_safety_3_objected_counts_every_hand_over_and_what_came_of_it() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01").classified("2026-03-01").handed("2026-03-02", HOUSING, "h1")
    life.other("2026-03-03", intake.HandoverObjected(handover_id="h1", unit=HOUSING))
    life.other("2026-03-04", intake.ObjectionUpheld(handover_id="h1"))
    life.handed("2026-03-05", TRANSPORT, "h2")
    life.other("2026-03-06", intake.HandoverObjected(handover_id="h2", unit=TRANSPORT))
    life.other("2026-03-07", intake.ObjectionRefused(handover_id="h2"))
    other = Life(town, 2, "2026-03-01").handed("2026-03-02", HOUSING, "h3")
    other.other("2026-03-03", intake.HandoverObjected(handover_id="h3", unit=HOUSING))
    Life(town, 3, "2026-03-01").handed("2026-04-02", HOUSING, "h4")
    found = town.figure("objected", "2026-05-01")
    assert (found.numerator, found.denominator) == (3, 4)
    assert found.pieces == pieces(objection_upheld=1, objection_refused=1, objection_open=1, not_objected=1)
    assert town.figure("objected", "2026-05-01", unit=HOUSING, month="2026-03").denominator == 2


def test_art_32_2_supported_requests_count_as_executed_only_when_they_were_carried_out() -> None:
    town = Town()
    done = Life(town, 1, "2026-03-01").accepted("2026-03-02").opined("2026-03-09", SUPPORTED)
    done.other("2026-04-09", intake.SupportExecuted())
    Life(town, 2, "2026-03-01").accepted("2026-03-02").opined("2026-03-09", SUPPORTED)
    Life(town, 3, "2026-03-01").accepted("2026-03-02").opined("2026-03-09")
    found = town.figure("support_executed", "2026-05-01", unit=HOUSING, month="2026-03")
    assert (found.numerator, found.denominator) == (1, 2)


def test_a_revoked_opinion_supports_nothing_and_a_redo_is_carried_out_for_itself() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01").accepted("2026-03-02").opined("2026-03-09", SUPPORTED)
    life.other("2026-03-20", intake.SupportExecuted())
    life.review_asked("2026-03-25").other(
        "2026-04-01", intake.ReviewDecided(review_id="v1", outcome=types.REVIEW_OUTCOME_REVOKED)
    )
    assert town.figure("support_executed", "2026-05-01").denominator == 0
    life.opined("2026-04-20", SUPPORTED)
    found = town.only(Measure.SUPPORT)
    assert (found.piece, found.month) == (Piece.NOT_EXECUTED, "2026-04")


def closed(town: Town, number: int) -> Life:
    """Closed on 2026-03-31: six months are over at the end of 2026-09-30."""
    life = Life(town, number, "2026-03-01").accepted("2026-03-02", OFFICE).opined("2026-03-09")
    return life.served("2026-03-10").closed("2026-03-31")


def test_section_7_proposal_resolved_once_shows_both_pieces_when_six_months_are_over() -> None:
    town = Town()
    settled, reviewed, late = closed(town, 1), closed(town, 2), closed(town, 3)
    reviewed.review_asked("2026-04-20")
    late.review_asked("2026-10-01")
    repeated = closed(town, 4)
    Life(town, 5, "2026-06-01").same_as("2026-06-02", repeated)
    assert town.figure("resolved_once", "2026-09-30").pieces == pieces(waiting=4)
    found = town.figure("resolved_once", "2026-10-01", month="2026-09")
    assert (found.numerator, found.denominator, found.missing) == (2, 4, 0)
    assert found.pieces == pieces(resolved=2, reviewed=1, repeated=1)
    assert settled.case


def test_a_repeat_that_is_closed_is_no_first_petition_resolved() -> None:
    town = Town()
    first = Life(town, 1, "2026-01-01")
    closed(town, 2).same_as("2026-04-01", first)
    assert town.figure("resolved_once", "2027-01-01").denominator == 0


def test_section_7_metric_safety_1_a_withdrawal_or_a_death_is_no_success() -> None:
    """Who makes petitioners withdraw gains in no figure; what was late already stays late."""
    town = Town()
    kinds = (types.CLOSING_KIND_WITHDRAWN, types.CLOSING_KIND_PETITIONER_DIED)
    for number, kind in enumerate(kinds, start=1):
        life = Life(town, number, "2026-03-01").classified("2026-03-01").accepted("2026-03-02")
        life.other("2026-03-20", intake.PetitionClosed(kind=kind))
    names = ("resolved_once", "answered_in_time", "closed_in_time", "answer_days")
    for name in names:
        found = town.figure(name, "2027-01-01")
        assert (found.numerator, found.denominator) == (0, 0), name
    late = Life(town, 3, "2026-03-01").classified("2026-03-01").accepted("2026-03-02")
    late.other("2026-08-01", intake.PetitionClosed(kind=kinds[0]))
    assert town.figure("closed_in_time", "2027-01-01").denominator == 1
    gone_on = Life(town, 4, "2026-03-01").classified("2026-03-01").accepted("2026-03-02")
    gone_on.other("2026-03-20", intake.PetitionClosed(kind=kinds[0]))
    gone_on.other("2026-03-21", intake.PetitionContinued(resumed_status=types.PETITION_STATUS_ACCEPTED))
    gone_on.opined("2026-03-25")
    assert town.figure("answer_days", "2027-01-01").denominator == 1
    assert town.figure("resolved_once", "2027-01-01").denominator == 0
    assert town.figure("closed_in_time", "2027-01-01").numerator == 0


def test_an_agreement_that_was_performed_carries_out_no_opinion() -> None:
    town = Town()
    life = Life(town, 1, "2026-03-01").accepted("2026-03-02").opined("2026-03-09", SUPPORTED)
    life.other("2026-04-09", intake.SupportExecuted(agreement=True))
    assert town.figure("support_executed", "2026-05-01", unit=HOUSING, month="2026-03").numerator == 0

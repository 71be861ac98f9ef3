"""What a petition does when a judicial organ takes its matter or not, and hands it back (P2, P15)."""

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as reasons
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import NoSuchCaseError, on_declined
from tests.support.deciding import identity, officer
from tests.support.small_policy import CITY, COUNTY, COURT, DISCIPLINE, HOUSING, OFFICE
from tests.unit.intake.petitions import LITIGATION, Case, kinds, made
from tests.unit.intake.reacting import REFERRAL, acknowledged, giving_back, offered, returned, taking


def litigation() -> Case:
    return Case().classified(**LITIGATION)


def declined(reason: reasons.DeclineReason.ValueType) -> judicial.ReferralDeclined:
    return judicial.ReferralDeclined(organ=COURT, reason=reason)


def accusing(*units: str) -> events.PetitionClassified:
    return events.PetitionClassified(track=common.TRACK_DISCIPLINE, accused_units=units)


def test_responsibility_goes_to_the_organ_that_took_the_open_offer() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert (case.state.holder, case.state.epoch) == (COURT, 2)
    assert case.state.status == types.PETITION_STATUS_LED_INTO_PROCEDURE
    released = made(case.history[-2], events.JudicialReferralAcknowledged)
    assert (released.referral_id, released.epoch) == (REFERRAL, 2)
    moved = made(case.history[-1], events.ResponsibilityMoved)
    assert (moved.basis, moved.basis_id) == (types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT, REFERRAL)
    assert (moved.authority.kind, moved.authority.organ) == (common.AUTHORITY_KIND_JUDICIAL, COURT)


def test_what_is_heard_twice_has_one_effect() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert not taking(case, REFERRAL, COURT)
    returned(case, REFERRAL, False)
    assert not giving_back(case, REFERRAL, COURT, False)
    assert not taking(case, REFERRAL, COURT)


def test_what_was_withdrawn_is_taken_in_vain_once() -> None:
    case = litigation()
    offered(case, COURT)
    case.do("WithdrawOffer", offer_id=REFERRAL)
    lapsed = taking(case, REFERRAL, COURT)
    assert kinds(lapsed) == ["OfferLapsed"]
    case.given(*lapsed)
    assert not taking(case, REFERRAL, COURT)
    assert (case.state.holder, case.state.offer) == (OFFICE, None)


def test_what_an_organ_does_not_take_is_its_units_to_route_again() -> None:
    case = litigation()
    offered(case, COURT)
    ended = on_declined(case.state, REFERRAL, declined(reasons.DECLINE_REASON_OTHER_ORGAN))
    assert kinds(ended) == ["OfferEnded"]
    case.given(*ended)
    assert not on_declined(case.state, REFERRAL, declined(reasons.DECLINE_REASON_OTHER_ORGAN))
    assert case.state.offer is None
    offered(case, COURT, identity(9))


def test_a_part_split_off_for_the_judicial_track_goes_there_unclassified() -> None:
    case = Case()
    registered = events.PetitionRegistered()
    registered.CopyFrom(made(case.history[0], events.PetitionRegistered))
    registered.track = common.TRACK_JUDICIAL
    case.state = PETITION.initial()
    case.given(registered)
    acknowledged(case, COURT)
    assert case.state.holder == COURT


def test_a_case_that_intake_does_not_have_is_an_error_and_never_passed_over() -> None:
    case = Case()
    case.state = PETITION.initial()
    with pytest.raises(NoSuchCaseError):
        taking(case, REFERRAL, COURT)
    with pytest.raises(NoSuchCaseError):
        giving_back(case, REFERRAL, COURT, True)
    with pytest.raises(NoSuchCaseError):
        on_declined(case.state, REFERRAL, declined(reasons.DECLINE_REASON_TERMINATED))


def test_a_referral_of_version_0_1_is_judged_on_the_case_as_it_stands() -> None:
    """No offer was recorded then: what can be taken is released, anything else was taken in vain."""
    assert kinds(taking(litigation(), REFERRAL, COURT, epoch=1)) == [
        "JudicialReferralAcknowledged",
        "ResponsibilityMoved",
    ]
    assert kinds(taking(Case().classified(), REFERRAL, COURT, epoch=1)) == ["OfferLapsed"]
    moved = litigation()
    moved.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert kinds(taking(moved, REFERRAL, COURT, epoch=1)) == ["OfferLapsed"]
    assert kinds(taking(litigation(), REFERRAL, "nobody")) == ["OfferLapsed"]
    held = litigation()
    acknowledged(held, COURT)
    assert kinds(taking(held, identity(9), COURT)) == ["OfferLapsed"]


def test_a_hand_back_of_version_0_1_that_was_never_released_gives_nothing_back() -> None:
    case = litigation()
    lapsed = giving_back(case, REFERRAL, COURT, True)
    assert kinds(lapsed) == ["OfferLapsed"]
    case.given(*lapsed)
    assert not giving_back(case, REFERRAL, COURT, True)
    assert case.state.holder == OFFICE


def test_while_the_organ_has_it_the_matter_is_not_accepted_or_answered_here() -> None:
    case = litigation()
    acknowledged(case, COURT)
    case.no("REFERRAL_OPEN", "AcceptPetition")


def test_what_is_left_of_a_concluded_matter_is_its_units_to_tell_and_close() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert kinds(returned(case, REFERRAL, True)) == ["JudicialReferralReturned", "ResponsibilityMoved"]
    assert (case.state.holder, case.state.epoch) == (OFFICE, 3)
    assert (case.state.status, case.state.referral) == (types.PETITION_STATUS_CLASSIFIED, None)
    case.do("AcceptPetition")
    case.answered(types.OPINION_OUTCOME_EXPLAINED)
    case.do("ClosePetition", kind=types.CLOSING_KIND_JUDICIAL_CONCLUSION)


def test_a_matter_handed_back_unconcluded_is_referred_again() -> None:
    case = litigation()
    returned(case, acknowledged(case, COURT), False)
    case.no("REFER_TO_JUDICIAL_ORGAN", "AcceptPetition")
    acknowledged(case, DISCIPLINE, identity(9))
    assert (case.state.holder, case.state.epoch) == (DISCIPLINE, 4)


def test_what_comes_back_does_not_go_to_a_unit_that_is_accused_or_gone() -> None:
    """It always goes to somebody: no refusal leaves it with an organ that gave it back."""
    case = litigation()
    acknowledged(case, COURT)
    case.given(accusing(HOUSING))
    moved = made(giving_back(case, REFERRAL, COURT, False, HOUSING)[-1], events.ResponsibilityMoved)
    assert moved.to_unit == OFFICE
    case.given(accusing(HOUSING, OFFICE, COUNTY))
    moved = made(giving_back(case, REFERRAL, COURT, False, HOUSING)[-1], events.ResponsibilityMoved)
    assert moved.to_unit == CITY
    moved = made(giving_back(case, REFERRAL, COURT, False, "gone")[-1], events.ResponsibilityMoved)
    assert moved.to_unit == CITY

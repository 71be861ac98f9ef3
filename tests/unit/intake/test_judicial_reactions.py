"""What a petition does when a judicial organ takes its matter and hands it back (Art. 28(2); promise P2)."""

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import on_referral_acknowledged, on_referral_returned
from huiyin_domain.refusal import Refusal
from tests.support.deciding import identity, officer
from tests.support.small_policy import COURT, DISCIPLINE, HOUSING, OFFICE
from tests.unit.intake.petitions import LITIGATION, PETITION_CLAIM, Case, kinds, made
from tests.unit.intake.reacting import INTAKE, REFERRAL, acknowledged, returned


def litigation() -> Case:
    return Case().classified(**LITIGATION)


def refused_acknowledgement(case: Case, organ: str = COURT, referral_id: str = REFERRAL) -> str:
    decision = on_referral_acknowledged(case.state, referral_id, organ, case.context(INTAKE))
    assert isinstance(decision, Refusal)
    return decision.reason


def test_responsibility_goes_to_the_organ_that_acknowledged() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert (case.state.holder, case.state.epoch) == (COURT, 2)
    assert case.state.status == types.PETITION_STATUS_LED_INTO_PROCEDURE
    moved = made(case.history[-1], events.ResponsibilityMoved)
    assert (moved.basis, moved.basis_id) == (types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT, REFERRAL)


def test_an_acknowledgement_heard_twice_has_one_effect() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert on_referral_acknowledged(case.state, REFERRAL, COURT, case.context(INTAKE)) == ()


def test_a_part_split_off_for_the_judicial_track_goes_there_unclassified() -> None:
    case = Case()
    registered = events.PetitionRegistered()
    registered.CopyFrom(made(case.history[0], events.PetitionRegistered))
    registered.track = common.TRACK_JUDICIAL
    case.state = PETITION.initial()
    case.given(registered)
    acknowledged(case, COURT)
    assert case.state.holder == COURT


def test_an_acknowledgement_ends_an_open_hand_over() -> None:
    case = litigation()
    case.handed_over(HOUSING)
    acknowledged(case, COURT)
    assert case.state.handover is None


def test_a_matter_of_another_track_does_not_go_to_a_judicial_organ() -> None:
    """Promise P3."""
    assert refused_acknowledgement(Case().classified()) == "TRACK_MISMATCH"
    assert refused_acknowledgement(Case()) == "TRACK_MISMATCH"


def test_one_judicial_organ_at_a_time() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert refused_acknowledgement(case, DISCIPLINE, identity(9)) == "REFERRAL_OPEN"


def test_an_unknown_case_or_organ_is_refused() -> None:
    case = litigation()
    assert refused_acknowledgement(case, "nobody") == "UNKNOWN_UNIT"
    case.state = PETITION.initial()
    assert refused_acknowledgement(case) == "NO_SUCH_CASE"
    decision = on_referral_returned(case.state, REFERRAL, COURT, True, OFFICE, case.context(INTAKE))
    assert isinstance(decision, Refusal)


def test_a_referral_sent_on_an_older_epoch_moves_nothing() -> None:
    """Promise P2: the case has moved on since."""
    case = litigation()
    case.handed_over(HOUSING)
    case.do("AcceptPetition", officer(HOUSING))
    decision = on_referral_acknowledged(case.state, REFERRAL, COURT, case.context(INTAKE), epoch=1)
    assert isinstance(decision, Refusal)
    assert decision.reason == "STALE_EPOCH"
    current = on_referral_acknowledged(case.state, REFERRAL, COURT, case.context(INTAKE), epoch=2)
    assert not isinstance(current, Refusal)


def test_an_answered_case_keeps_its_track_when_it_comes_back() -> None:
    """Promise P3: what was answered is not moved to another track; another part is split off."""
    case = litigation()
    case.do("AcceptPetition")
    case.answered()
    returned(case, acknowledged(case, COURT), False)
    case.no("TRACK_FIXED_BY_OPINION", "ClassifyPetition", **PETITION_CLAIM)
    case.classified(
        petition_class=types.PETITION_CLASS_CLAIM, route=types.ROUTE_JUDICIAL, track=common.TRACK_JUDICIAL
    )


def test_a_closed_case_does_not_go_to_a_judicial_organ() -> None:
    case = litigation()
    case.do("AcceptPetition")
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    assert refused_acknowledgement(case) == "ALREADY_CLOSED"


def test_while_the_organ_has_it_the_matter_is_not_accepted_or_answered_here() -> None:
    case = litigation()
    acknowledged(case, COURT)
    case.no("REFERRAL_OPEN", "AcceptPetition")


def test_a_matter_handed_back_is_its_units_to_accept_and_answer() -> None:
    case = litigation()
    acknowledged(case, COURT)
    assert kinds(returned(case, REFERRAL, True)) == ["JudicialReferralReturned", "ResponsibilityMoved"]
    assert (case.state.holder, case.state.epoch) == (OFFICE, 3)
    assert (case.state.status, case.state.referral) == (types.PETITION_STATUS_CLASSIFIED, None)
    case.do("AcceptPetition")
    case.answered()


def test_a_hand_back_heard_twice_has_one_effect() -> None:
    case = litigation()
    returned(case, acknowledged(case, COURT), False)
    assert list(returned(case, REFERRAL, False)) == []


def test_only_what_was_acknowledged_is_handed_back() -> None:
    case = litigation()
    decision = on_referral_returned(case.state, REFERRAL, COURT, True, OFFICE, case.context(INTAKE))
    assert isinstance(decision, Refusal)
    assert decision.reason == "NO_SUCH_REFERRAL"


def test_a_matter_handed_back_unconcluded_can_be_referred_again() -> None:
    case = litigation()
    returned(case, acknowledged(case, COURT), False)
    acknowledged(case, DISCIPLINE, identity(9))
    assert (case.state.holder, case.state.epoch) == (DISCIPLINE, 4)
    assert on_referral_acknowledged(case.state, REFERRAL, COURT, case.context(INTAKE)) == ()

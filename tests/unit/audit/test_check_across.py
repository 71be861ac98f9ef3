"""Promise P15: its checker holds on a referral's whole way and finds each planted split brain."""

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin_audit.checks import one_holder_across
from huiyin_audit.findings import PromiseOutcome, Verdict
from tests.unit.audit.book import Act, changed, identity, told, without
from tests.unit.audit.legal_story import BUREAU, COURT, INTAKE, OFFICE, case, legal_story, moved, registered
from tests.unit.audit.offer_story import FIRST, SECOND, STORY, offered, on_case, on_referral, opened


def judged(story: list[Act], at_rest: bool = True) -> Verdict:
    return one_holder_across.check_referrals(told(story, at_rest))


def rules(story: list[Act]) -> set[str]:
    return {finding.rule for finding in judged(story).violations}


def cut(story: list[Act], *kinds: type[Message]) -> list[Act]:
    """The story without these events, and without what follows them there."""
    for number, act in enumerate(story):
        if any(isinstance(event, kinds) for _, event in act.writes):
            return story[:number]
    raise AssertionError("nothing was cut")


def test_a_referral_that_goes_its_whole_way_holds() -> None:
    assert judged(STORY).outcome is PromiseOutcome.HOLDS
    assert judged(legal_story()).outcome is PromiseOutcome.HOLDS


def test_without_the_judicial_log_only_intakes_own_course_is_judged() -> None:
    alone = [act for act in STORY if act.log == INTAKE]
    assert judged(alone).outcome is PromiseOutcome.HOLDS


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (intake.OfferLapsed, "TAKEN_UNANSWERED"),
        (intake.JudicialReferralAcknowledged, "TAKEN_UNANSWERED"),
        (judicial.ReferralReleased, "RELEASE_UNHEARD"),
        (intake.JudicialReferralReturned, "HAND_BACK_UNSEEN"),
    ],
)
def test_what_the_other_side_never_heard_is_open_until_all_is_at_rest(kind: type[Message], rule: str) -> None:
    early = cut(STORY, kind)
    assert rule in rules(early)
    under_way = judged(early, at_rest=False)
    assert under_way.outcome is PromiseOutcome.UNKNOWN
    assert rule in {finding.rule for finding in under_way.open_questions}


def test_an_offer_not_taken_and_not_heard_of_is_found() -> None:
    declined = on_referral(3, FIRST, judicial.ReferralDeclined(organ=COURT))
    assert "REFUSAL_UNHEARD" in rules([*STORY[:3], declined])
    ended = on_case(9, intake.OfferEnded(offer_id=FIRST, to_unit=COURT))
    assert judged([*STORY[:3], declined, ended]).outcome is PromiseOutcome.HOLDS


def test_an_offer_that_the_judicial_track_never_heard_of_is_found() -> None:
    assert rules(STORY[:9]) == {"OFFER_UNHEARD"}


def test_a_withdrawal_that_the_organ_never_heard_of_is_found() -> None:
    assert rules(STORY[:4]) == {"WITHDRAWAL_UNHEARD"}


def test_a_judicial_track_that_believes_what_intake_never_released_is_found() -> None:
    """Split brain: two units are responsible."""
    story = without(STORY, intake.JudicialReferralAcknowledged)
    assert {"RELEASED_HERE_ONLY", "TAKEN_UNANSWERED"} <= rules(story)


def test_a_release_to_an_organ_that_did_not_take_it_is_found() -> None:
    second = [act for act in STORY if not _is_taking_of_second(act)]
    assert "RELEASED_UNTAKEN" in rules(second)


def _is_taking_of_second(act: Act) -> bool:
    stream, event = act.writes[0]
    return stream.endswith(SECOND) and isinstance(event, judicial.ReferralAcknowledged)


def test_an_organ_that_acts_before_the_release_is_found() -> None:
    early = on_referral(20, SECOND, judicial.ProgressReported())
    assert "ACTED_UNRELEASED" in rules([*STORY[:11], early, *STORY[11:]])


def test_a_conclusion_in_one_log_only_is_found() -> None:
    assert "CONCLUDED_OTHERWISE" in rules(without(STORY, judicial.ReferralConcluded))
    assert "CONCLUDED_OTHERWISE" in rules(changed(STORY, intake.JudicialReferralReturned, concluded=False))


def test_what_came_back_without_being_handed_back_is_found() -> None:
    assert "RETURNED_HERE_ONLY" in rules(without(STORY, judicial.ReferralHandedBack))


def test_two_open_offers_are_found() -> None:
    again = on_case(30, offered(SECOND))
    assert "TWO_OFFERS_OPEN" in rules([*STORY[:2], again])
    assert "TWO_OFFERS_OPEN" in rules([*STORY[:12], on_case(31, offered(identity("offer", 3)))])


def test_an_offer_that_outlives_a_move_or_the_case_is_found() -> None:
    move = on_case(40, moved(OFFICE, BUREAU, 2, types.MOVE_BASIS_SUPERIOR_DECISION, ""))
    assert "OFFER_OUTLIVED_EPOCH" in rules([*STORY[:3], move])
    assert "CLOSED_UNDER_OFFER" in rules([*STORY[:3], on_case(41, intake.PetitionClosed())])


def test_an_offer_that_ends_twice_or_is_released_when_it_is_over_is_found() -> None:
    assert "OFFER_ENDS_TWICE" in rules([*STORY, on_case(50, intake.OfferWithdrawn(offer_id=FIRST))])
    late = on_case(51, intake.JudicialReferralAcknowledged(referral_id=FIRST, organ=COURT))
    assert "RELEASED_WITHOUT_OFFER" in rules([*STORY[:5], late])


def test_a_referral_that_intake_never_offered_is_found() -> None:
    stray = on_referral(60, identity("stray"), opened(identity("stray")))
    assert "REFERRAL_WITHOUT_OFFER" in rules([*STORY, stray])
    elsewhere = changed(STORY, judicial.LitigationReferred, case_id=case("A"))
    assert "REFERRAL_WITHOUT_OFFER" in rules(elsewhere)


def test_a_referral_of_version_0_1_that_was_taken_too_late_says_what_was_known_then() -> None:
    """Intake recorded nothing of it then; what an upgrade adds is compared."""
    old = judicial.LitigationReferred(referral_id=FIRST, case_id=case("F"), organ=COURT, epoch=1)
    story = [
        on_case(1, registered("F", 0)),
        on_referral(1, FIRST, old),
        on_referral(2, FIRST, judicial.ReferralAcknowledged(organ=COURT, epoch=1)),
    ]
    assert judged(story).outcome is PromiseOutcome.HOLDS
    lapsed = on_case(2, intake.OfferLapsed(offer_id=FIRST, to_unit=COURT))
    assert rules([*story, lapsed]) == {"LAPSE_UNHEARD"}
    heard = on_referral(3, FIRST, judicial.ReferralLapsed(organ=COURT))
    assert judged([*story, lapsed, heard]).outcome is PromiseOutcome.HOLDS

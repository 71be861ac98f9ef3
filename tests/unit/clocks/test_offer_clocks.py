"""Every state of an offer to a judicial organ has a clock with somebody who has to act (promise P14)."""

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as organs
from tests.unit.clocks.story import CASE, COURT, Story
from tests.unit.clocks.tellings import registered

OFFER = "offer-1"
REFERRAL = f"referral-{OFFER}"
HELD = Authority(kind=AUTHORITY_KIND_HOLDER, organ="office")


def offered(heard: bool = True) -> Story:
    """Registered, and offered to the court, which has or has not heard of it."""
    story = Story()
    registered(story, "2026-03-02")
    story.tell("2026-03-05", intake.CaseOffered(offer_id=OFFER, case_id=CASE, from_unit="office"))
    if heard:
        opened = judicial.LitigationReferred(
            case_id=CASE, organ=COURT, organ_kind=organs.ORGAN_KIND_COURT, authority=HELD
        )
        story.tell("2026-03-05", opened, REFERRAL)
    return story


def taken() -> Story:
    story = offered()
    story.tell("2026-03-09", judicial.ReferralAcknowledged(organ=COURT), REFERRAL)
    return story


def running(story: Story) -> dict[str, str]:
    """The running clocks of an offer, and who has to act."""
    return {clock.rule: clock.unit for clock in story.clocks() if clock.running and clock.rule[0] in "EJ"}


def released(story: Story, day: str) -> None:
    moved = intake.ResponsibilityMoved(
        from_unit="office",
        to_unit=COURT,
        epoch=2,
        basis=types.MOVE_BASIS_JUDICIAL_ACKNOWLEDGEMENT,
    )
    events: tuple[Message, ...] = (
        intake.JudicialReferralAcknowledged(referral_id=OFFER, organ=COURT),
        moved,
    )
    for event in events:
        story.tell(day, event)


def test_the_office_sees_to_its_offer_and_the_court_replies() -> None:
    assert running(offered(heard=False)) == {"E6": "office"}
    assert running(offered()) == {"E6": "office", "J1": COURT, "J2": COURT}
    assert str(offered().clock("E6").raw_due) == "2026-03-20"


def test_an_offer_is_the_transfer_that_the_office_owed_within_15_days() -> None:
    assert not [clock for clock in offered(heard=False).clocks("T1") if clock.running]


def test_what_was_taken_waits_for_its_release() -> None:
    story = taken()
    assert running(story) == {"E7": "office", "J2": COURT}
    released(story, "2026-03-09")
    assert running(story) == {"J2": COURT}


def test_a_withdrawn_offer_ends_its_clocks_and_is_for_the_office_to_route_again() -> None:
    story = offered()
    story.tell("2026-03-06", intake.OfferWithdrawn(offer_id=OFFER))
    assert running(story) == {"E1": "office"}


def test_what_was_taken_in_vain_waits_for_nobody() -> None:
    story = taken()
    story.tell("2026-03-08", intake.OfferWithdrawn(offer_id=OFFER))
    story.tell("2026-03-09", intake.OfferLapsed(offer_id=OFFER))
    assert running(story) == {"E1": "office"}


def test_what_was_not_taken_is_for_the_office_to_route_again() -> None:
    story = offered()
    story.tell("2026-03-09", judicial.ReferralDeclined(organ=COURT), REFERRAL)
    assert running(story) == {"E1": "office"}


@pytest.mark.parametrize("first", ["2026-03-06", "2026-03-10"])
def test_what_was_taken_back_and_declined_besides_is_routed_once(first: str) -> None:
    """Whichever of the two came first: neither log sees the other's."""
    story = offered()
    story.tell(first, intake.OfferWithdrawn(offer_id=OFFER))
    story.tell("2026-03-09", judicial.ReferralDeclined(organ=COURT), REFERRAL)
    (again,) = [clock for clock in story.clocks("E1") if clock.running]
    assert str(again.start_time.date()) == first


def test_what_was_given_back_waits_to_be_taken_up() -> None:
    story = taken()
    released(story, "2026-03-09")
    story.tell("2026-04-01", judicial.ReferralHandedBack(organ=COURT, to_unit="office"), REFERRAL)
    assert running(story) == {"E8": "office"}
    story.tell("2026-04-01", intake.JudicialReferralReturned(referral_id=OFFER, organ=COURT))
    assert set(running(story)) == {"E1"}


def test_what_was_moved_away_from_the_court_is_not_its_to_report_any_more() -> None:
    story = taken()
    released(story, "2026-03-09")
    back = intake.JudicialReferralReturned(referral_id=OFFER, organ=COURT, recalled=True)
    story.tell("2026-04-01", back)
    assert set(running(story)) == {"E1"}

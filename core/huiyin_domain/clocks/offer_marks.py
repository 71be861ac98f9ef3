"""From a petition's offers to judicial organs to marks: offered, over, and back."""

from typing import Any

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.clocks.mark import Keys, Marks, mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.other_marks import Translate
from huiyin_domain.decider import Fact


def offered(fact: Fact, event: events.CaseOffered, earlier: Marks) -> Marks:
    """The unit that offered sees to it that the organ answers."""
    return (mark(fact, Milestone.OFFERED, keys=_keys(event.offer_id))._replace(unit=event.from_unit),)


def withdrawn(fact: Fact, event: events.OfferWithdrawn, earlier: Marks) -> Marks:
    """The matter is again for its unit to route."""
    over = mark(fact, Milestone.OFFER_WITHDRAWN, keys=_keys(event.offer_id))
    return over, mark(fact, Milestone.RETURNED)


def over(milestone: Milestone) -> Translate:
    """Another end of an offer; what a refusal leaves to be done hangs on the organ's own event."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        return (mark(fact, milestone, keys=_keys(event.offer_id)),)

    return translate


def returned(fact: Fact, event: events.JudicialReferralReturned, earlier: Marks) -> Marks:
    """What was moved away from the organ did not come from its own act: its periods end by this."""
    back = mark(fact, Milestone.RETURNED)
    return (
        (mark(fact, Milestone.HANDED_BACK, keys=_keys(event.referral_id)), back)
        if event.recalled
        else (back,)
    )


def _keys(offer_id: str) -> Keys:
    """The same as the referral's own stream gives its marks."""
    return (("referral", f"referral-{offer_id}"),)

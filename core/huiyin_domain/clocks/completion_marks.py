"""From referrals (交办) and the reports on them to marks (Art. 22(1)(3))."""

from collections.abc import Iterator

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.clocks.mark import Keys, Mark, Marks, mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.decider import Fact


def parties_of_referral(from_unit: str, to_unit: str) -> Keys:
    """Who referred a matter, and who is charged with it."""
    return ("referrer", from_unit), ("charged", to_unit)


def reported(fact: Fact, event: events.CompletionReported, earlier: Marks) -> Marks:
    """The report; from here who referred the matter has to check it."""
    keys = (("report", event.report_id), ("handover", event.handover_id))
    parties = parties_of_referral(event.to_unit, event.unit)
    return (mark(fact, Milestone.COMPLETION_REPORTED, keys=(*keys, *parties))._replace(unit=event.to_unit),)


def accepted(fact: Fact, event: events.CompletionAccepted, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.COMPLETION_ACCEPTED, keys=(("report", event.report_id),)),)


def sent_back(fact: Fact, event: events.CompletionSentBack, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.COMPLETION_SENT_BACK, keys=(("report", event.report_id),)),)


def decided_away(fact: Fact, to_unit: str, earlier: Marks) -> Marks:
    """Referrals to others than who is named by a decision are over: their units have the matter no more."""
    return tuple(
        mark(fact, Milestone.REFERRAL_OVER, keys=_handover(one))
        for one in earlier
        if one.milestone is Milestone.REFERRED and one.unit != to_unit
    )


def _handover(one: Mark) -> Keys:
    return tuple((kind, key) for kind, key in one.keys if kind == "handover")


def accused(fact: Fact, unit: str) -> Iterator[Mark]:
    """Nobody reports to who is accused, and nobody waits for a report by it (Art. 30(3))."""
    yield mark(fact, Milestone.REFERRAL_OVER, keys=(("referrer", unit),))
    yield mark(fact, Milestone.REFERRAL_OVER, keys=(("charged", unit),))

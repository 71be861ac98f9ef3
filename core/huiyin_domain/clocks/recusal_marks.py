"""From intake's events of recusal to marks (Art. 28(3))."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin_domain.clocks.mark import Marks, mark
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.decider import Fact


def requested(fact: Fact, event: events.RecusalRequested, earlier: Marks) -> Marks:
    """The head of the decider has to decide; one who turns out to be accused cannot any more."""
    keys = (("recusal", event.recusal_id), ("speaker", event.decider))
    return (mark(fact, Milestone.RECUSAL_ASKED, keys=keys)._replace(unit=event.decider),)


def decided(fact: Fact, event: events.RecusalDecided, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.RECUSAL_DECIDED, keys=(("recusal", event.recusal_id),)),)

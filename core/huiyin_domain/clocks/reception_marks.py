"""From joint meetings' events to marks: who is to speak on a resolution, who spoke, when that was over."""

from dataclasses import replace

from huiyin.reception.v1 import events_pb2 as reception
from huiyin_domain.clocks.mark import Keys, Marks, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.other_marks import Translate
from huiyin_domain.fact import Fact


def proposed(fact: Fact, event: reception.ResolutionProposed, earlier: Marks) -> Marks:
    """Each participant has its own time to speak; an earlier proposal waits for nobody any more."""
    since = told(event, "proposed_time")
    waiting = (
        replace(mark(fact, Milestone.RESOLUTION_PROPOSED, since, _speaker(fact, unit)), unit=unit)
        for unit in event.speakers
    )
    return *over(fact, event, earlier), *waiting


def spoken(
    fact: Fact, event: reception.ResolutionSigned | reception.ResolutionDissented, earlier: Marks
) -> Marks:
    return (mark(fact, Milestone.RESOLUTION_SPOKEN, keys=_speaker(fact, event.agency)),)


def over(fact: Fact, event: object, earlier: Marks) -> Marks:
    """It binds, is replaced, or its meeting ends or begins anew."""
    return (mark(fact, Milestone.RESOLUTION_OVER, keys=_meeting(fact)),)


def _speaker(fact: Fact, unit: str) -> Keys:
    return *_meeting(fact), ("speaker", unit)


def _meeting(fact: Fact) -> Keys:
    return (("meeting", fact.stream),)


TRANSLATIONS: dict[type, Translate] = {
    reception.ResolutionProposed: proposed,
    reception.ResolutionSigned: spoken,
    reception.ResolutionDissented: spoken,
    reception.ResolutionBound: over,
    reception.MeetingWithdrawn: over,
    reception.MeetingResumed: over,
    reception.MeetingClosed: over,
}
"""The events of joint meetings that some clock hangs on."""

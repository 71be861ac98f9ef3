"""From joint meetings' events to marks: who is to call, open, speak, bind or close, who did, what is over."""

from typing import Any

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_domain.clocks.mark import Keys, Mark, Marks, last, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.clocks.other_marks import Translate
from huiyin_domain.decider import Fact


def requested(fact: Fact, event: intake.MeetingRequested, earlier: Marks) -> Marks:
    """The centre is to be the convener; the request is recorded in the case's own stream."""
    asked = mark(fact, Milestone.MEETING_REQUESTED, keys=(("convener", event.centre),))
    return (asked._replace(unit=event.centre),)


def convened(fact: Fact, event: reception.MeetingConvened, earlier: Marks) -> Marks:
    """It is the convener's to go on with; who else was asked to call one need not any more.

    A meeting of version 0.1 names no authority: its convener was given no time, and gets none afterwards.
    """
    if not event.authorities:
        return ()
    called = _convener(fact, Milestone.MEETING_CONVENED, event.convener)
    return called, mark(fact, Milestone.REQUEST_MOOT, keys=_meeting(fact))


def proposed(fact: Fact, event: reception.ResolutionProposed, earlier: Marks) -> Marks:
    """Each participant has its own time to speak; an earlier proposal waits for nobody any more."""
    since = told(event, "proposed_time")
    waiting = (
        mark(fact, Milestone.RESOLUTION_PROPOSED, since, _speaker(fact, unit))._replace(unit=unit)
        for unit in event.speakers
    )
    to_bind = _conveners(fact, Milestone.RESOLUTION_TO_BIND, earlier)
    return _over(fact), *waiting, *(one._replace(time=since or one.time) for one in to_bind)


def spoken(
    fact: Fact, event: reception.ResolutionSigned | reception.ResolutionDissented, earlier: Marks
) -> Marks:
    return (mark(fact, Milestone.RESOLUTION_SPOKEN, keys=_speaker(fact, event.agency)),)


def step(milestone: Milestone) -> Translate:
    """A translation for what the convener does next."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        return _conveners(fact, milestone, earlier)

    return translate


def over(milestone: Milestone) -> Translate:
    """A translation for what leaves nobody to speak: it binds, or its meeting ends or begins anew."""

    def translate(fact: Fact, event: Any, earlier: Marks) -> Marks:
        return _over(fact), *_conveners(fact, milestone, earlier)

    return translate


def _over(fact: Fact) -> Mark:
    return mark(fact, Milestone.RESOLUTION_OVER, keys=_meeting(fact))


def _conveners(fact: Fact, milestone: Milestone, earlier: Marks) -> Marks:
    """The convener's mark, where it has time for its steps."""
    called = last(earlier, Milestone.MEETING_CONVENED)
    return (_convener(fact, milestone, called.unit),) if called else ()


def _convener(fact: Fact, milestone: Milestone, unit: str) -> Mark:
    return mark(fact, milestone, keys=(*_meeting(fact), ("convener", unit)))._replace(unit=unit)


def _speaker(fact: Fact, unit: str) -> Keys:
    return *_meeting(fact), ("speaker", unit)


def _meeting(fact: Fact) -> Keys:
    return (("meeting", fact.stream),)


TRANSLATIONS: dict[type, Translate] = {
    reception.MeetingConvened: convened,
    reception.MeetingOpened: step(Milestone.MEETING_OPENED),
    reception.ResolutionProposed: proposed,
    reception.ResolutionSigned: spoken,
    reception.ResolutionDissented: spoken,
    reception.ResolutionBound: over(Milestone.RESOLUTION_BOUND),
    reception.MeetingWithdrawn: over(Milestone.MEETING_WITHDRAWN),
    reception.MeetingResumed: over(Milestone.MEETING_RESUMED),
    reception.MeetingClosed: over(Milestone.MEETING_CLOSED),
}
"""The events of joint meetings that some clock hangs on."""

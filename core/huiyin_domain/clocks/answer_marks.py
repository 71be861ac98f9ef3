"""From intake's events of telling and answering the petitioner to marks (Arts. 23, 32)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.mark import Marks, last, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.decider import Fact

_REVIEW = (
    Milestone.REVIEW_RECEIVED,
    Milestone.RE_REVIEW_RECEIVED,
    Milestone.REVIEW_SERVED,
    Milestone.RE_REVIEW_SERVED,
)
_UNDER_REVIEW = frozenset({Milestone.REVIEW_RECEIVED, Milestone.RE_REVIEW_RECEIVED})


def petitioner_told(fact: Fact, event: events.PetitionerTold, earlier: Marks) -> Marks:
    """How far it is, is another thing than what was decided: it stops no time to tell of that."""
    progress = event.telling == types.TELLING_PROGRESS
    milestone = Milestone.WORD_GIVEN if progress else Milestone.OUTCOME_TOLD
    return (mark(fact, milestone, told(event, "served_time"), keys=(("unit", event.unit),)),)


def opinion_issued(fact: Fact, event: events.OpinionIssued, earlier: Marks) -> Marks:
    """What it supports has to be carried out, once it is served (Art. 32(2))."""
    issued = mark(fact, Milestone.OPINION_ISSUED)
    supports = event.outcome == types.OPINION_OUTCOME_SUPPORTED
    return (issued, mark(fact, Milestone.SUPPORTED)) if supports else (issued,)


def opinion_served(fact: Fact, event: events.OpinionServed, earlier: Marks) -> Marks:
    """Then it is carried out, or closed where nothing is left to be carried out."""
    served = mark(fact, Milestone.OPINION_SERVED, told(event, "served_time"))
    waits = waits_to_be_carried_out(earlier)
    return served, served._replace(milestone=Milestone.TO_CARRY_OUT if waits else Milestone.TO_CLOSE)


def support_executed(fact: Fact, event: events.SupportExecuted, earlier: Marks) -> Marks:
    """The agreement was performed; or what was supported was carried out, before service, or under review:
    then it still waits for that before it is closed."""
    if event.agreement:
        return (mark(fact, Milestone.PERFORMED),)
    done, since = mark(fact, Milestone.CARRIED_OUT), since_opinion(earlier)
    course = [one for one in since if one in _REVIEW][-1:]
    served = Milestone.OPINION_SERVED in since and _UNDER_REVIEW.isdisjoint(course)
    return (done, mark(fact, Milestone.TO_CLOSE)) if served else (done,)


def since_opinion(earlier: Marks) -> list[Milestone]:
    """The milestones since the last opinion, with it."""
    issued = [place for place, one in enumerate(earlier) if one.milestone is Milestone.OPINION_ISSUED]
    return [one.milestone for one in earlier[issued[-1] :]] if issued else []


def waits_to_be_carried_out(earlier: Marks) -> bool:
    """Whether the answer in force, the opinion or the review that changed it, supports what is left to do."""
    latest = last(earlier, Milestone.OPINION_ISSUED, Milestone.ANSWER_CHANGED)
    since = [one.milestone for one in earlier[earlier.index(latest) :]] if latest else []
    return Milestone.SUPPORTED in since and Milestone.CARRIED_OUT not in since

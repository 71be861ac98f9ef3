"""From intake's events of review and re-review to marks (Arts. 35, 36)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.answer_marks import since_opinion, waits_to_be_carried_out
from huiyin_domain.clocks.mark import Keys, Marks, last, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.decider import Fact

_RECEIVED = (Milestone.REVIEW_RECEIVED, Milestone.RE_REVIEW_RECEIVED)


def review_requested(fact: Fact, event: events.ReviewRequested, earlier: Marks) -> Marks:
    """In time by the day it was asked or posted; the organ's own period runs from receiving it."""
    asked, received = Milestone.REVIEW_ASKED, Milestone.REVIEW_RECEIVED
    if event.level == types.REVIEW_LEVEL_RE_REVIEW:
        asked, received = Milestone.RE_REVIEW_ASKED, Milestone.RE_REVIEW_RECEIVED
    receipt = mark(fact, received, keys=(("review", event.review_id),))
    return mark(fact, asked, told(event, "requested_time")), receipt._replace(unit=event.organ)


def review_decided(fact: Fact, event: events.ReviewDecided, earlier: Marks) -> Marks:
    re_review = event.level == types.REVIEW_LEVEL_RE_REVIEW
    milestone = Milestone.RE_REVIEW_DECIDED if re_review else Milestone.REVIEW_DECIDED
    keys = (("review", event.review_id),)
    decided = mark(fact, milestone, keys=keys)._replace(unit=_organ(earlier, keys))
    if event.outcome == types.REVIEW_OUTCOME_REVOKED:
        return decided, mark(fact, Milestone.REVOKED)
    if event.outcome != types.REVIEW_OUTCOME_CHANGED or not event.new_outcome:
        return (decided,)  # what it was changed to, version 0.1 did not say
    changed = mark(fact, Milestone.ANSWER_CHANGED, keys=keys)
    supports = event.new_outcome == types.OPINION_OUTCOME_SUPPORTED
    return (decided, changed, mark(fact, Milestone.SUPPORTED)) if supports else (decided, changed)


def _organ(earlier: Marks, keys: Keys) -> str:
    """The organ that was asked for this review."""
    asked = (one for one in earlier if one.milestone in _RECEIVED and one.keys == keys)
    return next((one.unit for one in asked), "")


def review_served(fact: Fact, event: events.ReviewServed, earlier: Marks) -> Marks:
    """After a re-review there is no further remedy in the petition procedure (Art. 36(3)).

    What was revoked is done again (E2); what the review supports in its place is carried out from here on;
    what the opinion supports was to be carried out before. Else it is closed.
    """
    re_review = event.level == types.REVIEW_LEVEL_RE_REVIEW
    milestone = Milestone.RE_REVIEW_SERVED if re_review else Milestone.REVIEW_SERVED
    keys = (("review", event.review_id),)
    served = mark(fact, milestone, told(event, "served_time"), keys)
    following = _following(earlier, keys)
    return (served, served._replace(milestone=following, keys=())) if following else (served,)


def _following(earlier: Marks, keys: Keys) -> Milestone | None:
    if Milestone.REVOKED in since_opinion(earlier):
        return None
    if not waits_to_be_carried_out(earlier):
        return Milestone.TO_CLOSE
    changed = last(earlier, Milestone.ANSWER_CHANGED)
    return Milestone.TO_CARRY_OUT if changed and changed.keys == keys else None

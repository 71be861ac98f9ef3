"""From intake's events of answer and review to marks (Arts. 32, 35, 36)."""

from dataclasses import replace

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.mark import Marks, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.fact import Fact


def opinion_served(fact: Fact, event: events.OpinionServed, earlier: Marks) -> Marks:
    return (mark(fact, Milestone.OPINION_SERVED, told(event, "served_time")),)


def review_requested(fact: Fact, event: events.ReviewRequested, earlier: Marks) -> Marks:
    """In time by the day it was asked or posted; the organ's own period runs from receiving it."""
    asked, received = Milestone.REVIEW_ASKED, Milestone.REVIEW_RECEIVED
    if event.level == types.REVIEW_LEVEL_RE_REVIEW:
        asked, received = Milestone.RE_REVIEW_ASKED, Milestone.RE_REVIEW_RECEIVED
    receipt = mark(fact, received, keys=(("review", event.review_id),))
    return mark(fact, asked, told(event, "requested_time")), replace(receipt, unit=event.organ)


def review_decided(fact: Fact, event: events.ReviewDecided, earlier: Marks) -> Marks:
    re_review = event.level == types.REVIEW_LEVEL_RE_REVIEW
    milestone = Milestone.RE_REVIEW_DECIDED if re_review else Milestone.REVIEW_DECIDED
    decided = mark(fact, milestone, keys=(("review", event.review_id),))
    revoked = event.outcome == types.REVIEW_OUTCOME_REVOKED
    return (decided, mark(fact, Milestone.REVOKED)) if revoked else (decided,)


def review_served(fact: Fact, event: events.ReviewServed, earlier: Marks) -> Marks:
    """After a re-review there is no further remedy in the petition procedure (Art. 36(3))."""
    if event.level == types.REVIEW_LEVEL_RE_REVIEW:
        return ()
    return (mark(fact, Milestone.REVIEW_SERVED, told(event, "served_time")),)

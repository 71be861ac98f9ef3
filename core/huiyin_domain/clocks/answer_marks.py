"""What answers, reviews and endings without an opinion leave as marks."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.clocks.mark import Keys, Marks, last, mark, told
from huiyin_domain.clocks.milestone import Milestone
from huiyin_domain.dates import parse_date
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


def agreement_reached(fact: Fact, event: events.AgreementReached, earlier: Marks) -> Marks:
    """It ends the handling; what is to be performed has a day of its own, what is not is to be closed."""
    due = parse_date(event.due_date)
    rest = mark(fact, Milestone.TO_PERFORM)._replace(due=due) if due else mark(fact, Milestone.PERFORMED)
    return mark(fact, Milestone.AGREED), rest


def withdrawal_confirmed(fact: Fact, event: events.WithdrawalConfirmed, earlier: Marks) -> Marks:
    """Who leaves a group's petition leaves nothing to close."""
    return (mark(fact, Milestone.WITHDRAWAL_CONFIRMED),) if event.whole_petition else ()


def continued(fact: Fact, event: events.PetitionContinued, earlier: Marks) -> Marks:
    """What was over is to be routed, or to be handled, again."""
    gone_on = mark(fact, Milestone.CONTINUED)
    if event.resumed_status == types.PETITION_STATUS_UNSPECIFIED:
        return (gone_on,)
    to_route = event.resumed_status == types.PETITION_STATUS_CLASSIFIED
    return gone_on, mark(fact, Milestone.RETURNED if to_route else Milestone.REOPENED)

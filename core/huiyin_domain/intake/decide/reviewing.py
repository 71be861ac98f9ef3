"""复查意见 and 复核意见: decided and served by the organ asked, not by whoever handled it (Arts. 35, 36)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import OpinionOutcome, ReviewOutcome
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_party, not_given
from huiyin_domain.intake.records import Review
from huiyin_domain.intake.served import served_otherwise, service_fault, told_time
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state


def decide_review(state: Petition, command: commands.DecideReviewRequest, context: Context) -> Decision:
    """Upheld, revoked to be done again, or changed."""
    if refusal := by_party(state, command, context):
        return refusal
    review = _found(state, command.review_id)
    if isinstance(review, Refusal):
        return review
    refusal = (
        _not_the_organ(review, context)
        or not_an_officer(context)
        or _decided(review)
        or _handled_before(state, context)
        or not_given(ReviewOutcome.DESCRIPTOR, command.outcome, "outcome")
        or _new_outcome_fault(command)
        or content_missing("document", command.document)
    )
    if refusal:
        return refusal
    return (
        events.ReviewDecided(
            review_id=review.review_id,
            level=review.level,
            outcome=command.outcome,
            document=sealed_of(command.document),
            officer=context.principal.officer,
            new_outcome=command.new_outcome,
        ),
    )


def _new_outcome_fault(command: commands.DecideReviewRequest) -> Refusal | None:
    """What was changed says to what: a request that is supported now is carried out (Art. 32(2))."""
    if command.outcome == types.REVIEW_OUTCOME_CHANGED:
        return not_given(OpinionOutcome.DESCRIPTOR, command.new_outcome, "new_outcome")
    if command.new_outcome == types.OPINION_OUTCOME_UNSPECIFIED:
        return None
    message = "new_outcome belongs to a changed outcome: leave it out, or decide REVIEW_OUTCOME_CHANGED"
    return invalid("NEW_OUTCOME_NOT_ALLOWED", message, field="new_outcome")


def _found(state: Petition, review_id: str) -> Review | Refusal:
    if state.review and state.review.review_id == review_id:
        return state.review
    current = state.review.review_id if state.review else ""
    message = f"review {review_id} is not the current one: read the case again"
    return missing("NO_SUCH_REVIEW", message, review_id=current)


def _not_the_organ(review: Review, context: Context) -> Refusal | None:
    if context.principal.acting_agency == review.organ:
        return None
    message = f"{review.organ} was asked: only it decides and serves this review"
    return forbidden("NOT_THE_REVIEW_ORGAN", message, organ=review.organ)


def _handled_before(state: Petition, context: Context) -> Refusal | None:
    """Who handled or reviewed the matter does not review it again (domain rules, 11.4, invariant 5).

    An officer's identifier is one within an agency, so officers are told apart by both.
    """
    before = {(opinion.unit, opinion.officer) for opinion in state.opinions}
    before |= state.handlers
    before |= {(review.organ, review.officer) for review in state.reviews}
    caller = context.principal
    if before.isdisjoint({(caller.agency, caller.officer), (caller.acting_agency, caller.officer)}):
        return None
    message = "this officer handled or reviewed the matter before: another officer has to review it"
    return forbidden("REVIEWER_HANDLED_IT", message, "Regulations of 2022, Art. 28(3)")


def _decided(review: Review) -> Refusal | None:
    if review.outcome == types.REVIEW_OUTCOME_UNSPECIFIED:
        return None
    facts = {"review_id": review.review_id, "outcome": ReviewOutcome.Name(review.outcome)}
    if review.changes:
        facts["new_outcome"] = OpinionOutcome.Name(review.new_outcome)
    return wrong_state("REVIEW_DECIDED", "the review is decided: serve it", **facts)


def serve_review(state: Petition, command: commands.ServeReviewRequest, context: Context) -> Decision:
    """送达 of the review opinion; re-review times run from here."""
    if refusal := by_party(state, command, context):
        return refusal
    review = _found(state, command.review_id)
    if isinstance(review, Refusal):
        return review
    refusal = (
        _not_the_organ(review, context)
        or _undecided(review)
        or service_fault(command.served_time, command.method, context)
    )
    if refusal or review.served_time:
        return refusal or served_otherwise(command.served_time, review.served_time) or ()
    served = stamp(told_time(command.served_time, context))
    return (
        events.ReviewServed(
            review_id=review.review_id, level=review.level, served_time=served, method=command.method
        ),
    )


def _undecided(review: Review) -> Refusal | None:
    if review.outcome != types.REVIEW_OUTCOME_UNSPECIFIED:
        return None
    return wrong_state("REVIEW_NOT_DECIDED", "the review is not decided: decide it, then serve it")

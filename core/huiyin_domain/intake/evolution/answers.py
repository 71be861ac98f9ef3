"""The fold's rules for extensions, opinions, reviews, and the report on a referral (交办)."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import CompletionStage
from huiyin_domain.dates import instant
from huiyin_domain.intake.evolution.courses import with_handler
from huiyin_domain.intake.records import Completion, Opinion, Review, replace
from huiyin_domain.intake.state import Petition


def extension_approved(state: Petition, event: events.ExtensionApproved) -> Petition:
    """Granted, and without effect until the petitioner is told (Art. 34)."""
    extensions = (*state.extensions, event.extension_days)
    handlers = with_handler(state, state.holder, event.approved_by)
    return state._replace(extensions=extensions, extension_open=True, handlers=handlers)


def extension_notified(state: Petition, event: events.ExtensionNotified) -> Petition:
    return state._replace(extension_open=False)


def opinion_issued(state: Petition, event: events.OpinionIssued) -> Petition:
    """A new opinion has remedies of its own: reviews of an earlier one count no more."""
    opinion = Opinion(event.opinion_id, event.outcome, event.document_mark, event.officer, state.holder)
    return state._replace(
        status=types.PETITION_STATUS_OPINION_ISSUED,
        opinions=(*state.opinions, opinion),
        reviews=(),
    )


def opinion_served(state: Petition, event: events.OpinionServed) -> Petition:
    served = instant(event.served_time)
    opinions = tuple(
        replace(opinion, served_time=served) if opinion.opinion_id == event.opinion_id else opinion
        for opinion in state.opinions
    )
    return state._replace(status=types.PETITION_STATUS_ANSWERED, opinions=opinions)


def review_requested(state: Petition, event: events.ReviewRequested) -> Petition:
    """A closed case is open again: the remedy outlives the closing. Who asks for it withdraws no more."""
    return state._replace(
        withdrawal=None,
        status=types.PETITION_STATUS_UNDER_REVIEW,
        reviews=(*state.reviews, Review(event.review_id, event.level, event.organ)),
        closing=types.CLOSING_KIND_UNSPECIFIED,
    )


def review_decided(state: Petition, event: events.ReviewDecided) -> Petition:
    reviews = tuple(
        replace(review, outcome=event.outcome, officer=event.officer, new_outcome=event.new_outcome)
        if review.review_id == event.review_id
        else review
        for review in state.reviews
    )
    return state._replace(reviews=reviews)


def review_served(state: Petition, event: events.ReviewServed) -> Petition:
    """A revoked opinion is to be done again; otherwise the answer stands."""
    served = instant(event.served_time)
    reviews = tuple(
        replace(review, served_time=served) if review.review_id == event.review_id else review
        for review in state.reviews
    )
    revoked = any(review.outcome == types.REVIEW_OUTCOME_REVOKED for review in reviews)
    status = types.PETITION_STATUS_ACCEPTED if revoked else types.PETITION_STATUS_ANSWERED
    return state._replace(status=status, reviews=reviews)


def reported(state: Petition, event: events.CompletionReported) -> Petition:
    completions = tuple(
        replace(one, report_id=event.report_id, stage=types.COMPLETION_STAGE_REPORTED)
        if one.handover_id == event.handover_id
        else one
        for one in state.completions
    )
    return state._replace(completions=completions)


def accepted(state: Petition, event: events.CompletionAccepted) -> Petition:
    return _at(state, event.report_id, types.COMPLETION_STAGE_ACCEPTED)


def sent_back(state: Petition, event: events.CompletionSentBack) -> Petition:
    """It is owed again, by the day that the referral named."""
    return _at(state, event.report_id, types.COMPLETION_STAGE_SENT_BACK)


def _at(state: Petition, report_id: str, stage: CompletionStage.ValueType) -> Petition:
    def checked(one: Completion) -> Completion:
        return replace(one, stage=stage) if report_id and one.report_id == report_id else one

    return state._replace(completions=tuple(map(checked, state.completions)))

"""评价: the petitioner rates both bodies, by a way of the petitioner's own, and may take it back.

What is not rated is never counted as satisfied. Who registered the filing may know the query code: so a
rating never comes over an agency's connection, and is told to the contact left, from which it can be taken
back.
"""

import hmac

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import Rating, RatingWay
from huiyin_domain.access import Action, CaseFacts, may, unknown_case
from huiyin_domain.checks import sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import not_given
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, missing, wrong_state


def is_query_code(state: Petition, code_hash: bytes) -> bool:
    """Whether this is the hash of the code (查询码) on the petitioner's receipt; asked before any rating."""
    expected = state.registration.query_code_hash
    return bool(expected) and hmac.compare_digest(expected, code_hash)


def is_take_back_code(state: Petition, code_hash: bytes) -> bool:
    """Whether this is the hash of the code in the notice of the rating that stands."""
    expected = state.rating.take_back_hash if state.rating else b""
    return bool(expected) and hmac.compare_digest(expected, code_hash)


def not_the_petitioners_way(context: Context) -> Refusal | None:
    """A refusal unless it comes through the platform's own way in for petitioners."""
    return may(context.principal, Action.SERVE_PETITIONERS, CaseFacts(), context.policy.directory)


def rate(state: Petition, command: commands.RatePetitionRequest, context: Context) -> Decision:
    """The service has proved the petitioner by the query code; no officer stands between."""
    refusal = not_the_petitioners_way(context) or _not_rateable(state)
    if refusal := refusal or _ratings_fault(command) or not_given(RatingWay.DESCRIPTOR, command.way, "way"):
        return refusal
    return (
        events.PetitionRated(
            office_rating=command.office_rating,
            unit_rating=command.unit_rating,
            comment=sealed_of(command.comment),
            way=command.way,
            notice_id=context.new_ids[0] if context.take_back_hash else "",
            take_back_hash=context.take_back_hash,
        ),
    )


def take_back_rating(state: Petition, command: commands.TakeBackRatingRequest, context: Context) -> Decision:
    """The service has proved by the code in the notice that the caller has the contact left."""
    if refusal := not_the_petitioners_way(context):
        return refusal
    if state.rating is None:
        return unknown_case()
    return (events.RatingTakenBack(notice_id=state.rating.notice_id),)


def confirm_notice(state: Petition, command: commands.ConfirmNoticeRequest, context: Context) -> Decision:
    """The messenger sent the notice of the rating that stands, or of the withdrawal that is open; once."""
    refusal = not_the_petitioners_way(context) or no_notice(state, command.notice_id)
    if refusal:
        return refusal
    told_of = (state.rating, state.withdrawal)
    told = any(one.told for one in told_of if one and one.notice_id == command.notice_id)
    return () if told else (events.NoticeSent(notice_id=command.notice_id),)


def no_notice(state: Petition, notice_id: str) -> Refusal | None:
    """A refusal unless the rating that stands, or the withdrawal that is open, has this notice."""
    known = {one.notice_id for one in (state.rating, state.withdrawal) if one}
    if notice_id and notice_id in known:
        return None
    message = "there is no such notice, or what it told of was taken back: check notice_id"
    return missing("NO_SUCH_NOTICE", message)


def _not_rateable(state: Petition) -> Refusal | None:
    if not state.exists:
        return unknown_case()
    if not state.answered:
        return wrong_state("NOT_ANSWERED", "there is no answer to rate yet: it can be rated once served")
    if state.rating:
        return wrong_state("ALREADY_RATED", "the case has been rated: a rating is given once")
    return None


def _ratings_fault(command: commands.RatePetitionRequest) -> Refusal | None:
    """One of the two bodies may be left unrated."""
    both = (command.office_rating, command.unit_rating)
    given = [rating for rating in both if rating] or [types.RATING_UNSPECIFIED]
    faults = (not_given(Rating.DESCRIPTOR, rating, "office_rating or unit_rating") for rating in given)
    return next((fault for fault in faults if fault), None)

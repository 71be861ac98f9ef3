"""评价: the petitioner rates both bodies, once; what is not rated is never counted as satisfied."""

import hmac

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RatePetitionRequest
from huiyin.intake.v1.types_pb2 import Rating
from huiyin_domain.access import unknown_case
from huiyin_domain.checks import sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import not_given
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, wrong_state


def is_query_code(state: Petition, code_hash: bytes) -> bool:
    """Whether this is the hash of the code (查询码) on the petitioner's receipt; asked before any rating."""
    expected = state.registration.query_code_hash
    return bool(expected) and hmac.compare_digest(expected, code_hash)


def rate(state: Petition, command: RatePetitionRequest, context: Context) -> Decision:
    """The service has proved the petitioner by the query code; no officer stands between."""
    if refusal := _not_rateable(state, command) or _ratings_fault(command):
        return refusal
    return (
        events.PetitionRated(
            office_rating=command.office_rating,
            unit_rating=command.unit_rating,
            comment=sealed_of(command.comment),
        ),
    )


def _not_rateable(state: Petition, command: RatePetitionRequest) -> Refusal | None:
    if not state.exists:
        return unknown_case()
    if not state.answered:
        return wrong_state("NOT_ANSWERED", "there is no answer to rate yet: it can be rated once served")
    if state.rated:
        return wrong_state("ALREADY_RATED", "the case has been rated: a rating is given once")
    return None


def _ratings_fault(command: RatePetitionRequest) -> Refusal | None:
    """One of the two bodies may be left unrated."""
    both = (command.office_rating, command.unit_rating)
    given = [rating for rating in both if rating] or [types.RATING_UNSPECIFIED]
    faults = (not_given(Rating.DESCRIPTOR, rating, "office_rating or unit_rating") for rating in given)
    return next((fault for fault in faults if fault), None)

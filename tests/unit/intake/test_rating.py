"""评价: once, by the petitioner, of both bodies or of one; unrated is never satisfied."""

from typing import Any

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.decide.rating import is_query_code
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.state import Petition
from huiyin_domain.principal import Principal, Role
from tests.support.deciding import Stream
from tests.unit.intake.petitions import Case, made

PORTAL = Principal("portal", "", frozenset({Role.SERVICE}))
GOOD: dict[str, Any] = {"office_rating": types.RATING_SATISFIED, "unit_rating": types.RATING_NOT_SATISFIED}


def answered() -> Case:
    case = Case().accepted()
    case.answered()
    return case


def test_a_served_answer_can_be_rated_before_and_after_closing() -> None:
    answered().do("RatePetition", PORTAL, **GOOD)
    case = answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.do("RatePetition", PORTAL, **GOOD)


def test_what_is_not_answered_cannot_be_rated() -> None:
    Case().accepted().no("NOT_ANSWERED", "RatePetition", PORTAL, **GOOD)


def test_a_rating_is_given_once() -> None:
    case = answered()
    case.do("RatePetition", PORTAL, **GOOD)
    case.no("ALREADY_RATED", "RatePetition", PORTAL, **GOOD)


def test_a_body_that_was_not_rated_stays_unrated() -> None:
    """Domain rules 11.3: unrated counted as satisfied is forbidden."""
    (event,) = answered().do("RatePetition", PORTAL, unit_rating=types.RATING_NOT_SATISFIED)
    assert made(event, events.PetitionRated).office_rating == types.RATING_UNSPECIFIED


def test_a_rating_says_something_about_at_least_one_body() -> None:
    answered().no("FIELD_REQUIRED", "RatePetition", PORTAL)


def test_a_case_that_does_not_exist_is_not_rated() -> None:
    Stream[Petition](PETITION).refused(commands.RatePetitionRequest(**GOOD), PORTAL, "NO_SUCH_CASE")


def test_the_query_code_of_the_receipt_is_told_from_others() -> None:
    state = Case().state
    assert is_query_code(state, b"hash of the query code")
    assert not is_query_code(state, b"another hash")
    assert not is_query_code(PETITION.initial(), b"")

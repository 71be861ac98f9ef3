"""评价: once, by the petitioner, of both bodies or of one; unrated is never satisfied."""

from typing import Any

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.decide.rating import is_query_code, is_take_back_code
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.state import Petition
from tests.support.deciding import Stream, officer
from tests.support.small_policy import HOUSING, OFFICE
from tests.unit.intake.petitions import Case, made

OTHER = Principal("streams", "", frozenset({Role.SERVICE}))
PORTAL = Principal("console", "", frozenset({Role.SERVICE}))
WEB = types.RATING_WAY_WEB
GOOD: dict[str, Any] = {
    "office_rating": types.RATING_SATISFIED,
    "unit_rating": types.RATING_NOT_SATISFIED,
    "way": WEB,
}
HASH = b"hash of the code in the notice"


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
    (event,) = answered().do("RatePetition", PORTAL, unit_rating=types.RATING_NOT_SATISFIED, way=WEB)
    assert made(event, events.PetitionRated).office_rating == types.RATING_UNSPECIFIED


def rated() -> tuple[Case, str]:
    """Rated, with a notice to the contact left; the notice's id."""
    case = answered()
    command = case.command("RatePetition", **GOOD)
    (event,) = case.when(command, PORTAL, take_back_hash=HASH)
    return case, made(event, events.PetitionRated).notice_id


def test_nobody_rates_over_a_connection_that_is_not_the_petitioners() -> None:
    for caller in (officer(OFFICE), officer(HOUSING, "", Role.HEAD), officer(OFFICE, "", Role.SYSTEM), OTHER):
        answered().no("PETITIONERS_ONLY", "RatePetition", caller, **GOOD)


def test_a_rating_says_by_which_way_it_came() -> None:
    answered().no("FIELD_REQUIRED", "RatePetition", PORTAL, **GOOD | {"way": types.RATING_WAY_UNSPECIFIED})


def test_a_rating_is_taken_back_and_given_anew() -> None:
    case, notice_id = rated()
    assert notice_id
    assert is_take_back_code(case.state, HASH)
    assert not is_take_back_code(case.state, b"another")
    (event,) = case.do("TakeBackRating", PORTAL)
    assert made(event, events.RatingTakenBack).notice_id == notice_id
    assert not is_take_back_code(case.state, HASH)
    case.no("NO_SUCH_CASE", "TakeBackRating", PORTAL)
    case.do("RatePetition", PORTAL, **GOOD)


def test_without_a_contact_there_is_no_notice_and_no_code() -> None:
    (event,) = answered().do("RatePetition", PORTAL, **GOOD)
    assert made(event, events.PetitionRated).notice_id == ""
    case = answered()
    case.do("RatePetition", PORTAL, **GOOD)
    assert not is_take_back_code(case.state, b"")


def test_a_notice_is_confirmed_once_and_not_after_its_rating_was_taken_back() -> None:
    case, notice_id = rated()
    case.no("NO_SUCH_NOTICE", "ConfirmNotice", PORTAL, notice_id="another")
    case.no("PETITIONERS_ONLY", "ConfirmNotice", officer(OFFICE), notice_id=notice_id)
    case.do("ConfirmNotice", PORTAL, notice_id=notice_id)
    assert case.do("ConfirmNotice", PORTAL, notice_id=notice_id) == ()
    case.do("TakeBackRating", PORTAL)
    case.no("NO_SUCH_NOTICE", "ConfirmNotice", PORTAL, notice_id=notice_id)


def test_a_rating_says_something_about_at_least_one_body() -> None:
    answered().no("FIELD_REQUIRED", "RatePetition", PORTAL, way=WEB)


def test_a_case_that_does_not_exist_is_not_rated() -> None:
    Stream[Petition](PETITION).refused(commands.RatePetitionRequest(**GOOD), PORTAL, "NO_SUCH_CASE")


def test_the_query_code_of_the_receipt_is_told_from_others() -> None:
    state = Case().state
    assert is_query_code(state, b"hash of the query code")
    assert not is_query_code(state, b"another hash")
    assert not is_query_code(PETITION.initial(), b"")

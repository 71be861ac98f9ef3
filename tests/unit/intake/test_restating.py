"""更正、重述: other words for a case, and who is still shown the earlier ones."""

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.intake.registered import superseded
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import Case, made

WORDS = {"subject": secret("lamp"), "content": secret("the lamp is broken")}


def test_the_responsible_unit_puts_the_content_in_other_words() -> None:
    case = Case().accepted(HOUSING)
    (event,) = case.do("RestatePetition", **WORDS)
    restated = made(event, events.PetitionRestated)
    assert (restated.subject, restated.content) == (WORDS["subject"].sealed, WORDS["content"].sealed)
    assert (restated.authority.kind, restated.authority.organ) == (common.AUTHORITY_KIND_HOLDER, HOUSING)


def test_the_office_that_registered_does_so_too_and_nobody_else() -> None:
    case = Case().accepted(HOUSING)
    (event,) = case.do("RestatePetition", officer(OFFICE), **WORDS)
    assert made(event, events.PetitionRestated).authority.kind == common.AUTHORITY_KIND_REGISTRATION
    case.no("NO_SUCH_CASE", "RestatePetition", officer(LABOUR), **WORDS)
    case.no("OFFICER_REQUIRED", "RestatePetition", officer(HOUSING, "system", Role.SYSTEM), **WORDS)
    direct = Case(by=HOUSING).accepted(LABOUR)
    direct.no("NOT_RESPONSIBLE", "RestatePetition", officer(HOUSING), **WORDS)


def test_it_says_something_and_comes_before_closing() -> None:
    Case().no("CONTENT_REQUIRED", "RestatePetition", subject=WORDS["subject"])
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.no("ALREADY_CLOSED", "RestatePetition", **WORDS)


def test_the_same_words_again_change_nothing() -> None:
    case = Case()
    case.do("RestatePetition", **WORDS)
    assert case.do("RestatePetition", **WORDS) == ()


@pytest.mark.parametrize(
    "reader, closed", [(HOUSING, {0, 2}), (OFFICE, {2}), (LABOUR, {0}), (COUNTY, {0, 2})]
)
def test_earlier_words_are_opened_for_who_replaced_them_alone(reader: str, closed: set[int]) -> None:
    """OFFICE replaced what was registered, LABOUR what OFFICE wrote."""
    stream = [
        events.PetitionRegistered(),
        events.PetitionClassified(),
        events.PetitionRestated(authority=common.Authority(organ=OFFICE)),
        events.PetitionRestated(authority=common.Authority(organ=LABOUR)),
    ]
    assert superseded(stream, reader) == {
        (place, text)
        for place in closed
        for text in ("subject", "content", *(() if place else ("place_as_written", "as_written")))
    }


def test_what_nobody_restated_is_opened_for_all_who_may_read_it() -> None:
    assert superseded([events.PetitionRegistered(), events.PetitionClassified()], HOUSING) == frozenset()

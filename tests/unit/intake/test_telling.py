"""告知: the petitioner is told what became of the matter, once, and how far it is, as often as it goes on."""

from datetime import timedelta
from typing import Any

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.dates import instant, stamp
from huiyin_domain.intake.state import is_final
from tests.support.deciding import START, officer, secret
from tests.support.small_policy import COURT, HOUSING, LABOUR, OFFICE
from tests.unit.intake.moves import ARBITRATION
from tests.unit.intake.petitions import LITIGATION, Case, made
from tests.unit.intake.reacting import acknowledged, offered

NOTICE: dict[str, Any] = {"method": types.SERVICE_METHOD_MAIL, "document": secret("notice")}
NOT_ACCEPTED = NOTICE | {"telling": types.TELLING_NOT_ACCEPTED}
LED_IN = NOTICE | {"telling": types.TELLING_LED_IN}
PROGRESS = NOTICE | {"telling": types.TELLING_PROGRESS}


def declined(case: Case) -> Case:
    """Not this unit's: the petitioner is shown the way to another one (Art. 23(1))."""
    reasons = {"reasons": secret("why"), "remedy": secret("there")}
    code = types.NON_ACCEPTANCE_CODE_NOT_COMPETENT
    case.do("DeclinePetition", code=code, redirect_unit=LABOUR, **reasons)
    return case


def test_what_was_not_accepted_is_told_with_day_way_and_notice() -> None:
    """Arts. 23(1), 36(3): 不予受理告知书."""
    case = declined(Case().classified())
    case.later(days=2)
    day = START + timedelta(days=1)
    (event,) = case.do("TellPetitioner", **NOT_ACCEPTED, served_time=stamp(day))
    told = made(event, events.PetitionerTold)
    assert (told.unit, told.telling, told.method) == (OFFICE, types.TELLING_NOT_ACCEPTED, NOTICE["method"])
    assert instant(told.served_time) == day
    assert told.HasField("document")
    assert case.state.told
    assert is_final(case.state)


def test_where_a_claim_was_led_is_told() -> None:
    """Art. 31(2): 导入告知书."""
    case = Case().classified(**ARBITRATION)
    case.do("LeadIntoProcedure", route=types.ROUTE_ARBITRATION, organ=LABOUR)
    case.no("LED_INTO_PROCEDURE", "TellPetitioner", **NOT_ACCEPTED)
    case.do("TellPetitioner", **LED_IN)
    assert is_final(case.state)


def test_what_was_decided_is_told_once_and_anew_when_it_is_decided_anew() -> None:
    case = declined(Case().classified())
    case.do("TellPetitioner", **NOT_ACCEPTED)
    assert case.do("TellPetitioner", **NOT_ACCEPTED) == ()
    case.classified()
    assert not is_final(case.state)
    declined(case)
    assert not is_final(case.state)
    (event,) = case.do("TellPetitioner", **NOT_ACCEPTED)
    assert made(event, events.PetitionerTold).unit == OFFICE


def test_how_far_it_is_is_told_while_it_is_in_hand_also_after_it_had_not_been_accepted() -> None:
    case = declined(Case().classified())
    case.do("TellPetitioner", **NOT_ACCEPTED)
    case.do("AcceptPetition")
    case.no("ALREADY_ACCEPTED", "TellPetitioner", **NOT_ACCEPTED)
    for words in ("so far", "further"):
        (event,) = case.do("TellPetitioner", **(PROGRESS | {"document": secret(words)}))
        assert made(event, events.PetitionerTold).telling == types.TELLING_PROGRESS
    assert case.do("TellPetitioner", **(PROGRESS | {"document": secret("further")})) == ()


@pytest.mark.parametrize("name", ["telling", "method", "document"])
def test_telling_names_of_what_how_and_in_which_words(name: str) -> None:
    case = declined(Case().classified())
    given = {field: value for field, value in NOT_ACCEPTED.items() if field != name}
    reason = "CONTENT_REQUIRED" if name == "document" else "FIELD_REQUIRED"
    assert case.no(reason, "TellPetitioner", **given).facts["field"] == name


def test_only_the_responsible_unit_tells() -> None:
    case = Case().accepted(HOUSING)
    case.no("NOT_RESPONSIBLE", "TellPetitioner", officer(OFFICE), **PROGRESS)
    case.no("NO_SUCH_CASE", "TellPetitioner", officer(LABOUR), **PROGRESS)


def test_a_matter_that_is_offered_to_a_court_or_with_it_is_not_told_of_as_not_accepted() -> None:
    case = declined(Case().classified(**LITIGATION))
    offered(case, COURT)
    case.no("OFFER_OPEN", "TellPetitioner", **NOT_ACCEPTED)
    taken = Case().classified(**LITIGATION)
    acknowledged(taken, COURT)
    taken.no("REFERRAL_OPEN", "TellPetitioner", **LED_IN)


def test_nothing_is_told_before_it_was_decided_nor_in_the_future() -> None:
    case = declined(Case().classified())
    case.later(days=1)
    case.no(
        "TIME_IN_FUTURE", "TellPetitioner", **NOT_ACCEPTED, served_time=stamp(case.now + timedelta(days=1))
    )

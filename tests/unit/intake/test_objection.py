"""异议 within 5 working days, and the sender's verification (Art. 23(3))."""

from datetime import UTC, datetime

import pytest

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.refusal import Refusal
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import Case, kinds

WHY = secret("not our competence")


def handed(to_unit: str = HOUSING) -> tuple[Case, str]:
    case = Case().classified()
    return case, case.handed_over(to_unit)


def objected() -> tuple[Case, str]:
    case, handover_id = handed()
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY, proposed_unit=LABOUR)
    return case, handover_id


def test_the_receiving_unit_may_object_and_the_duty_stays_where_it_is() -> None:
    """Domain rules 1.2, T5: the duty stays where it is until the sender agrees."""
    case, _ = objected()
    assert case.state.status == types.PETITION_STATUS_OBJECTED
    assert (case.state.holder, case.state.pending_unit) == (OFFICE, HOUSING)


def test_an_objection_needs_detailed_reasons() -> None:
    case, handover_id = handed()
    case.no("CONTENT_REQUIRED", "ObjectToHandover", officer(HOUSING), handover_id=handover_id)


def test_only_the_receiving_unit_objects() -> None:
    case, handover_id = handed()
    case.no("NOT_THE_RECEIVER", "ObjectToHandover", handover_id=handover_id, reasons=WHY)
    case.no("NO_SUCH_CASE", "ObjectToHandover", officer(LABOUR), handover_id=handover_id, reasons=WHY)


def test_an_objection_names_the_open_hand_over() -> None:
    case, handover_id = handed()
    refusal = case.no("NO_OPEN_HANDOVER", "ObjectToHandover", officer(HOUSING), handover_id="x", reasons=WHY)
    assert refusal.facts["handover_id"] == handover_id


def test_one_objection_at_a_time() -> None:
    case, handover_id = objected()
    case.no("OBJECTION_OPEN", "ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)


def test_a_proposed_unit_is_a_known_one() -> None:
    case, handover_id = handed()
    by, given = officer(HOUSING), {"handover_id": handover_id, "reasons": WHY}
    case.no("UNKNOWN_UNIT", "ObjectToHandover", by, **given, proposed_unit="nobody")


@pytest.mark.parametrize(
    ("handed_over", "last_day"),
    [("2026-02-13", "2026-02-27"), ("2026-09-29", "2026-10-12"), ("2026-04-30", "2026-05-11")],
)
def test_art_23_3_gives_five_working_days_to_object(handed_over: str, last_day: str) -> None:
    """The golden dates of domain rules 9.1."""
    case = Case(begin=noon("2026-01-05")).classified()
    case.now = noon(handed_over)
    by, given = officer(HOUSING), {"handover_id": case.handed_over(), "reasons": WHY}
    case.now = noon(last_day)
    assert not isinstance(case.decide(case.command("ObjectToHandover", **given), by), Refusal)
    case.later(days=1)
    refusal = case.no("OBJECTION_TOO_LATE", "ObjectToHandover", by, **given)
    assert refusal.facts["last_day"] == last_day
    assert refusal.article == "Regulations of 2022, Art. 23(3)"


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)


def test_a_missing_calendar_never_shuts_an_objection_out() -> None:
    """Domain rules 11.4, invariant 12: no silent date."""
    case = Case().classified()
    case.now = noon("2026-12-28")
    handover_id = case.handed_over()
    case.later(days=300)
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)


def test_an_upheld_objection_gives_the_matter_back_to_the_sender_to_route() -> None:
    case, handover_id = objected()
    assert kinds(case.do("DecideObjection", handover_id=handover_id, upheld=True)) == ["ObjectionUpheld"]
    assert (case.state.status, case.state.pending_unit) == (types.PETITION_STATUS_CLASSIFIED, "")
    case.handed_over(LABOUR)


def test_a_refused_objection_leaves_the_hand_over_standing() -> None:
    case, handover_id = objected()
    case.do("DecideObjection", handover_id=handover_id, upheld=False)
    assert (case.state.status, case.state.pending_unit) == (types.PETITION_STATUS_HANDED_OVER, HOUSING)
    case.no("OBJECTION_REFUSED", "ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)
    case.do("AcceptPetition", officer(HOUSING))


def test_only_the_sender_decides_an_objection() -> None:
    case, handover_id = objected()
    case.no("NOT_RESPONSIBLE", "DecideObjection", officer(HOUSING), handover_id=handover_id, upheld=True)


def test_there_is_nothing_to_decide_before_an_objection() -> None:
    case, handover_id = handed()
    case.no("NO_OBJECTION", "DecideObjection", handover_id=handover_id, upheld=True)


def test_a_matter_does_not_bounce_back_to_a_unit_whose_objection_was_upheld() -> None:
    """Domain rules 11.1: 不得推诿; the second try takes a decision of the common superior (Art. 24)."""
    case, handover_id = objected()
    case.do("DecideObjection", handover_id=handover_id, upheld=True)
    transfer = {"kind": types.HANDOVER_KIND_TRANSFER, "to_unit": HOUSING}
    assert "24" in case.no("OBJECTION_WAS_UPHELD", "HandOverPetition", **transfer).article
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert case.state.holder == HOUSING
    assert HOUSING not in case.state.objectors


def test_a_unit_that_objected_may_take_the_matter_after_all() -> None:
    case, _ = objected()
    case.do("AcceptPetition", officer(HOUSING))
    assert case.state.holder == HOUSING

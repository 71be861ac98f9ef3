"""A hand-over that nobody answers locks no case: recall, and the superior's order (Arts. 23, 24)."""

from datetime import UTC, datetime

from huiyin.common.v1.types_pb2 import (
    AUTHORITY_KIND_CONFERENCE,
    AUTHORITY_KIND_HOLDER,
    AUTHORITY_KIND_SUPERIOR,
)
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from tests.support.deciding import officer, secret
from tests.support.small_policy import (
    AUDIT_BODY,
    CITY,
    CITY_OFFICE,
    CONFERENCE,
    COUNTY,
    COURT,
    HOUSING,
    LABOUR,
    OFFICE,
    STRANGER,
)
from tests.unit.intake.petitions import Case, made

WHY = secret("no answer")
ACCEPT, ANSWER = types.HANDOVER_ORDER_ACCEPT, types.HANDOVER_ORDER_ANSWER
LATE = datetime(2026, 4, 20, 8, tzinfo=UTC)


def handed(to_unit: str = HOUSING) -> tuple[Case, str]:
    case = Case().classified()
    return case, case.handed_over(to_unit)


def test_the_sender_takes_an_unanswered_hand_over_back_and_routes_again() -> None:
    case, handover_id = handed()
    (event,) = case.do("RecallHandover", handover_id=handover_id, reasons=WHY)
    recalled = made(event, events.HandoverRecalled)
    assert (recalled.unit, recalled.authority.kind, recalled.authority.organ) == (
        HOUSING,
        AUTHORITY_KIND_HOLDER,
        OFFICE,
    )
    assert (case.state.status, case.state.holder, case.state.epoch) == (
        types.PETITION_STATUS_CLASSIFIED,
        OFFICE,
        1,
    )
    case.no("NO_SUCH_CASE", "AcceptPetition", officer(HOUSING))
    case.handed_over(LABOUR)


def test_also_while_an_objection_waits_for_the_sender() -> None:
    case, handover_id = handed()
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)
    case.do("RecallHandover", handover_id=handover_id, reasons=WHY)
    assert HOUSING not in case.state.objectors


def test_only_the_responsible_unit_recalls_and_says_why() -> None:
    case, handover_id = handed()
    case.no("NOT_RESPONSIBLE", "RecallHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)
    case.no("CONTENT_REQUIRED", "RecallHandover", handover_id=handover_id)
    case.no("NO_OPEN_HANDOVER", "RecallHandover", handover_id="x", reasons=WHY)
    system = officer(OFFICE, "", Role.SYSTEM)
    case.no("OFFICER_REQUIRED", "RecallHandover", system, handover_id=handover_id, reasons=WHY)


def test_what_was_accepted_is_not_recalled() -> None:
    case, handover_id = handed()
    case.do("AcceptPetition", officer(HOUSING))
    case.no("NOT_RESPONSIBLE", "RecallHandover", officer(OFFICE), handover_id=handover_id, reasons=WHY)


def test_a_matter_is_not_sent_to_and_fro_so_that_no_period_ever_ends() -> None:
    case, handover_id = handed()
    case.do("RecallHandover", handover_id=handover_id, reasons=WHY)
    transfer = types.HANDOVER_KIND_TRANSFER
    refusal = case.no("RECALLED_BEFORE", "HandOverPetition", kind=transfer, to_unit=HOUSING)
    assert refusal.facts["unit"] == HOUSING
    for unit in (LABOUR, COURT):
        case.do("RecallHandover", handover_id=case.handed_over(unit), reasons=WHY)
    last = case.handed_over(CITY_OFFICE)
    case.no("RECALLED_TOO_OFTEN", "RecallHandover", handover_id=last, reasons=WHY)
    case.do("DecideCompetence", officer(CITY), unit=HOUSING)
    assert case.state.holder == HOUSING


def test_a_matter_is_not_handed_to_who_decides_or_audits() -> None:
    case = Case().classified()
    for unit, reason in ((AUDIT_BODY, "AUDIT_BODY"), (CONFERENCE, "NO_HANDLING_UNIT")):
        case.no(reason, "HandOverPetition", kind=types.HANDOVER_KIND_TRANSFER, to_unit=unit)


def test_the_superior_orders_an_answer_and_moves_nothing() -> None:
    case, handover_id = handed()
    (event,) = case.do("OrderHandover", officer(COUNTY), handover_id=handover_id, order=ANSWER, reasons=WHY)
    ordered = made(event, events.HandoverOrdered)
    assert (ordered.authority.kind, ordered.authority.organ) == (AUTHORITY_KIND_SUPERIOR, COUNTY)
    assert (case.state.holder, case.state.pending_unit, case.state.epoch) == (OFFICE, HOUSING, 1)
    again = case.do("OrderHandover", officer(COUNTY), handover_id=handover_id, order=ANSWER, reasons=WHY)
    assert again == ()


def test_who_is_not_above_the_receiving_unit_learns_not_even_that_there_is_a_case() -> None:
    case, handover_id = handed()
    given = {"handover_id": handover_id, "order": ANSWER, "reasons": WHY}
    for agency in (STRANGER, CITY_OFFICE, LABOUR, CONFERENCE):
        case.no("NO_SUCH_CASE", "OrderHandover", officer(agency), **given)
    for party in (OFFICE, HOUSING):
        case.no("NOT_ITS_SUPERIOR", "OrderHandover", officer(party), **given)


def test_where_the_unit_has_no_superior_the_joint_conference_orders() -> None:
    case, handover_id = handed(COURT)
    given = {"handover_id": handover_id, "order": ANSWER, "reasons": WHY}
    case.no("NO_SUCH_CASE", "OrderHandover", officer(COUNTY), **given)
    case.no("NOT_ITS_SUPERIOR", "OrderHandover", officer(OFFICE), **given)
    (event,) = case.do("OrderHandover", officer(CONFERENCE), **given)
    assert made(event, events.HandoverOrdered).authority.kind == AUTHORITY_KIND_CONFERENCE


def test_ordered_to_answer_a_unit_may_still_object_after_its_five_days() -> None:
    case, handover_id = handed()
    objection = {"handover_id": handover_id, "reasons": WHY}
    case.now = LATE
    case.no("OBJECTION_TOO_LATE", "ObjectToHandover", officer(HOUSING), **objection)
    case.do("OrderHandover", officer(COUNTY), handover_id=handover_id, order=ANSWER, reasons=WHY)
    assert case.state.handover
    assert case.state.handover.order_due == "2026-04-27"
    case.do("ObjectToHandover", officer(HOUSING), **objection)


def test_ordered_to_accept_a_unit_does_not_object() -> None:
    case, handover_id = handed()
    case.do("OrderHandover", officer(COUNTY), handover_id=handover_id, order=ACCEPT, reasons=WHY)
    objection = {"handover_id": handover_id, "reasons": WHY}
    case.no("ORDERED_TO_ACCEPT", "ObjectToHandover", officer(HOUSING), **objection)
    case.do("AcceptPetition", officer(HOUSING))

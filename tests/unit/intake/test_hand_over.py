"""转送 and 交办 (Art. 22)."""

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from tests.support.deciding import officer
from tests.support.small_policy import HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import Case, made

TRANSFER, REFERRAL = types.HANDOVER_KIND_TRANSFER, types.HANDOVER_KIND_REFERRAL


def test_responsibility_stays_with_the_sender_until_the_receiver_accepts() -> None:
    """Promise P2."""
    case = Case().classified()
    case.handed_over(HOUSING)
    assert (case.state.holder, case.state.epoch, case.state.pending_unit) == (OFFICE, 1, HOUSING)


def test_a_case_is_classified_before_it_is_handed_over() -> None:
    Case().no("NOT_CLASSIFIED", "HandOverPetition", kind=TRANSFER, to_unit=HOUSING)


def test_at_most_one_hand_over_is_open() -> None:
    case = Case().classified()
    case.handed_over(HOUSING)
    case.no("HANDOVER_OPEN", "HandOverPetition", kind=TRANSFER, to_unit=LABOUR)


def test_an_accepted_case_is_not_handed_on() -> None:
    Case().accepted().no("ALREADY_ACCEPTED", "HandOverPetition", kind=TRANSFER, to_unit=LABOUR)


def test_only_the_responsible_unit_hands_over() -> None:
    Case().classified().no(
        "NO_SUCH_CASE", "HandOverPetition", officer(HOUSING), kind=TRANSFER, to_unit=HOUSING
    )


def test_routing_is_a_persons_decision() -> None:
    """Domain rules 11.2."""
    system = officer(OFFICE, "system", Role.SYSTEM)
    Case().classified().no("OFFICER_REQUIRED", "HandOverPetition", system, kind=TRANSFER, to_unit=HOUSING)


@pytest.mark.parametrize(
    ("unit", "reason"), [("nobody", "UNKNOWN_UNIT"), ("", "UNKNOWN_UNIT"), (OFFICE, "SAME_UNIT")]
)
def test_a_target_is_another_known_unit(unit: str, reason: str) -> None:
    Case().classified().no(reason, "HandOverPetition", kind=TRANSFER, to_unit=unit)


def test_transfer_or_referral_has_to_be_said() -> None:
    Case().classified().no("FIELD_REQUIRED", "HandOverPetition", to_unit=HOUSING)


def test_a_referral_carries_its_fixed_time() -> None:
    """Art. 22(1)(3): 指定办理期限."""
    case = Case().classified()
    case.no("MALFORMED_DATE", "HandOverPetition", kind=REFERRAL, to_unit=HOUSING)
    case.no("DUE_DATE_PASSED", "HandOverPetition", kind=REFERRAL, to_unit=HOUSING, due_date="2026-03-01")
    (event,) = case.do("HandOverPetition", kind=REFERRAL, to_unit=HOUSING, due_date="2026-04-30")
    assert made(event, events.PetitionHandedOver).due_date == "2026-04-30"


def test_a_transfer_has_no_fixed_time() -> None:
    Case().classified().no(
        "DUE_DATE_NOT_ALLOWED", "HandOverPetition", kind=TRANSFER, to_unit=HOUSING, due_date="2026-04-30"
    )

"""T2: who comes in person is told in writing on the spot, where that is possible (Art. 23(2))."""

import pytest

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.standing import petition_message
from tests.support.small_policy import HOUSING, OFFICE
from tests.unit.intake.petitions import Case

IN_PERSON, MAIL = types.SERVICE_METHOD_IN_PERSON, types.SERVICE_METHOD_MAIL
GIVEN, NOT_GIVEN = types.TOLD_ON_THE_SPOT_GIVEN, types.TOLD_ON_THE_SPOT_NOT_GIVEN


def shown(case: Case) -> types.ToldOnTheSpot.ValueType:
    return petition_message(case.state, 1).told_on_the_spot


@pytest.mark.parametrize(
    ("method", "days", "expected"),
    [(IN_PERSON, 0, GIVEN), (IN_PERSON, 1, NOT_GIVEN), (MAIL, 0, NOT_GIVEN)],
)
def test_a_visitor_is_told_on_the_spot_by_what_is_handed_over_that_day(
    method: types.ServiceMethod.ValueType, days: int, expected: types.ToldOnTheSpot.ValueType
) -> None:
    case = Case(by=HOUSING, channel="visit")
    assert shown(case) == NOT_GIVEN
    case.later(days=days)
    case.do("NotifyReceipt", method=method)
    assert shown(case) == expected


def test_a_later_notice_of_another_unit_changes_nothing_of_what_was_done_on_the_spot() -> None:
    case = Case(by=HOUSING, channel="visit")
    case.do("NotifyReceipt", method=IN_PERSON)
    case.later(days=1)
    case.classified()
    assert shown(case) == GIVEN


def test_it_is_not_expected_by_letter_nor_of_a_petition_office_nor_of_who_left_no_name() -> None:
    for case in (
        Case(by=HOUSING, channel="letter"),
        Case(by=OFFICE, channel="visit"),
        Case(by=HOUSING, channel="visit", anonymous=True),
    ):
        assert shown(case) == types.TOLD_ON_THE_SPOT_UNSPECIFIED

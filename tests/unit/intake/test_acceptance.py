"""告知 and 受理: who may tell, who may take the matter in hand (Art. 23; promise P2)."""

from datetime import timedelta
from typing import Any

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.dates import instant, stamp
from tests.support.deciding import START, officer, secret
from tests.support.small_policy import HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import SUGGESTION, Case, kinds, made

MAIL = types.SERVICE_METHOD_MAIL


def pending() -> Case:
    case = Case().classified()
    case.handed_over(HOUSING)
    return case


def test_the_receiving_unit_takes_responsibility_with_its_acceptance() -> None:
    """Promise P2: responsibility moves when the next unit accepts, and the epoch rises by one."""
    case = pending()
    moved, accepted = case.do("AcceptPetition", officer(HOUSING))
    assert made(moved, events.ResponsibilityMoved).basis == types.MOVE_BASIS_ACCEPTANCE
    assert made(accepted, events.PetitionAccepted).unit == HOUSING
    assert (case.state.holder, case.state.epoch, case.state.handover) == (HOUSING, 2, None)


def test_the_responsible_unit_accepts_its_own_matter_without_a_move() -> None:
    case = Case().classified()
    assert kinds(case.do("AcceptPetition")) == ["PetitionAccepted"]
    assert (case.state.holder, case.state.epoch) == (OFFICE, 1)


def test_accepting_again_changes_nothing_even_with_the_epoch_of_the_first_time() -> None:
    case = pending()
    first = case.command("AcceptPetition")
    case.when(first, officer(HOUSING))
    assert case.decide(first, officer(HOUSING)) == ()


def test_the_sender_cannot_accept_while_its_hand_over_is_open() -> None:
    pending().no("HANDOVER_OPEN", "AcceptPetition", officer(OFFICE))


def test_a_unit_that_was_not_handed_the_matter_cannot_accept_it() -> None:
    pending().no("NO_SUCH_CASE", "AcceptPetition", officer(LABOUR))


def test_an_unclassified_case_is_not_accepted() -> None:
    """Promise P3: no matter in hand without its track."""
    Case().no("NOT_CLASSIFIED", "AcceptPetition")


def test_acceptance_is_a_persons_decision() -> None:
    """Domain rules 11.2."""
    pending().no("OFFICER_REQUIRED", "AcceptPetition", officer(HOUSING, "system", Role.SYSTEM))


TERMINATED: dict[str, Any] = {
    "code": types.NON_ACCEPTANCE_CODE_TERMINATED,
    "reasons": secret("why"),
    "remedy": secret("the court tells in writing"),
    "earlier_document": secret("the court's notice"),
    "earlier_date": "2020-06-01",
}


def test_a_unit_may_accept_what_it_had_not_accepted_before() -> None:
    """A non-acceptance can be challenged, so it can be put right."""
    case = Case().classified()
    case.do("DeclinePetition", **TERMINATED)
    case.do("AcceptPetition")
    assert case.state.status == types.PETITION_STATUS_ACCEPTED


def test_what_was_declined_unclassified_is_classified_before_it_is_accepted() -> None:
    case = Case()
    case.do("DeclinePetition", **TERMINATED)
    case.no("NOT_CLASSIFIED", "AcceptPetition")
    case.classified(**SUGGESTION).do("AcceptPetition")


def test_receipt_is_told_by_the_holder_or_by_the_unit_it_was_handed_to() -> None:
    """Art. 23(1) to (3)."""
    case = pending()
    case.do("NotifyReceipt", officer(OFFICE), method=MAIL)
    case.do("NotifyReceipt", officer(HOUSING), method=MAIL)
    assert case.state.notified_by == {OFFICE, HOUSING}
    case.no("NO_SUCH_CASE", "NotifyReceipt", officer(LABOUR), method=MAIL)


def test_a_former_holder_tells_no_more() -> None:
    Case().accepted().no("NOT_RESPONSIBLE", "NotifyReceipt", officer(OFFICE), method=MAIL)


def test_receipt_told_again_by_the_same_unit_is_not_recorded_twice() -> None:
    case = Case()
    case.do("NotifyReceipt", method=MAIL)
    assert case.do("NotifyReceipt", method=types.SERVICE_METHOD_OTHER) == ()


def test_telling_needs_its_method() -> None:
    Case().no("FIELD_REQUIRED", "NotifyReceipt")


@pytest.mark.parametrize(("days", "reason"), [(1, "TIME_IN_FUTURE"), (-1, "BEFORE_RECEIPT")])
def test_nobody_was_told_in_the_future_or_before_the_petition_came(days: int, reason: str) -> None:
    Case().no(reason, "NotifyReceipt", method=MAIL, served_time=stamp(START + timedelta(days=days)))


def test_the_time_of_service_is_the_one_given_or_the_one_of_the_act() -> None:
    case = Case()
    case.later(days=2)
    (event,) = case.do("NotifyReceipt", method=MAIL, served_time=stamp(START + timedelta(days=1)))
    assert instant(made(event, events.ReceiptNotified).served_time) == START + timedelta(days=1)
    case = Case()
    case.later(days=2)
    (event,) = case.do("NotifyReceipt", method=MAIL)
    assert instant(made(event, events.ReceiptNotified).served_time) == START + timedelta(days=2)

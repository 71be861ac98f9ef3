"""Supervision orders: issued by a supervisor to another agency, answered by it, checked by the issuer."""

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import service_pb2 as commands
from huiyin.supervision.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import Refusal
from huiyin_domain.supervision.order import ORDER, Order, order_message
from tests.support.agencies import BUREAU, CITY, HOUSING, LABOUR, context, identifier, officer, sealed, secret
from tests.support.given import Given

CASE, ORDER_ID = identifier(101), identifier(601)
SUPERVISOR = officer(BUREAU, Role.SUPERVISOR)
AS_SUPERVISOR = context(SUPERVISOR, [ORDER_ID])
AS_UNIT = context(officer(HOUSING))
CARRIED_OUT = commands.CheckAnswerRequest(carried_out=True, finding=secret("finding"))


def issue(
    unit: str = HOUSING, due_date: str = "2026-03-20", case_id: str = CASE
) -> commands.IssueOrderRequest:
    return commands.IssueOrderRequest(
        case_id=case_id,
        unit=unit,
        ground=types.ORDER_GROUND_OVERDUE,
        clock_id="T7:1",
        due_date=due_date,
        facts=secret("facts"),
    )


def answer(mark: str = "answer") -> commands.AnswerOrderRequest:
    return commands.AnswerOrderRequest(answer=secret(mark))


def send_back(due_date: str = "2026-03-30") -> commands.CheckAnswerRequest:
    return commands.CheckAnswerRequest(due_date=due_date, finding=secret("finding"))


def issued() -> Given[Order]:
    return Given(ORDER).after(issue(), AS_SUPERVISOR)


def answered() -> Given[Order]:
    return issued().after(answer(), AS_UNIT)


def test_a_supervisor_orders_a_unit_to_answer_art_40_1() -> None:
    outcome = Given(ORDER).when(issue(), AS_SUPERVISOR)
    outcome.then(
        events.OrderIssued(
            order_id=ORDER_ID,
            case_id=CASE,
            unit=HOUSING,
            supervisor=BUREAU,
            ground=types.ORDER_GROUND_OVERDUE,
            clock_id="T7:1",
            due_date="2026-03-20",
            facts=sealed("facts"),
        )
    )
    state = outcome.after.state
    assert ORDER.case_ids(state) == (CASE,)
    assert ORDER.audience(state) == (HOUSING, BUREAU)


def test_without_a_date_the_unit_has_thirty_days_section_6() -> None:
    assert Given(ORDER).after(issue(due_date=""), AS_SUPERVISOR).state.due_date == "2026-04-01"


def test_the_thirty_days_run_from_the_day_in_asia_shanghai() -> None:
    evening = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    late = context(SUPERVISOR, [ORDER_ID], now=evening)
    assert Given(ORDER).after(issue(due_date=""), late).state.due_date == "2026-04-02"


def test_an_order_entered_later_gives_the_unit_its_time_from_the_entry_on() -> None:
    now = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
    entered = context(SUPERVISOR, [ORDER_ID], now=now, occurred=now - timedelta(days=7))
    assert Given(ORDER).after(issue(due_date=""), entered).state.due_date == "2026-04-08"


@pytest.mark.parametrize(
    "command, principal, reason",
    [
        (issue(), officer(BUREAU), "ROLE_NOT_ALLOWED"),
        (issue(), officer("NOBODY", Role.SUPERVISOR), "UNKNOWN_AGENCY"),
        (issue(unit=BUREAU), SUPERVISOR, "OWN_UNIT"),
        (issue(unit="NOBODY"), SUPERVISOR, "UNKNOWN_UNIT"),
        (issue(case_id=""), SUPERVISOR, "FIELD_REQUIRED"),
        (issue(due_date="soon"), SUPERVISOR, "MALFORMED_DATE"),
        (issue(due_date="2026-03-01"), SUPERVISOR, "DUE_DATE_PASSED"),
    ],
)
def test_an_order_that_cannot_stand_is_refused(
    command: commands.IssueOrderRequest, principal: Principal, reason: str
) -> None:
    Given(ORDER).when(command, context(principal, [ORDER_ID])).refused(reason)


@pytest.mark.parametrize("field, reason", [("ground", "FIELD_REQUIRED"), ("facts", "CONTENT_REQUIRED")])
def test_an_order_says_why(field: str, reason: str) -> None:
    command = issue()
    command.ClearField(field)  # type: ignore[arg-type] # the names are its own
    Given(ORDER).when(command, AS_SUPERVISOR).refused(reason)


def test_an_issued_order_is_not_issued_again() -> None:
    issued().when(issue(), context(SUPERVISOR, [identifier(7)])).refused("ORDER_EXISTS")


def test_the_unit_answers_once() -> None:
    outcome = issued().when(answer(), AS_UNIT)
    outcome.then(events.OrderAnswered(unit=HOUSING, answer=sealed("answer")))
    refusal = outcome.after.when(answer("another"), AS_UNIT).refused("ORDER_ANSWERED")
    assert refusal.facts["allowed"] == "ISSUED,SENT_BACK"


def test_only_the_unit_answers_and_in_words() -> None:
    refusal = issued().when(answer(), context(officer(LABOUR))).refused("NOT_THE_UNIT")
    assert refusal.facts == {"unit": HOUSING}
    issued().when(commands.AnswerOrderRequest(), AS_UNIT).refused("CONTENT_REQUIRED")


def test_the_issuer_finds_it_carried_out() -> None:
    outcome = answered().when(CARRIED_OUT, AS_SUPERVISOR)
    outcome.then(events.OrderCarriedOut(finding=sealed("finding")))
    outcome.after.when(answer("another"), AS_UNIT).refused("ORDER_CARRIED_OUT")
    outcome.after.when(send_back(), AS_SUPERVISOR).refused("ORDER_CARRIED_OUT")


def test_the_issuer_sends_it_back_with_a_new_date_and_it_is_answered_again() -> None:
    outcome = answered().when(send_back(), AS_SUPERVISOR)
    outcome.then(events.OrderSentBack(due_date="2026-03-30", finding=sealed("finding")))
    again = outcome.after.after(answer("another"), AS_UNIT)
    assert again.state.status == types.ORDER_STATUS_ANSWERED
    by_policy = again.when(send_back(""), AS_SUPERVISOR)
    assert by_policy.after.state.due_date == "2026-04-01"


def test_only_the_issuer_checks_and_only_an_answer() -> None:
    answered().when(CARRIED_OUT, context(officer(CITY, Role.SUPERVISOR))).refused("NOT_THE_ISSUER")
    answered().when(CARRIED_OUT, context(officer(BUREAU))).refused("ROLE_NOT_ALLOWED")
    issued().when(CARRIED_OUT, AS_SUPERVISOR).refused("ORDER_ISSUED")


def test_the_date_of_a_check_must_make_sense() -> None:
    answered().when(send_back("2026-03-01"), AS_SUPERVISOR).refused("DUE_DATE_PASSED")
    dated = commands.CheckAnswerRequest(carried_out=True, due_date="2026-03-30")
    answered().when(dated, AS_SUPERVISOR).refused("DUE_DATE_NOT_ALLOWED")


def test_nothing_can_be_done_about_an_order_that_is_not_there() -> None:
    for command, asked in ((answer(), AS_UNIT), (CARRIED_OUT, AS_SUPERVISOR)):
        Given(ORDER).when(command, asked).refused("NO_SUCH_ORDER")


def test_the_state_is_answered_as_it_is() -> None:
    order = order_message(answered().state, 2)
    assert (order.order_id, order.case_id, order.unit, order.supervisor) == (ORDER_ID, CASE, HOUSING, BUREAU)
    assert order.status == types.ORDER_STATUS_ANSWERED
    assert (order.ground, order.due_date, order.version) == (types.ORDER_GROUND_OVERDUE, "2026-03-20", 2)


def test_an_unknown_command_or_event_is_an_error() -> None:
    with pytest.raises(UnknownCommandError):
        issued().when(events.OrderAnswered(), AS_UNIT)
    with pytest.raises(UnknownEventError):
        ORDER.evolve(issued().state, answer())


ATTEMPTS = st.lists(
    st.tuples(
        st.sampled_from([issue(), answer(), answer("another"), CARRIED_OUT, send_back(), send_back("")]),
        st.sampled_from([SUPERVISOR, officer(HOUSING), officer(LABOUR), officer(CITY, Role.SUPERVISOR)]),
    ),
    max_size=25,
)
ORDERLY = {
    events.OrderIssued: (),
    events.OrderAnswered: (events.OrderIssued, events.OrderSentBack),
    events.OrderSentBack: (events.OrderAnswered,),
    events.OrderCarriedOut: (events.OrderAnswered,),
}


@given(ATTEMPTS)
def test_answers_and_checks_alternate_whatever_is_tried(attempts: list[tuple[Message, Principal]]) -> None:
    stream = issued()
    for number, (command, principal) in enumerate(attempts):
        outcome = stream.when(command, context(principal, [identifier(number + 1000)]))
        if not isinstance(outcome.decision, Refusal):
            stream = outcome.after
    for before, after in zip(stream.events, stream.events[1:], strict=False):
        assert isinstance(before, ORDERLY[type(after)])

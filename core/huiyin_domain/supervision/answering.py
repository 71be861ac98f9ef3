"""Answering a supervision order and checking the answer: carried out, or sent back with a new date."""

from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import service_pb2 as commands
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import OrderStatus
from huiyin_domain.access import no_such
from huiyin_domain.checks import content_missing, due_date_fault, not_acting_for_agency, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state
from huiyin_domain.supervision.issuing import default_due_date, not_a_supervisor
from huiyin_domain.supervision.order_state import Order


def answer(state: Order, command: commands.AnswerOrderRequest, context: Context) -> Decision:
    """The unit says what was done or why not."""
    given = sealed_of(command.answer)
    refusal = _not_the_unit(state, context) or content_missing("answer", command.answer)
    if refusal:
        return refusal
    if given == state.answer:
        return ()
    refusal = _wrong_status(state, types.ORDER_STATUS_ISSUED, types.ORDER_STATUS_SENT_BACK)
    return refusal or (events.OrderAnswered(unit=state.unit, answer=given),)


def check(state: Order, command: commands.CheckAnswerRequest, context: Context) -> Decision:
    """The issuing agency finds the order carried out, or sends the answer back."""
    if refusal := _not_the_issuer(state, context):
        return refusal
    if _checked_so(state, command):
        return ()
    if refusal := _wrong_status(state, types.ORDER_STATUS_ANSWERED) or _date_fault(command, context):
        return refusal
    finding = sealed_of(command.finding)
    if command.carried_out:
        return (events.OrderCarriedOut(finding=finding),)
    due_date = command.due_date or default_due_date(context)
    return (events.OrderSentBack(due_date=due_date, finding=finding),)


def _checked_so(state: Order, command: commands.CheckAnswerRequest) -> bool:
    """True when the answer was checked already, to the same result."""
    if command.carried_out:
        return state.status == types.ORDER_STATUS_CARRIED_OUT
    return state.status == types.ORDER_STATUS_SENT_BACK and command.due_date in ("", state.due_date)


def _date_fault(command: commands.CheckAnswerRequest, context: Context) -> Refusal | None:
    if not command.due_date:
        return None
    if not command.carried_out:
        return due_date_fault("due_date", command.due_date, context)
    message = "due_date is given though the order is carried out: leave it empty, or send the answer back"
    return invalid("DUE_DATE_NOT_ALLOWED", message, field="due_date")


def _no_order(state: Order) -> Refusal | None:
    if state.order_id:
        return None
    return no_such("order")


def _not_the_unit(state: Order, context: Context) -> Refusal | None:
    if refusal := _no_order(state) or not_acting_for_agency(context):
        return refusal
    if context.principal.acting_agency == state.unit:
        return None
    return forbidden("NOT_THE_UNIT", "only the unit the order went to may answer it", unit=state.unit)


def _not_the_issuer(state: Order, context: Context) -> Refusal | None:
    if refusal := _no_order(state) or not_a_supervisor(context):
        return refusal
    if context.principal.acting_agency == state.supervisor:
        return None
    message = "only the agency that issued the order may check the answer"
    return forbidden("NOT_THE_ISSUER", message, supervisor=state.supervisor)


def _wrong_status(state: Order, *allowed: OrderStatus.ValueType) -> Refusal | None:
    if state.status in allowed:
        return None
    names = ",".join(_name(status) for status in allowed)
    message = f"the order is {_name(state.status)}; this is possible when it is {names}"
    return wrong_state(f"ORDER_{_name(state.status)}", message, status=_name(state.status), allowed=names)


def _name(status: OrderStatus.ValueType) -> str:
    return OrderStatus.Name(status).removeprefix("ORDER_STATUS_")

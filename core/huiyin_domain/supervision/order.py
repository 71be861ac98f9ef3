"""Supervision orders (督办单): stream order-<id>, from issue to carrying-out (Art. 40; domain rules, 6)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import service_pb2 as commands
from huiyin.supervision.v1 import service_pb2 as messages
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.events_pb2 import OrderIssued
from huiyin.supervision.v1.service_pb2 import IssueOrderRequest
from huiyin.supervision.v1.types_pb2 import ORDER_GROUND_UNSPECIFIED, OrderGround, OrderStatus
from huiyin_domain.access import no_such
from huiyin_domain.checks import (
    content_missing,
    due_date_fault,
    field_missing,
    not_acting_for_agency,
    not_of_an_agency,
    sealed_of,
    unknown_agency,
)
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import local_date, shifted
from huiyin_domain.decider import Decision, UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state


@dataclass(frozen=True, slots=True)
class Order:
    """An order. `answer` is the unit's last one, to tell a repeated one."""

    order_id: str = ""
    status: OrderStatus.ValueType = types.ORDER_STATUS_UNSPECIFIED
    case_id: str = ""
    unit: str = ""
    supervisor: str = ""
    ground: OrderGround.ValueType = types.ORDER_GROUND_UNSPECIFIED
    clock_id: str = ""
    due_date: str = ""
    answer: Sealed | None = None


def evolve(state: Order, event: Message) -> Order:
    """The order after an event."""
    match event:
        case events.OrderIssued():
            return _issued(event)
        case events.OrderAnswered():
            return replace(state, status=types.ORDER_STATUS_ANSWERED, answer=event.answer)
        case events.OrderSentBack():
            return replace(state, status=types.ORDER_STATUS_SENT_BACK, due_date=event.due_date)
        case events.OrderCarriedOut():
            return replace(state, status=types.ORDER_STATUS_CARRIED_OUT)
        case _:
            raise UnknownEventError(event.DESCRIPTOR.full_name)


def _issued(event: events.OrderIssued) -> Order:
    return Order(
        order_id=event.order_id,
        status=types.ORDER_STATUS_ISSUED,
        case_id=event.case_id,
        unit=event.unit,
        supervisor=event.supervisor,
        ground=event.ground,
        clock_id=event.clock_id,
        due_date=event.due_date,
    )


def order_message(state: Order, version: int) -> messages.Order:
    """The state of an order at a version of its stream."""
    return messages.Order(
        order_id=state.order_id,
        case_id=state.case_id,
        status=state.status,
        unit=state.unit,
        supervisor=state.supervisor,
        ground=state.ground,
        due_date=state.due_date,
        version=version,
    )


_ARTICLE = "Regulations of 2022, Art. 40(1)"


def issue(state: Order, command: IssueOrderRequest, context: Context) -> Decision:
    """Orders a unit to answer for what is late or evaded."""
    order_id = context.new_ids[0]
    if state.order_id == order_id:
        return ()
    if state.order_id:
        return wrong_state("ORDER_EXISTS", f"order {state.order_id} was issued: begin a new one")
    if refusal := _fault(command, context):
        return refusal
    return (
        OrderIssued(
            order_id=order_id,
            case_id=command.case_id,
            unit=command.unit,
            supervisor=context.principal.acting_agency,
            ground=command.ground,
            clock_id=command.clock_id,
            due_date=command.due_date or default_due_date(context),
            facts=sealed_of(command.facts),
        ),
    )


def default_due_date(context: Context) -> str:
    """The Regulations of 2022 set no time to answer; policy does, in calendar days (domain rules, 6)."""
    day = local_date(context.now)
    return shifted(day, context.policy.limits.order_answer_days).isoformat()


def not_a_supervisor(context: Context) -> Refusal | None:
    """A refusal unless the caller supervises for an agency."""
    if refusal := not_of_an_agency(context):
        return refusal
    if context.principal.has(Role.SUPERVISOR):
        return None
    message = "orders, and decisions on lateness, are for supervisors: call as one"
    return forbidden("ROLE_NOT_ALLOWED", message, _ARTICLE, allowed=Role.SUPERVISOR)


def _fault(command: IssueOrderRequest, context: Context) -> Refusal | None:
    return (
        not_a_supervisor(context)
        or field_missing("case_id", command.case_id)
        or unknown_agency("unit", command.unit, context)
        or _own_unit(command.unit, context)
        or _ground_missing(command)
        or (due_date_fault("due_date", command.due_date, context) if command.due_date else None)
        or content_missing("facts", command.facts)
    )


def _own_unit(unit: str, context: Context) -> Refusal | None:
    if unit != context.principal.acting_agency:
        return None
    message = "an agency does not supervise itself: let another agency's supervisor issue the order"
    return forbidden("OWN_UNIT", message, _ARTICLE, unit=unit)


def _ground_missing(command: IssueOrderRequest) -> Refusal | None:
    if command.ground != ORDER_GROUND_UNSPECIFIED:
        return None
    message = "ground is missing: overdue, evasion, procedure or not executed"
    return invalid("FIELD_REQUIRED", message, field="ground")


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


class OrderDecider:
    """Rules of a supervision order."""

    category = "order"

    def initial(self) -> Order:
        return Order()

    def decide(self, state: Order, command: Message, context: Context) -> Decision:
        match command:
            case commands.IssueOrderRequest():
                return issue(state, command, context)
            case commands.AnswerOrderRequest():
                return answer(state, command, context)
            case commands.CheckAnswerRequest():
                return check(state, command, context)
            case _:
                raise UnknownCommandError(command.DESCRIPTOR.full_name)

    def evolve(self, state: Order, event: Message) -> Order:
        return evolve(state, event)

    def case_ids(self, state: Order) -> Sequence[str]:
        return (state.case_id,)

    def audience(self, state: Order) -> Sequence[str]:
        return (state.unit, state.supervisor)


ORDER = OrderDecider()

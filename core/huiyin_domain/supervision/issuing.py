"""Issuing a supervision order: by a supervisor, to another agency, on a ground of Art. 40(1)."""

from huiyin.supervision.v1.events_pb2 import OrderIssued
from huiyin.supervision.v1.service_pb2 import IssueOrderRequest
from huiyin.supervision.v1.types_pb2 import ORDER_GROUND_UNSPECIFIED
from huiyin_domain.checks import (
    content_missing,
    due_date_fault,
    field_missing,
    not_of_an_agency,
    sealed_of,
    unknown_agency,
)
from huiyin_domain.context import Context
from huiyin_domain.dates import local_date, shifted
from huiyin_domain.decider import Decision
from huiyin_domain.principal import Role
from huiyin_domain.refusal import Refusal, forbidden, invalid, wrong_state
from huiyin_domain.supervision.order_state import Order

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

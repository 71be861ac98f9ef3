"""What is known of a supervision order, folded from its stream order-<id>."""

from dataclasses import dataclass, replace

from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Sealed
from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import OrderGround, OrderStatus
from huiyin_domain.decider import UnknownEventError


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

"""An order as GetOrder answers it."""

from huiyin.supervision.v1 import service_pb2 as messages
from huiyin_domain.supervision.order_state import Order


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

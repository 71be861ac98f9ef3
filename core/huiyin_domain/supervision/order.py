"""Supervision orders (督办单): stream order-<id>, from issue to carrying-out (Art. 40; domain rules, 6)."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.supervision.v1 import service_pb2 as commands
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision, UnknownCommandError
from huiyin_domain.supervision.answering import answer, check
from huiyin_domain.supervision.issuing import issue
from huiyin_domain.supervision.order_state import Order, evolve


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

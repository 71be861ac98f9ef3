"""Which supervision rpcs are commands, and on which stream."""

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin.supervision.v1.events_pb2 import OrderIssued
from huiyin_domain.supervision.decider import LATENESS, ORDER, POLICY
from huiyin_kernel.commands import Command
from huiyin_kernel.rpc.tables import command

SERVICE = supervision.DESCRIPTOR.services_by_name["SupervisionService"]

ISSUE: Command = command(SERVICE, "IssueOrder", ORDER, None, {"order_id": [(OrderIssued, "order_id")]})
"""Begins an order; the service first looks whether the case exists."""

COMMANDS: dict[str, Command] = {
    name: command(SERVICE, name, ORDER, "order_id") for name in ("AnswerOrder", "CheckAnswer")
}
"""Commands by rpc name."""

APPLY = Command(supervision.ApplyPolicyRequest, supervision.ApplyPolicyResponse, POLICY, "policy")
"""Goes to the stream of its kind of policy."""

ON_LATENESS: dict[str, Command] = {
    name: command(SERVICE, name, LATENESS, "case_id")
    for name in ("ObjectToLateness", "DecideLatenessObjection")
}
"""Commands on the lateness of a case, by rpc name; the service first asks who stands how to the case."""

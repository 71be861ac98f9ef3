"""A person's finding that another case is the same matter (相同信访事项) or a related one."""

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import LinkCaseRequest
from huiyin.intake.v1.types_pb2 import LinkKind
from huiyin_domain.checks import field_missing
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_holder_officer, not_given
from huiyin_domain.intake.records import Link
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid


def link_case(state: Petition, command: LinkCaseRequest, context: Context) -> Decision:
    """Cases stay separate; the link says what an officer found."""
    refusal = by_holder_officer(state, command, context) or field_missing(
        "other_case_id", command.other_case_id
    )
    if refusal := refusal or _link_fault(state, command):
        return refusal
    if Link(command.other_case_id, command.kind) in state.links:
        return ()
    return (events.CaseLinked(other_case_id=command.other_case_id, kind=command.kind),)


def _link_fault(state: Petition, command: LinkCaseRequest) -> Refusal | None:
    if command.other_case_id == state.case_id:
        message = "other_case_id names this case itself: name the other one"
        return invalid("LINK_TO_ITSELF", message, field="other_case_id")
    if command.kind == types.LINK_KIND_SPLIT:
        message = "a split makes its own link: split the petition, or link as same matter or related"
        return invalid("LINK_KIND_NOT_ALLOWED", message, field="kind")
    return not_given(LinkKind.DESCRIPTOR, command.kind, "kind")

"""A person's finding that another case is the same matter (相同信访事项) or a related one."""

from huiyin.common.v1.types_pb2 import TRACK_DISCIPLINE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import LinkCaseRequest
from huiyin.intake.v1.types_pb2 import LinkKind
from huiyin_domain.access import ART_30, kept_out_by
from huiyin_domain.checks import field_missing
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.intake.guards import by_holder_officer, not_given
from huiyin_domain.intake.records import Link
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


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


def tells_of_accusation(state: Petition, other: Petition, directory: Directory) -> Refusal | None:
    """A refusal when naming the other case here would tell of it to who is, or may be, accused there.

    A case names an accusation only if it is one itself and keeps out everybody whom the other keeps out; the
    accusation may name whatever it wants (Art. 30(3)).
    """
    kept_out = kept_out_by(directory)
    accuses = other.track == TRACK_DISCIPLINE and state.track != TRACK_DISCIPLINE
    if not accuses and kept_out(other.accused_units) <= kept_out(state.accused_units):
        return None
    message = "an accusation is named in no case that others see: link from the accusation to this case"
    return wrong_state("LINK_FROM_THE_ACCUSATION", message, ART_30)


def _link_fault(state: Petition, command: LinkCaseRequest) -> Refusal | None:
    if command.other_case_id == state.case_id:
        message = "other_case_id names this case itself: name the other one"
        return invalid("LINK_TO_ITSELF", message, field="other_case_id")
    if command.kind == types.LINK_KIND_SPLIT:
        message = "a split makes its own link: split the petition, or link as same matter or related"
        return invalid("LINK_KIND_NOT_ALLOWED", message, field="kind")
    return not_given(LinkKind.DESCRIPTOR, command.kind, "kind")

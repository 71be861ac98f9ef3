"""处理意见书 and 送达: the responsible unit's written opinion; review times run from service (Art. 32)."""

from huiyin.common.v1.types_pb2 import TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.types_pb2 import OpinionOutcome
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_holder, by_holder_officer, in_status, not_given
from huiyin_domain.intake.handling import ART_28, not_to_handle
from huiyin_domain.intake.same_facts import redo_fault, redo_finding
from huiyin_domain.intake.served import served_otherwise, service_fault, told_time
from huiyin_domain.intake.state import Petition
from huiyin_domain.jurisdiction import is_judicial
from huiyin_domain.refusal import Refusal, missing, wrong_state


def issue_opinion(state: Petition, command: commands.IssueOpinionRequest, context: Context) -> Decision:
    """Only by the holder, only after acceptance; a redo says in what it differs from what was revoked."""
    refusal = (
        by_holder_officer(state, command, context)
        or in_status(state, types.PETITION_STATUS_ACCEPTED, types.PETITION_STATUS_LED_INTO_PROCEDURE)
        or _not_in_hand(state)
        or not_to_handle(state, state.holder, context.policy.directory)
        or _contradicts_conclusion(state, command, context)
        or not_given(OpinionOutcome.DESCRIPTOR, command.outcome, "outcome")
        or content_missing("document", command.document)
        or redo_fault(state, command, context)
    )
    if refusal:
        return refusal
    return (
        events.OpinionIssued(
            opinion_id=context.new_ids[0],
            outcome=command.outcome,
            document=sealed_of(command.document),
            document_mark=context.document_mark,
            officer=context.principal.officer,
            redo_finding=redo_finding(command, context),
        ),
    )


def _not_in_hand(state: Petition) -> Refusal | None:
    if state.accepted:
        return None
    return wrong_state("NOT_ACCEPTED_YET", "the responsible unit has not accepted the case: accept it first")


def _contradicts_conclusion(
    state: Petition, command: commands.IssueOpinionRequest, context: Context
) -> Refusal | None:
    """What a judicial organ concluded is told and explained here, not decided again (Art. 28(2))."""
    if state.track != TRACK_JUDICIAL or is_judicial(state.holder, context.policy.directory):
        return None
    if command.outcome in (types.OPINION_OUTCOME_UNSPECIFIED, types.OPINION_OUTCOME_EXPLAINED):
        return None
    message = "a judicial organ concluded the matter: explain its conclusion, or help in a linked case"
    allowed = OpinionOutcome.Name(types.OPINION_OUTCOME_EXPLAINED)
    return wrong_state("JUDICIALLY_CONCLUDED", message, ART_28, allowed=allowed)


def serve_opinion(state: Petition, command: commands.ServeOpinionRequest, context: Context) -> Decision:
    """送达: the opinion reached the petitioner."""
    refusal = by_holder(state, command, context) or _other_opinion(state, command.opinion_id)
    if refusal := refusal or service_fault(command.served_time, command.method, context):
        return refusal
    if state.opinion and state.opinion.served_time:
        return served_otherwise(command.served_time, state.opinion.served_time) or ()
    if refusal := in_status(state, types.PETITION_STATUS_OPINION_ISSUED):
        return refusal
    served = stamp(told_time(command.served_time, context))
    opinion_id, method = command.opinion_id, command.method
    return (events.OpinionServed(opinion_id=opinion_id, served_time=served, method=method),)


def _other_opinion(state: Petition, opinion_id: str) -> Refusal | None:
    current = state.opinion.opinion_id if state.opinion else ""
    if current and opinion_id == current:
        return None
    message = f"opinion {opinion_id} is not the current one: read the case again"
    return missing("NO_SUCH_OPINION", message, opinion_id=current)

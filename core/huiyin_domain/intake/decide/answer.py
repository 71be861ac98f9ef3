"""办理与答复: what the petitioner is told, an extension of the time, the opinion and its service."""

from collections.abc import Mapping

from huiyin.common.v1.types_pb2 import TRACK_ADMINISTRATIVE, TRACK_JUDICIAL
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import TellPetitionerRequest
from huiyin.intake.v1.types_pb2 import OpinionOutcome, PetitionStatus, Telling
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context, Role
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.competence import ART_28, not_to_handle, referral_open
from huiyin_domain.intake.guards import (
    by_holder,
    by_holder_officer,
    in_status,
    not_given,
    served_otherwise,
    service_fault,
    told_time,
)
from huiyin_domain.intake.same_matter import redo_fault, redo_finding
from huiyin_domain.intake.state import Petition
from huiyin_domain.jurisdiction import is_judicial
from huiyin_domain.refusal import Kind, Refusal, forbidden, missing, revised_meanwhile, wrong_state

_ABOUT: Mapping[Telling.ValueType, PetitionStatus.ValueType] = {
    types.TELLING_NOT_ACCEPTED: types.PETITION_STATUS_NOT_ACCEPTED,
    types.TELLING_LED_IN: types.PETITION_STATUS_LED_INTO_PROCEDURE,
    types.TELLING_PROGRESS: types.PETITION_STATUS_ACCEPTED,
}
"""What can be told at which point."""


def tell(state: Petition, command: TellPetitionerRequest, context: Context) -> Decision:
    """By the responsible unit. What was decided is told once; how far it is, as often as it goes on."""
    refusal = (
        by_holder(state, command, context)
        or not_given(Telling.DESCRIPTOR, command.telling, "telling")
        or service_fault(command.served_time, command.method, context)
        or content_missing("document", command.document)
        or referral_open(state)
        or in_status(state, _ABOUT[command.telling])
    )
    if refusal or _told_already(state, command):
        return refusal or ()
    return (
        events.PetitionerTold(
            unit=state.holder,
            telling=command.telling,
            served_time=stamp(told_time(command.served_time, context)),
            method=command.method,
            document=sealed_of(command.document),
        ),
    )


def _told_already(state: Petition, command: TellPetitionerRequest) -> bool:
    if command.telling == types.TELLING_PROGRESS:
        return sealed_of(command.document) == state.word
    return state.told


_ART_34 = "Regulations of 2022, Art. 34"


def approve_extension(
    state: Petition, command: commands.ApproveExtensionRequest, context: Context
) -> Decision:
    """On top of the 60 days of an accepted petition proper."""
    refusal = (
        by_holder_officer(state, command, context)
        or _not_the_head(command, context)
        or in_status(state, types.PETITION_STATUS_ACCEPTED)
    )
    if refusal:
        return refusal
    if _is_so_already(state, command):
        return ()
    refusal = (
        _no_handling_period(state)
        or _revised(state, command)
        or _days_fault(state, command, context)
        or content_missing("reasons", command.reasons)
    )
    if refusal:
        return refusal
    return (
        events.ExtensionApproved(
            extension_days=command.extension_days,
            approved_by=command.approved_by,
            reasons=sealed_of(command.reasons),
        ),
    )


def _not_the_head(command: commands.ApproveExtensionRequest, context: Context) -> Refusal | None:
    if not context.principal.has(Role.HEAD):
        message = "an extension is approved by the head of the organ: have the head call"
        return forbidden("HEAD_REQUIRED", message, _ART_34, allowed=Role.HEAD)
    if command.approved_by != context.principal.officer:
        message = "approved_by is not the head who calls: the head approves in person"
        return forbidden("APPROVER_MISMATCH", message, _ART_34, officer=context.principal.officer)
    return None


def _is_so_already(state: Petition, command: commands.ApproveExtensionRequest) -> bool:
    """Another head approved the same, on the same knowledge."""
    approved = state.extension_open and state.extensions[-1] == command.extension_days
    return approved and command.extension_version == len(state.extensions) - 1


def _revised(state: Petition, command: commands.ApproveExtensionRequest) -> Refusal | None:
    """A refusal unless the head knows what was granted before."""
    version = len(state.extensions)
    if command.extension_version == version:
        return None
    granted, told = str(state.extension_days), str(not state.extension_open).lower()
    seen = command.extension_version
    return revised_meanwhile("extension_version", seen, version, extension_days=granted, notified=told)


def _no_handling_period(state: Petition) -> Refusal | None:
    """Only a petition proper has the 60 days that can be extended (Art. 31(6))."""
    if state.track == TRACK_ADMINISTRATIVE and state.route == types.ROUTE_PETITION:
        return None
    message = "this matter has no 60-day period: its own procedure sets its times"
    return wrong_state("NO_HANDLING_PERIOD", message, _ART_34)


def _days_fault(
    state: Petition, command: commands.ApproveExtensionRequest, context: Context
) -> Refusal | None:
    if state.extension_open:
        message = "an approved extension has not been notified: tell the petitioner first"
        return wrong_state("EXTENSION_NOT_NOTIFIED", message, _ART_34)
    left = context.policy.limits.extension_days_max - state.extension_days
    if 1 <= command.extension_days <= left:
        return None
    message = f"extension_days {command.extension_days} is not between 1 and the {left} days left"
    facts = {"field": "extension_days", "days_left": str(left)}
    return Refusal(Kind.INVALID, "EXTENSION_TOO_LONG", message, facts, _ART_34)


def notify_extension(state: Petition, command: commands.NotifyExtensionRequest, context: Context) -> Decision:
    """From here the extension has effect."""
    refusal = by_holder(state, command, context) or _nothing_to_notify(state)
    if refusal := refusal or service_fault(command.served_time, command.method, context):
        return refusal
    served = stamp(told_time(command.served_time, context))
    return (events.ExtensionNotified(served_time=served, method=command.method),)


def _nothing_to_notify(state: Petition) -> Refusal | None:
    if state.extension_open:
        return None
    return wrong_state("NO_OPEN_EXTENSION", "no approved extension waits to be notified", _ART_34)


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

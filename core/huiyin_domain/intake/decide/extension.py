"""延期: at most 30 days, approved by the head, in effect once the petitioner is told (Art. 34)."""

from huiyin.common.v1.types_pb2 import TRACK_ADMINISTRATIVE
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.dates import stamp
from huiyin_domain.decider import Decision
from huiyin_domain.intake.guards import by_holder, by_holder_officer, in_status
from huiyin_domain.intake.served import service_fault, told_time
from huiyin_domain.intake.state import Petition
from huiyin_domain.principal import Role
from huiyin_domain.refusal import Kind, Refusal, forbidden, revised_meanwhile, wrong_state

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

"""What comes of others deciding: a meeting is asked for, a task done, competence decided."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import CompleteTaskRequest, DecideCompetenceRequest, RequestMeetingRequest
from huiyin_domain.access import accused_unit, organs_asked
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import (
    content_missing,
    no_handling_unit,
    not_acting_for_agency,
    not_an_officer,
    sealed_of,
)
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.guards import by_holder_officer, by_party, current_epoch, visible
from huiyin_domain.intake.responsibility import concerned, is_so_already, moved, unmovable
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, forbidden, invalid, missing, wrong_state


def complete_task(state: Petition, command: CompleteTaskRequest, context: Context) -> Decision:
    """Only by the unit that has the task; once."""
    if refusal := by_party(state, command, context):
        return refusal
    task = state.task(command.item_id)
    if task is None:
        known = ",".join(task.item_id for task in state.tasks)
        return missing("NO_SUCH_TASK", f"no task {command.item_id} here: check item_id", items=known)
    if context.principal.acting_agency != task.unit:
        return forbidden(
            "NOT_THE_TASK_UNIT", f"{task.unit} has this task: only it reports it", unit=task.unit
        )
    if refusal := content_missing("report", command.report):
        return refusal
    if task.done:
        return wrong_state("TASK_DONE", "the task was reported done: that report stands", unit=task.unit)
    if task.revoked:
        return wrong_state(
            "TASK_REVOKED", "a later resolution took this task back: there is nothing to report"
        )
    return (events.ResolutionTaskDone(item_id=task.item_id, report=sealed_of(command.report)),)


def decide_competence(state: Petition, command: DecideCompetenceRequest, context: Context) -> Decision:
    """Responsibility moves at once, and the unit named cannot call itself not competent any more."""
    refusal = (
        visible(state, context, concerned=_stands_above(state, context))
        or not_acting_for_agency(context)
        or not_an_officer(context)
        or no_handling_unit("unit", command.unit, context)
    )
    authority = refusal or _authority(state, command.unit, context)
    if isinstance(authority, Refusal):
        return authority
    if refusal := current_epoch(state, command.epoch) or unmovable(state, command.unit, context):
        return refusal
    if is_so_already(state, command.unit):
        return ()
    basis, basis_id = types.MOVE_BASIS_SUPERIOR_DECISION, authority.basis_id
    return (moved(state, command.unit, basis, basis_id, authority, sealed_of(command.reasons)),)


def _stands_above(state: Petition, context: Context) -> bool:
    """Whether the question can be put before the caller at all; to all others there is no such case."""
    agency, directory = context.principal.acting_agency, context.policy.directory
    asked = organs_asked(concerned(state, state.holder), directory)
    return agency in asked or directory.is_superior(agency, state.holder)


def _authority(state: Petition, unit: str, context: Context) -> Authority | Refusal:
    """That of the caller over the units concerned, in the dispute that is open, if one is."""
    units, directory = concerned(state, unit), context.policy.directory
    dispute = state.handover.handover_id if state.handover else ""
    authority = deciding_authority(context.principal.acting_agency, units, directory, dispute)
    if authority is not None:
        return authority
    deciders = directory.deciders_between(units)
    if not deciders:
        message = "the units concerned have no common superior and no joint conference: have one entered"
        return wrong_state("NO_COMMON_SUPERIOR", message, ART_24, units=",".join(sorted(units)))
    message = f"only who stands above the units concerned decides: the nearest is {deciders[0]}"
    return forbidden("NOT_COMMON_SUPERIOR", message, ART_24, superior=deciders[0])


def request_meeting(state: Petition, command: RequestMeetingRequest, context: Context) -> Decision:
    """Without it a centre calls no meeting on the case; with the next move of responsibility it is void."""
    refusal = by_holder_officer(state, command, context) or _centre_fault(state, command.centre, context)
    if refusal := refusal or _closed(state) or content_missing("reasons", command.reasons):
        return refusal
    asked = [one for one in state.open_meeting_requests if one.centre == command.centre]
    if asked:
        message = f"{command.centre} was asked already: the request stands, with the reasons given then"
        return wrong_state("MEETING_REQUESTED", message, request_id=asked[0].request_id)
    return (
        events.MeetingRequested(
            request_id=context.new_ids[0],
            unit=state.holder,
            centre=command.centre,
            reasons=sealed_of(command.reasons),
            authority=Authority(kind=AUTHORITY_KIND_HOLDER, organ=state.holder),
        ),
    )


def _centre_fault(state: Petition, centre: str, context: Context) -> Refusal | None:
    """Not one that an accused unit runs: it would learn of the matter there (Art. 30(3))."""
    directory = context.policy.directory
    if not directory.is_kind(centre, OrganisationKind.CENTRE):
        message = f"centre names {centre or 'nothing'}, which is no joint reception centre: give its code"
        return invalid("NOT_A_CENTRE", message, field="centre", unit=centre)
    walled = not state.accused_units.isdisjoint(directory.one_body(centre))
    return accused_unit(centre) if walled else None


def _closed(state: Petition) -> Refusal | None:
    if state.status != types.PETITION_STATUS_CLOSED:
        return None
    return wrong_state("ALREADY_CLOSED", "the case is closed: there is nothing to meet about")

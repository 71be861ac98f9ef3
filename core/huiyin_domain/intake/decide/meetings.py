"""The responsible unit asks a joint reception centre to call a meeting on its case (Arts. 12, 13)."""

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_HOLDER, Authority
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import RequestMeetingRequest
from huiyin_domain.access import accused_unit
from huiyin_domain.checks import content_missing, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import OrganisationKind
from huiyin_domain.intake.guards import by_holder_officer
from huiyin_domain.intake.state import Petition
from huiyin_domain.refusal import Refusal, invalid, wrong_state


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

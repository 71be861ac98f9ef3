"""Who stands above units that do not agree or stay silent decides for them, by name (Art. 24)."""

from collections.abc import Mapping

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.authority import ART_24, deciding_authority
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.context import Context
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.principal import Principal, Role
from huiyin_domain.reception.convening import kept_out
from huiyin_domain.reception.guards import not_called, other_resolution, wrong_status
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, forbidden
from huiyin_domain.resolving import disputing


def order(state: Meeting, command: commands.OrderResolutionRequest, context: Context) -> Decision:
    """For the items whose units all stand below the caller, or that its joint conference has to settle.

    Whoever decides nothing here learns nothing here: to it there is no such meeting.
    """
    agency, directory = context.principal.acting_agency, context.policy.directory
    authorities = authorities_in(state, agency, context.standings, directory)
    if not authorities:
        return not_called(state, context) or _decides_nothing()
    refusal = not_an_officer(context) or other_resolution(state, command.resolution_id)
    if refusal := refusal or content_missing("reasons", command.reasons):
        return refusal
    if any(one.agency == agency for one in state.orders):
        return ()
    return wrong_status(state, types.MEETING_STATUS_PROPOSED) or (
        events.ResolutionOrdered(
            resolution_id=state.resolution_id,
            item_ids=list(authorities),
            authority=next(iter(authorities.values())),
            agency=agency,
            officer=context.principal.officer,
            reasons=sealed_of(command.reasons),
        ),
    )


def is_asked(
    state: Meeting, principal: Principal, standings: Mapping[str, Standing], directory: Directory
) -> bool:
    """Whether the caller decides between units of the resolution that do not all agree: it may look at it."""
    open_question = state.status == types.MEETING_STATUS_PROPOSED and (state.dissented or state.undecided)
    deciding = principal.has(Role.OFFICER, Role.HEAD)
    return bool(
        open_question and deciding and authorities_in(state, principal.acting_agency, standings, directory)
    )


def authorities_in(
    state: Meeting, agency: str, standings: Mapping[str, Standing], directory: Directory
) -> dict[str, Authority]:
    """An agency's authority by item, where it has one; of one organ, the first that it speaks for.

    None at all for who is kept from a case of the agenda (Art. 30(3)).
    """
    if any(agency in kept_out(standing, directory) for standing in standings.values()):
        return {}
    found: dict[str, Authority] = {}
    for item in state.items:
        standing = standings.get(item.case_id)
        units = disputing(item, standing) if standing else frozenset()
        authority = deciding_authority(agency, units, directory, state.resolution_id) if units else None
        organs = {one.organ for one in found.values()}
        if authority is not None and organs <= {authority.organ}:
            found[item.item_id] = authority
    return found


def _decides_nothing() -> Refusal:
    message = "only who stands above the units of an item, or their joint conference, orders a resolution"
    return forbidden("NOT_COMMON_SUPERIOR", message, ART_24)

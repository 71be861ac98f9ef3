"""When a resolution binds: the units of each item agree, or who stands above decides (Art. 24)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from huiyin.common.v1.types_pb2 import Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.authority import (
    ART_24,
    SIGNING_WORKING_DAYS,
    carried_by,
    deciding_authority,
    disputing,
    signers,
)
from huiyin_domain.calendar.calendar import Calendar
from huiyin_domain.checks import content_missing, not_an_officer, sealed_of
from huiyin_domain.clocks.timetable import Timetable
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.dates import local_date
from huiyin_domain.decider import Decision
from huiyin_domain.directory import Directory
from huiyin_domain.reception.guards import (
    authorities_of,
    kept_out,
    not_called,
    not_convener,
    other_resolution,
    wrong_status,
)
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal, forbidden, wrong_state


def bind(state: Meeting, command: commands.BindResolutionRequest, context: Context) -> Decision:
    """Then nothing changes it; what each item stands on goes with it to the cases (promise P6)."""
    if refusal := not_convener(state, context) or other_resolution(state, command.resolution_id):
        return refusal
    if state.bound:
        return ()
    authorities = authorities_of(state.convener, state.participants, state.case_ids, context)
    if isinstance(authorities, Refusal):
        return authorities
    refusal = wrong_status(state, types.MEETING_STATUS_PROPOSED) or _still_to_speak(state, context)
    if refusal := refusal or _not_carried(state, context):
        return refusal
    return (
        events.ResolutionBound(
            meeting_id=state.meeting_id,
            resolution_id=state.resolution_id,
            items=state.items,
            signed_by=state.signed,
            ordered_by=orders_of(state),
            authorities=authorities,
        ),
    )


def orders_of(state: Meeting) -> tuple[Authority, ...]:
    """On whose authority the resolution was ordered."""
    return tuple(one.authority for one in state.orders)


def _not_carried(state: Meeting, context: Context) -> Refusal | None:
    """Each item takes the signatures of its units, or the order of who stands above them (Art. 24)."""
    standings, directory = context.standings, context.policy.directory
    orders, resolution_id = orders_of(state), state.resolution_id
    missing = {
        unit: None
        for item in state.items
        if not carried_by(item, standings[item.case_id], state.signed, orders, directory, resolution_id)
        for unit in sorted(signers(item, standings[item.case_id]) - set(state.signed))
    }
    if not missing:
        return None
    message = (
        "units to which an item gives something or from which it takes something have not signed: ask them,"
        " have it ordered by their common superior or joint conference, or propose anew"
    )
    return wrong_state("LEAD_UNIT_NOT_SIGNED", message, ART_24, agencies=",".join(missing))


def _still_to_speak(state: Meeting, context: Context) -> Refusal | None:
    """Who is silent has five working days; then the others go on without it, and supervision knows."""
    overruled = _overruled(state, context.standings) if state.orders else set()
    silent = [agency for agency in state.undecided if agency not in overruled]
    divisions = [one.division for one in context.standings.values()]
    if not silent or time_to_speak_is_over(
        state.proposed_time, context.now, divisions, context.policy.timetable
    ):
        return None
    message = "participants have yet to sign or dissent, and have the time to: ask them for it, then bind"
    return wrong_state("SIGNATURES_MISSING", message, agencies=",".join(silent))


def _overruled(state: Meeting, standings: Mapping[str, Standing]) -> set[str]:
    ordered = {item_id for one in state.orders for item_id in one.item_ids}
    items = [item for item in state.items if item.item_id in ordered]
    return {unit for item in items for unit in signers(item, standings[item.case_id])}


def time_to_speak_is_over(
    proposed: datetime | None, now: datetime, divisions: Collection[str], timetable: Timetable
) -> bool:
    """By the calendar of every division that has one of the cases.

    False while a calendar is missing, or where nobody recorded when it was proposed.
    """
    if proposed is None:
        return False
    calendars = [timetable.calendar_of(division) for division in divisions] or [timetable.calendar]
    return all(_is_over(local_date(proposed), local_date(now), calendar) for calendar in calendars)


def _is_over(proposed: date, today: date, calendar: Calendar) -> bool:
    due = calendar.add_working_days(proposed, SIGNING_WORKING_DAYS)
    last = None if isinstance(due, Refusal) else due.rolled
    return last is not None and today > last


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

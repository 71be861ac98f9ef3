"""Units that do not agree or stay silent stop no meeting: who stands above them decides (Art. 24)."""

from datetime import datetime, timedelta

import pytest

from huiyin.common.v1.types_pb2 import AUTHORITY_KIND_CONFERENCE, AUTHORITY_KIND_SUPERIOR, Authority
from huiyin.intake.v1.types_pb2 import Standing
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.reception.binding import is_asked
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_kernel.policy import load_policy
from tests.support import agencies
from tests.support.agencies import (
    BUREAU,
    CITY,
    CONFERENCE,
    COUNTY,
    HEALTH,
    HOUSING,
    LAND,
    NOW,
    SCHOOLS,
    officer,
    sealed,
    secret,
)
from tests.support.given import Given
from tests.support.meetings import (
    CASE_1,
    ITEM_1,
    MEETING_ID,
    RESOLUTION_ID,
    assign,
    bind,
    convene,
    dissent,
    propose,
    sign,
    standing,
)

ORDER = commands.OrderResolutionRequest(resolution_id=RESOLUTION_ID, reasons=secret("reasons"))
POLICY = agencies.POLICY.__class__(
    agencies.DIRECTORY, agencies.CODES, load_policy().timetable, agencies.POLICY.limits
)
BELOW_ONE = [standing(CASE_1, SCHOOLS)]
"""SCHOOLS has the case; the resolution gives it to HEALTH: both are below COUNTY."""
APART = [standing(CASE_1, HOUSING)]
"""HOUSING has the case; the resolution gives it to LAND: nobody stands above both but the conference."""


def knowing(caller: Principal, known: list[Standing], now: datetime = NOW) -> Context:
    return agencies.context(caller, [RESOLUTION_ID], now, policy=POLICY, standings=known)


def moving(known: list[Standing], to_unit: str) -> Given[Meeting]:
    """A resolution lies before the participants that takes the case from its unit; that one dissents."""
    holder = known[0].responsible_unit
    bureau = knowing(officer(BUREAU), known)
    command = convene([holder, to_unit, LAND if to_unit != LAND else SCHOOLS], [CASE_1], "")
    first = agencies.context(officer(BUREAU), [MEETING_ID], policy=POLICY, standings=known)
    meeting = Given(MEETING).after(command, first)
    meeting = meeting.after(commands.OpenMeetingRequest(present=[to_unit]), bureau)
    return meeting.after(propose(assign(unit=to_unit)), bureau)


def spoken(meeting: Given[Meeting], known: list[Standing], *silent: str) -> Given[Meeting]:
    """Everybody signs but the responsible unit, which dissents; the silent say nothing."""
    for agency in meeting.state.participants:
        if agency not in silent:
            holds = agency == known[0].responsible_unit
            meeting = meeting.after(dissent() if holds else sign(), knowing(officer(agency), known))
    return meeting


def test_a_case_is_not_taken_from_a_unit_that_did_not_sign() -> None:
    for known, to_unit in ((BELOW_ONE, HEALTH), (APART, LAND)):
        meeting = spoken(moving(known, to_unit), known)
        refusal = meeting.when(bind(), knowing(officer(BUREAU), known)).refused("LEAD_UNIT_NOT_SIGNED")
        assert refusal.facts == {"agencies": known[0].responsible_unit}


def test_the_common_superior_orders_it_by_name_and_it_binds() -> None:
    meeting = spoken(moving(BELOW_ONE, HEALTH), BELOW_ONE)
    authority = Authority(kind=AUTHORITY_KIND_SUPERIOR, organ=COUNTY, basis_id=RESOLUTION_ID)
    outcome = meeting.when(ORDER, knowing(officer(COUNTY), BELOW_ONE))
    outcome.then(
        events.ResolutionOrdered(
            resolution_id=RESOLUTION_ID,
            item_ids=[ITEM_1],
            authority=authority,
            agency=COUNTY,
            officer="officer-of-COUNTY",
            reasons=sealed("reasons"),
        )
    )
    (bound,) = outcome.after.when(bind(), knowing(officer(BUREAU), BELOW_ONE)).events
    assert isinstance(bound, events.ResolutionBound)
    assert (list(bound.ordered_by), sorted(bound.signed_by)) == ([authority], [HEALTH, LAND])


def test_where_no_superior_is_common_the_conference_orders_it_through_its_office() -> None:
    meeting = spoken(moving(APART, LAND), APART)
    meeting = meeting.after(ORDER, knowing(officer(BUREAU), APART))
    assert [one.authority.kind for one in meeting.state.orders] == [AUTHORITY_KIND_CONFERENCE]
    assert meeting.state.orders[0].authority.organ == CONFERENCE
    meeting.after(bind(), knowing(officer(BUREAU), APART))


def test_the_conference_orders_nothing_where_there_is_a_common_superior() -> None:
    meeting = spoken(moving(BELOW_ONE, HEALTH), BELOW_ONE)
    meeting.when(ORDER, knowing(officer(BUREAU), BELOW_ONE)).refused("NOT_COMMON_SUPERIOR")


def test_a_superior_of_only_one_unit_orders_nothing() -> None:
    """SCHOOLS is below COUNTY, HOUSING is not."""
    known = [standing(CASE_1, SCHOOLS)]
    meeting = spoken(moving(known, HOUSING), known)
    meeting.when(ORDER, knowing(officer(COUNTY), known)).refused("NO_SUCH_MEETING")


@pytest.mark.parametrize("agency", [CITY, "NOBODY"])
def test_a_stranger_orders_nothing_and_is_told_of_no_meeting(agency: str) -> None:
    meeting = moving(APART, LAND)
    refusal = meeting.when(ORDER, knowing(officer(agency), APART)).refused("NO_SUCH_MEETING")
    assert refusal == Given(MEETING).when(ORDER, knowing(officer(agency), [])).refused("NO_SUCH_MEETING")


def test_an_order_is_a_named_officers_and_has_reasons() -> None:
    meeting = moving(BELOW_ONE, HEALTH)
    system = Principal(COUNTY, "", frozenset({Role.SYSTEM}))
    meeting.when(ORDER, knowing(system, BELOW_ONE)).refused("OFFICER_REQUIRED")
    silent = commands.OrderResolutionRequest(resolution_id=RESOLUTION_ID)
    meeting.when(silent, knowing(officer(COUNTY), BELOW_ONE)).refused("CONTENT_REQUIRED")


def test_an_order_is_about_one_resolution_and_ends_with_it() -> None:
    meeting = moving(BELOW_ONE, HEALTH).after(ORDER, knowing(officer(COUNTY), BELOW_ONE))
    other = agencies.identifier(302)
    anew = agencies.context(officer(BUREAU), [other], policy=POLICY, standings=BELOW_ONE)
    meeting = meeting.after(propose(assign(unit=HEALTH)), anew)
    assert meeting.state.orders == ()
    meeting.when(ORDER, knowing(officer(COUNTY), BELOW_ONE)).refused("RESOLUTION_REPLACED")


def test_the_silence_of_a_unit_without_an_item_stops_nothing_beyond_its_five_working_days() -> None:
    known = [standing(CASE_1, HOUSING)]
    meeting = moving(known, HOUSING)
    meeting = meeting.after(sign(), knowing(officer(HOUSING), known))
    for days, allowed in ((0, False), (7, False), (8, True)):
        later = knowing(officer(BUREAU), known, NOW + timedelta(days=days))
        outcome = meeting.when(bind(), later)
        if allowed:
            assert len(outcome.events) == 1
        else:
            assert outcome.refused("SIGNATURES_MISSING").facts == {"agencies": LAND}


def test_the_silence_of_a_unit_with_an_item_takes_a_decision_above_it() -> None:
    meeting = spoken(moving(BELOW_ONE, HEALTH), BELOW_ONE, HEALTH)
    later = NOW + timedelta(days=30)
    refusal = meeting.when(bind(), knowing(officer(BUREAU), BELOW_ONE, later)).refused("LEAD_UNIT_NOT_SIGNED")
    assert refusal.facts == {"agencies": f"{HEALTH},{SCHOOLS}"}
    meeting = meeting.after(ORDER, knowing(officer(COUNTY), BELOW_ONE, later))
    meeting.after(bind(), knowing(officer(BUREAU), BELOW_ONE, later))


def test_who_is_overruled_is_not_waited_for() -> None:
    meeting = spoken(moving(BELOW_ONE, HEALTH), BELOW_ONE, HEALTH, SCHOOLS)
    meeting = meeting.after(ORDER, knowing(officer(COUNTY), BELOW_ONE))
    meeting.after(bind(), knowing(officer(BUREAU), BELOW_ONE))


def asked(meeting: Given[Meeting], caller: Principal, known: list[Standing]) -> bool:
    return is_asked(meeting.state, caller, {one.case_id: one for one in known}, agencies.DIRECTORY)


def test_who_decides_may_look_while_units_do_not_agree_and_nobody_else() -> None:
    meeting = moving(BELOW_ONE, HEALTH)
    assert asked(meeting, officer(COUNTY), BELOW_ONE)
    for stranger in (CITY, BUREAU, HOUSING):
        assert not asked(meeting, officer(stranger), BELOW_ONE)
    assert not asked(meeting, officer(COUNTY, Role.SYSTEM), BELOW_ONE)
    agreed = meeting
    for unit in meeting.state.participants:
        agreed = agreed.after(sign(), knowing(officer(unit), BELOW_ONE))
    assert not asked(agreed, officer(COUNTY), BELOW_ONE)


def test_a_superior_that_is_accused_neither_looks_nor_orders() -> None:
    meeting = moving(BELOW_ONE, HEALTH)
    accused = [standing(CASE_1, SCHOOLS, accused_units=[COUNTY])]
    assert not asked(meeting, officer(COUNTY), accused)
    meeting.when(ORDER, knowing(officer(COUNTY), accused)).refused("NO_SUCH_MEETING")

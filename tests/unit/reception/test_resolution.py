"""A resolution: proposed in the sitting, countersigned or dissented from by name, bound, and settled once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1 import types_pb2 as types
from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Principal, Role
from huiyin_domain.refusal import Kind
from huiyin_kernel.codec import timestamp as stamp
from tests.support.agencies import (
    BUREAU,
    CITY,
    HOUSING,
    LABOUR,
    LAND,
    NOW,
    SERVICE,
    identifier,
    officer,
    sealed,
)
from tests.support.meetings import (
    CASE_1,
    CASE_2,
    ITEM_1,
    ITEM_2,
    LABEL_2,
    MEETING_ID,
    OTHER_CASE,
    PARTICIPANTS,
    RESOLUTION_ID,
    assign,
    authority,
    bind,
    bound,
    context,
    convened,
    dissent,
    p6_violations,
    propose,
    proposed,
    recorded,
    settle,
    settled,
    sign,
    signed,
    sitting,
    standing,
    task,
)

AS_BUREAU = context(officer(BUREAU), [RESOLUTION_ID])


TASK_ITEM = identifier(555)
MOVE_TASK, ASSIGN = types.RESOLUTION_ITEM_KIND_MOVE_TASK, types.RESOLUTION_ITEM_KIND_ASSIGN
WITH_TASK = context(
    officer(BUREAU),
    [RESOLUTION_ID],
    [standing(open_tasks=[types.OpenTask(item_id=TASK_ITEM, unit=LABOUR)]), standing(CASE_2, LABOUR)],
)
"""LABOUR has a task in HOUSING's case."""


def revoke(**fields: Any) -> ResolutionItem:
    """The task is taken back, unless another kind of item is named."""
    kind = types.RESOLUTION_ITEM_KIND_REVOKE_TASK
    given = {"case_id": CASE_1, "kind": kind, "epoch": 1, "task_item_id": TASK_ITEM, **fields}
    return ResolutionItem(**given)


def without(item: ResolutionItem, *fields: str) -> ResolutionItem:
    for field in fields:
        item.ClearField(field)  # type: ignore[arg-type] # the names are its own
    return item


def test_the_convener_puts_a_resolution_before_the_participants() -> None:
    outcome = sitting().when(propose(), AS_BUREAU)
    outcome.then(
        events.ResolutionProposed(
            resolution_id=RESOLUTION_ID,
            items=recorded(),
            minutes=sealed("minutes"),
            speakers=PARTICIPANTS,
            proposed_time=stamp(NOW),
        )
    )


def test_a_label_that_an_earlier_resolution_used_names_another_item() -> None:
    first = sitting().when(propose(assign()), AS_BUREAU).after.state
    again = context(officer(BUREAU), [identifier(302)])
    second = sitting().when(propose(assign()), again).after.state
    assert first.items[0].item_id != second.items[0].item_id


def test_items_without_an_id_get_one_that_follows_from_the_resolution() -> None:
    items = [without(assign(), "item_id"), without(task(), "item_id")]
    first = sitting().when(propose(*items), AS_BUREAU).after.state.items
    second = sitting().when(propose(*items), AS_BUREAU).after.state.items
    assert first == second
    assert len({item.item_id for item in first}) == 2
    assert all(item.item_id for item in first)


@pytest.mark.parametrize(
    "item, reason",
    [
        (without(assign(), "kind"), "FIELD_REQUIRED"),
        (assign(case_id=OTHER_CASE), "CASE_NOT_ON_AGENDA"),
        (assign(unit=CITY), "NOT_A_PARTICIPANT"),
        (without(assign(), "epoch"), "FIELD_REQUIRED"),
        (revoke(unit=LABOUR), "UNIT_NOT_ALLOWED"),
        (revoke(task_item_id=""), "NO_OPEN_TASK"),
        (revoke(task_item_id=identifier(9)), "NO_OPEN_TASK"),
        (revoke(kind=MOVE_TASK, unit=LAND), "MALFORMED_DATE"),
        (revoke(kind=MOVE_TASK, unit=LAND, due_date="2026-04-01", task_item_id=""), "NO_OPEN_TASK"),
        (revoke(kind=ASSIGN, unit=LAND), "TASK_NOT_ALLOWED"),
        (task(due_date=""), "MALFORMED_DATE"),
        (task(due_date="20260401"), "MALFORMED_DATE"),
        (task(due_date="2026-02-30"), "MALFORMED_DATE"),
        (task(due_date="2026-03-01"), "DUE_DATE_PASSED"),
    ],
)
def test_an_item_that_cannot_be_carried_out_is_refused(item: ResolutionItem, reason: str) -> None:
    sitting().when(propose(item), WITH_TASK).refused(reason)


def test_a_task_is_taken_back_or_moved_with_the_signature_of_who_has_it() -> None:
    move = revoke(kind=MOVE_TASK, unit=LAND, due_date="2026-04-01")
    for item, needed in ((revoke(), [HOUSING, LABOUR]), (move, [HOUSING, LABOUR, LAND])):
        meeting = sitting().after(propose(item), WITH_TASK)
        for agency in needed:
            meeting = meeting.after(sign(), context(officer(agency)))
        for agency in set(PARTICIPANTS) - set(needed):
            meeting = meeting.after(dissent(), context(officer(agency)))
        meeting.after(bind(), WITH_TASK)


def test_a_task_is_not_taken_back_against_the_unit_that_has_it() -> None:
    meeting = sitting().after(propose(revoke()), WITH_TASK)
    for agency in (HOUSING, LAND):
        meeting = meeting.after(sign(), context(officer(agency)))
    meeting = meeting.after(dissent(), context(officer(LABOUR)))
    assert meeting.when(bind(), WITH_TASK).refused("LEAD_UNIT_NOT_SIGNED").facts == {"agencies": LABOUR}


def test_an_assignment_has_no_due_date() -> None:
    item = assign()
    item.due_date = "2026-04-01"
    refusal = sitting().when(propose(item), AS_BUREAU).refused("DUE_DATE_NOT_ALLOWED")
    assert refusal.facts["field"] == "items[0].due_date"


def test_days_are_those_of_asia_shanghai() -> None:
    evening = datetime(2026, 3, 31, 17, 0, tzinfo=UTC)
    late = context(officer(BUREAU), [RESOLUTION_ID], now=evening)
    refusal = sitting().when(propose(task(due_date="2026-03-31")), late).refused("DUE_DATE_PASSED")
    assert refusal.facts["earliest"] == "2026-04-01"


def test_a_case_is_assigned_to_one_unit_p2() -> None:
    command = propose(assign(), assign(unit=LAND, item_id=LABEL_2))
    sitting().when(command, AS_BUREAU).refused("ASSIGNED_TWICE")


def test_the_number_of_items_is_bounded() -> None:
    sitting().when(commands.ProposeResolutionRequest(), AS_BUREAU).refused("ITEMS_OUT_OF_RANGE")
    many = [without(task(), "item_id") for _ in range(201)]
    sitting().when(propose(*many), AS_BUREAU).refused("ITEMS_OUT_OF_RANGE")


def test_two_items_do_not_share_an_id() -> None:
    other = assign(case_id=CASE_1, unit=LAND)
    sitting().when(propose(task(), other, task()), AS_BUREAU).refused("ITEM_ID_REPEATED")


def test_only_the_convener_proposes_and_only_in_the_sitting() -> None:
    sitting().when(propose(), context(officer(HOUSING))).refused("NOT_CONVENER")
    convened().when(propose(), AS_BUREAU).refused("MEETING_NOT_OPEN")


def test_a_new_proposal_replaces_one_that_nobody_is_bound_by() -> None:
    other = identifier(302)
    meeting = signed().after(propose(assign()), context(officer(BUREAU), [other]))
    assert meeting.state.resolution_id == other
    assert meeting.state.signed == ()
    refusal = meeting.when(sign(), context(officer(HOUSING))).refused("RESOLUTION_REPLACED")
    assert refusal.kind is Kind.STALE
    assert refusal.facts == {"resolution_id": other}


def test_a_participant_countersigns_through_an_officer_once() -> None:
    outcome = proposed().when(sign(), context(officer(HOUSING)))
    outcome.then(
        events.ResolutionSigned(resolution_id=RESOLUTION_ID, agency=HOUSING, officer="officer-of-HOUSING")
    )
    outcome.after.when(sign(), context(officer(HOUSING, Role.HEAD))).nothing()


@pytest.mark.parametrize("command", [sign(), dissent()])
def test_only_officers_of_participants_speak(command: Message) -> None:
    system = Principal(HOUSING, "", frozenset({Role.SYSTEM}))
    proposed().when(command, context(system)).refused("OFFICER_REQUIRED")
    proposed().when(command, context(officer(CITY))).refused("NO_SUCH_MEETING")


@pytest.mark.parametrize("command, agency", [(sign(), HOUSING), (dissent(), HOUSING), (bind(), BUREAU)])
def test_there_must_be_a_resolution_to_speak_on(command: Message, agency: str) -> None:
    sitting().when(command, context(officer(agency))).refused("NO_RESOLUTION")


def test_dissent_is_recorded_by_name_2016_art_11_2() -> None:
    outcome = proposed().when(dissent(), context(officer(LAND)))
    outcome.then(
        events.ResolutionDissented(resolution_id=RESOLUTION_ID, agency=LAND, reasons=sealed("reasons"))
    )
    outcome.after.when(dissent(), context(officer(LAND))).nothing()


def test_who_has_spoken_does_not_change_its_mind_on_the_same_resolution() -> None:
    after_signing = proposed().after(sign(), context(officer(HOUSING)))
    refusal = after_signing.when(dissent(), context(officer(HOUSING))).refused("ALREADY_SPOKEN")
    assert "11(2)" in refusal.article
    after_dissent = proposed().after(dissent(), context(officer(LAND)))
    after_dissent.when(sign(), context(officer(LAND))).refused("ALREADY_SPOKEN")


def test_it_binds_when_everybody_has_spoken_and_every_lead_unit_signed() -> None:
    meeting = proposed().after(sign(), context(officer(HOUSING)))
    meeting = meeting.after(dissent(), context(officer(LAND)))
    refusal = meeting.when(bind(), AS_BUREAU).refused("SIGNATURES_MISSING")
    assert refusal.facts == {"agencies": LABOUR}
    outcome = meeting.after(sign(), context(officer(LABOUR))).when(bind(), AS_BUREAU)
    outcome.then(
        events.ResolutionBound(
            meeting_id=MEETING_ID,
            resolution_id=RESOLUTION_ID,
            items=recorded(),
            signed_by=[HOUSING, LABOUR],
            authorities=[authority(), authority(CASE_2, LABOUR)],
        )
    )


def test_a_unit_that_dissented_cannot_be_given_an_item() -> None:
    meeting = proposed().after(dissent(), context(officer(LABOUR)))
    for agency in (HOUSING, LAND):
        meeting = meeting.after(sign(), context(officer(agency)))
    refusal = meeting.when(bind(), AS_BUREAU).refused("LEAD_UNIT_NOT_SIGNED")
    assert refusal.facts == {"agencies": LABOUR}


def test_only_the_convener_binds_once() -> None:
    signed().when(bind(), context(officer(HOUSING))).refused("NOT_CONVENER")
    bound().when(bind(), AS_BUREAU).nothing()
    settled().when(bind(), AS_BUREAU).nothing()
    bound().when(bind(identifier(302)), AS_BUREAU).refused("RESOLUTION_REPLACED")


def test_nothing_changes_a_bound_resolution_p6() -> None:
    anew = context(officer(BUREAU), [identifier(302)])
    bound().when(propose(assign()), anew).refused("RESOLUTION_BOUND")
    bound().when(dissent(), context(officer(HOUSING))).refused("ALREADY_SPOKEN")
    bound().when(sign(), context(officer(HOUSING))).nothing()


def test_once_its_items_are_settled_the_meeting_can_resolve_anew() -> None:
    anew = context(officer(BUREAU), [identifier(302)])
    meeting = settled().after(propose(assign()), anew)
    assert (meeting.state.signed, meeting.state.outcomes, meeting.state.bound) == ((), (), False)
    for agency in PARTICIPANTS:
        meeting = meeting.after(sign(identifier(302)), context(officer(agency)))
    meeting = meeting.after(bind(identifier(302)), AS_BUREAU)
    assert p6_violations(meeting.events) == []
    meeting.when(settle(), context(SERVICE)).refused("RESOLUTION_REPLACED")


def test_an_item_is_settled_by_its_case_once_p6() -> None:
    applied = events.ItemSettled(resolution_id=RESOLUTION_ID, item_id=ITEM_1, applied=True)
    outcome = bound().when(settle(), context(SERVICE))
    outcome.then(applied)
    outcome.after.when(settle(), context(SERVICE)).nothing()
    differing = settle(applied=False, reason="STALE_EPOCH")
    refusal = outcome.after.when(differing, context(SERVICE)).refused("ITEM_SETTLED_OTHERWISE")
    assert refusal.facts["outcome"] == "applied"


def test_the_last_item_settles_the_resolution() -> None:
    half = bound().after(settle(ITEM_1), context(SERVICE))
    outcome = half.when(settle(ITEM_2, applied=False, reason="STALE_EPOCH"), context(SERVICE))
    outcome.then(
        events.ItemSettled(resolution_id=RESOLUTION_ID, item_id=ITEM_2, applied=False, reason="STALE_EPOCH"),
        events.ResolutionSettled(resolution_id=RESOLUTION_ID),
    )


def test_no_item_is_settled_before_the_resolution_binds_p6() -> None:
    signed().when(settle(), context(SERVICE)).refused("RESOLUTION_NOT_BOUND")


def test_only_services_settle_and_only_bound_items() -> None:
    bound().when(settle(), context(officer(BUREAU))).refused("SERVICE_ONLY")
    bound().when(settle(identifier(499)), context(SERVICE)).refused("NO_SUCH_ITEM")


@pytest.mark.parametrize("applied, reason", [(True, "STALE_EPOCH"), (False, "")])
def test_a_refused_item_has_a_reason_and_an_applied_one_none(applied: bool, reason: str) -> None:
    bound().when(settle(applied=applied, reason=reason), context(SERVICE)).refused("REASON_MISMATCH")

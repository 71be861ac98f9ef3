"""The case view: one petition with what the other logs know of it, the same however the logs interleave."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.cases import view as views
from huiyin_domain.cases.parts import Filing
from huiyin_domain.cases.view import (
    CaseView,
    UnknownContextError,
    evolve,
    from_bytes,
    initial,
    summary,
    to_bytes,
)
from huiyin_domain.dates import microseconds_of
from huiyin_domain.decider import Fact, UnknownEventError, fold
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.records import Registration
from huiyin_kernel.codec import entry_of
from tests.support.agencies import BUREAU, CENTRE, CITY, COURT, HOUSING, LABOUR, LAND, POLICE, identifier
from tests.support.facts import CASE, Logs
from tests.support.intake_events import ORIGIN, OTHER, PART, histories, registered
from tests.support.made_timelines import Timelines, identity
from tests.unit.clocks.tellings import in_hand

CONTEXTS = {"intake": intake, "judicial": judicial, "reception": reception, "supervision": supervision}


def view_of(facts: Sequence[Fact]) -> CaseView:
    view = initial()
    for fact in facts:
        view = evolve(view, fact)
    return view


def petition_view(history: Sequence[Message]) -> CaseView:
    logs = Logs()
    return view_of([logs.intake(event) for event in history])


def filing_of(registration: Registration) -> Filing:
    received = microseconds_of(registration.received_time)
    place = registration.channel, registration.division
    return Filing(registration.case_id, registration.display_number, *place, received)


def whole_case() -> Logs:
    """Agencies, a court, a joint meeting and a supervisor at work on one case; a lateness is withdrawn."""
    logs = Logs()
    logs.intake(registered())
    logs.intake(intake.PetitionClassified(petition_class=types.PETITION_CLASS_CLAIM, accused_units=[POLICE]))
    logs.record("reception", "visit-1", reception.VisitReceived(centre=CENTRE, agencies=[HOUSING, POLICE]))
    logs.intake(intake.PetitionHandedOver(from_unit=BUREAU, to_unit=HOUSING))
    logs.record(
        "reception", "meeting-1", reception.MeetingConvened(convener=CITY, participants=[LABOUR, LAND])
    )
    logs.record("supervision", f"lateness-{CASE}", supervision.DeadlinePassed(clock_id="T4:1"))
    logs.record("supervision", f"lateness-{CASE}", supervision.DeadlinePassed(clock_id="T1:1"))
    logs.intake(intake.ResponsibilityMoved(from_unit=BUREAU, to_unit=HOUSING, epoch=2))
    logs.intake(intake.PetitionAccepted(unit=HOUSING))
    logs.record("supervision", "order-1", supervision.OrderIssued(unit=HOUSING, supervisor=CITY))
    logs.record("judicial", "referral-1", judicial.LitigationReferred(referring_unit=HOUSING, organ=COURT))
    logs.record("supervision", f"lateness-{CASE}", supervision.LatenessWithdrawn(clock_id="T1:1"))
    logs.record("intake", f"access-{CASE}", intake.PersonalDataRead(case_id=CASE))
    return logs


def test_a_case_at_a_glance_puts_the_four_logs_together() -> None:
    due = in_hand("2026-03-06", "2026-03-07").clock("T7")
    found = summary(view_of(whole_case().facts), due)
    assert (found.case_id, found.display_number) == (CASE, "HY990101-20260302-00000001")
    assert (found.status, found.responsible_unit, found.epoch) == ("ACCEPTED", HOUSING, 2)
    assert (found.channel, found.division, found.content_class) == ("letter", "990101", "c1")
    assert found.received_time.ToJsonString() == "2026-03-02T01:00:00.000001Z"
    assert (found.next_due_date, found.next_due_rule) == ("2026-05-06", "T7")
    assert not found.next_due_provisional
    assert (found.passed_clock_count, found.event_count) == (1, 13)
    assert list(found.parties) == sorted([BUREAU, HOUSING, CENTRE, CITY, LABOUR, LAND, COURT])


def test_an_accused_unit_is_no_party_though_it_received_the_visitors_art_30_3() -> None:
    view = view_of(whole_case().facts)
    assert POLICE in view.parties
    assert POLICE not in summary(view).parties
    assert view.accused == (POLICE,)


def test_a_case_of_which_nothing_is_known_yet_has_a_summary() -> None:
    found = summary(initial())
    assert (found.case_id, found.status, found.event_count) == ("", "UNSPECIFIED", 0)
    assert not found.HasField("received_time")


@given(histories())
def test_the_view_agrees_with_the_petitions_own_fold(history: list[Message]) -> None:
    petition = fold(PETITION, PETITION.initial(), history)
    part = petition_view(history).intake
    assert (part.status, part.track) == (petition.status, petition.track)
    assert (part.responsible_unit, part.epoch) == (petition.holder, petition.epoch)
    assert part.content_class == petition.content_class
    assert part.participation == petition.participation
    assert part.accused_units == tuple(sorted(petition.accused_units))
    assert part.linked_case_ids == tuple(sorted({link.case_id for link in petition.links}))
    assert part.filing == filing_of(petition.registration)
    assert part.classified == (petition.petition_class != types.PETITION_CLASS_UNSPECIFIED)
    assert part.revoked == any(one.outcome == types.REVIEW_OUTCOME_REVOKED for one in petition.reviews)
    assert part.doubts == tuple(sorted(petition.doubts))


@given(st.data())
def test_the_view_is_the_same_however_the_logs_interleave(data: st.DataObject) -> None:
    facts = whole_case().facts
    waiting = [[fact for fact in facts if fact.context == context] for context in CONTEXTS]
    order = []
    while any(waiting):
        log = data.draw(st.sampled_from([log for log in waiting if log]))
        order.append(log.pop(0))
    assert to_bytes(view_of(order)) == to_bytes(view_of(facts))


def test_another_petitions_event_links_the_two_and_changes_nothing_else() -> None:
    logs = Logs()
    split = intake.PetitionSplit(part_case_id=CASE, track=common.TRACK_JUDICIAL)
    before = [logs.record("intake", f"petition-{ORIGIN}", split, [ORIGIN, CASE])]
    before.append(logs.intake(registered()))
    before.append(
        logs.record("intake", f"petition-{OTHER}", intake.CaseLinked(other_case_id=CASE), [OTHER, CASE])
    )
    before.append(logs.record("intake", f"petition-{OTHER}", intake.PetitionClosed(), [OTHER, CASE]))
    found = summary(view_of(before))
    assert list(found.linked_case_ids) == sorted([ORIGIN, OTHER])
    assert (found.case_id, found.status, found.event_count) == (CASE, "REGISTERED", 4)


def test_a_part_that_was_split_off_is_linked() -> None:
    view = petition_view([registered(ORIGIN), intake.PetitionSplit(part_case_id=PART)])
    assert view.intake.linked_case_ids == tuple(sorted([ORIGIN, PART]))


def _every_event() -> list[tuple[str, type[Message]]]:
    return [
        (context, getattr(module, name))
        for context, module in CONTEXTS.items()
        for name in module.DESCRIPTOR.message_types_by_name
    ]


@pytest.mark.parametrize("context, event", _every_event())
def test_every_event_of_the_four_logs_is_folded(context: str, event: type[Message]) -> None:
    logs = Logs()
    logs.intake(registered())
    logs.record(context, f"petition-{CASE}", event())
    assert view_of(logs.facts).event_count == 2


@pytest.mark.parametrize("context", list(CONTEXTS))
def test_an_unknown_event_is_an_error(context: str) -> None:
    with pytest.raises(UnknownEventError):
        evolve(initial(), Logs().record(context, "petition-1", common.Actor()))


def test_an_unknown_log_is_an_error() -> None:
    with pytest.raises(UnknownContextError):
        evolve(initial(), replace(Logs().intake(registered()), context="archive"))


@given(histories())
def test_the_byte_form_is_exact_and_deterministic(history: list[Message]) -> None:
    view = petition_view(history)
    again = from_bytes(to_bytes(view))
    assert again == view
    assert to_bytes(again) == to_bytes(view)


def test_the_byte_form_is_plain_json_with_sorted_keys() -> None:
    data = to_bytes(view_of(whole_case().facts))
    fields = json.loads(data)
    assert data == json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert fields["intake"]["filing"]["case_id"] == CASE


def test_a_fold_can_go_on_from_its_byte_form() -> None:
    facts = whole_case().facts
    resumed = from_bytes(to_bytes(view_of(facts[:7])))
    for fact in facts[7:]:
        resumed = evolve(from_bytes(to_bytes(resumed)), fact)
    assert to_bytes(resumed) == to_bytes(view_of(facts))


def test_a_differing_history_gives_differing_bytes() -> None:
    facts = whole_case().facts
    assert to_bytes(view_of(facts)) != to_bytes(view_of(facts[:-1]))
    moved = intake.ResponsibilityMoved(to_unit=LAND, epoch=3)
    altered = [*facts, replace(facts[0], event=moved)]
    assert to_bytes(view_of(altered)) != to_bytes(view_of([*facts, replace(facts[0], event=registered())]))
    assert identifier(1) not in to_bytes(view_of(facts)).decode()


def test_a_case_of_which_only_another_petitions_link_is_known_has_no_status() -> None:
    entry = Timelines(1).entry(identity("linked"), intake.CaseLinked(other_case_id=identity("linked")))
    entry.event.stream = f"petition-{identity('other')}"
    view = views.evolve(views.initial(), entry_of(entry).fact)
    assert views.summary(view).status == "UNSPECIFIED"

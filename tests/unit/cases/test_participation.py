"""Who has a part in a case, and when a part ends: a former party is told of that, and of nothing later."""

import pytest
from google.protobuf.message import Message

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.participation import CHANGES, WITHOUT, Participation, after
from tests.support.deciding import officer, secret
from tests.support.small_policy import CITY, COUNTY, COURT, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import Case


def objected() -> Case:
    case = Case().classified()
    handover_id = case.handed_over(HOUSING)
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=secret("not ours"))
    return case


def test_who_objects_with_success_has_no_part_any_more_and_is_told_of_that_last() -> None:
    case = objected()
    handover = case.state.handover
    assert handover
    assert case.state.participation.disputed == tuple(sorted((HOUSING, OFFICE)))
    case.do("DecideObjection", handover_id=handover.handover_id, upheld=True)
    assert (set(case.state.parties), case.state.participation.former) == ({OFFICE}, (HOUSING,))
    assert case.state.participation.disputed == ()
    assert HOUSING in PETITION.audience(case.state)
    case.handed_over(LABOUR)
    assert PETITION.audience(case.state) == sorted((LABOUR, OFFICE))


def test_a_dispute_goes_on_while_the_sender_holds_to_the_hand_over() -> None:
    case = objected()
    handover = case.state.handover
    assert handover
    case.do("DecideObjection", handover_id=handover.handover_id, upheld=False)
    assert case.state.participation.disputed == tuple(sorted((HOUSING, OFFICE)))
    case.do("AcceptPetition", officer(HOUSING))
    assert case.state.participation.disputed == ()


def test_responsibility_that_moves_away_ends_the_part_of_who_had_it_but_not_of_who_registered() -> None:
    case = Case().accepted(HOUSING)
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    assert (set(case.state.parties), case.state.participation.former) == ({OFFICE, LABOUR}, (HOUSING,))


def test_a_part_that_begins_again_is_a_part() -> None:
    case = Case().accepted(HOUSING)
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert (set(case.state.parties), case.state.participation.former) == ({OFFICE, HOUSING}, (LABOUR,))


@pytest.mark.parametrize(
    ("kind", "stays"), [(types.HANDOVER_KIND_REFERRAL, True), (types.HANDOVER_KIND_TRANSFER, False)]
)
def test_who_refers_a_matter_is_owed_the_report_and_stays_who_transfers_it_goes(
    kind: types.HandoverKind.ValueType, stays: bool
) -> None:
    parts = after(Participation(), intake.ResponsibilityMoved(to_unit=HOUSING))
    handed = intake.PetitionHandedOver(handover_id="h", from_unit=HOUSING, to_unit=LABOUR, kind=kind)
    moved = intake.ResponsibilityMoved(to_unit=LABOUR, basis=types.MOVE_BASIS_ACCEPTANCE, basis_id="h")
    parts = after(after(parts, handed), moved)
    assert (HOUSING in parts.parties) == stays


def test_a_referral_that_was_not_taken_is_owed_no_report() -> None:
    handed = intake.PetitionHandedOver(
        handover_id="h", from_unit=HOUSING, to_unit=LABOUR, kind=types.HANDOVER_KIND_REFERRAL
    )
    moved = intake.ResponsibilityMoved(to_unit=OFFICE, basis=types.MOVE_BASIS_SUPERIOR_DECISION, basis_id="h")
    parts = after(after(after(Participation(), intake.ResponsibilityMoved(to_unit=HOUSING)), handed), moved)
    assert (set(parts.parties), parts.former) == ({OFFICE}, tuple(sorted((HOUSING, LABOUR))))


@pytest.mark.parametrize(
    ("begun", "ended", "agencies"),
    [
        (
            judicial.LitigationReferred(referring_unit=HOUSING, organ=COURT),
            judicial.ReferralHandedBack(),
            {HOUSING, COURT},
        ),
        (judicial.LitigationReferred(organ=COURT), judicial.ReferralDeclined(), {COURT}),
        (
            reception.MeetingConvened(convener=CITY, participants=[HOUSING, LABOUR]),
            reception.MeetingClosed(),
            {CITY, HOUSING, LABOUR},
        ),
        (
            supervision.OrderIssued(unit=HOUSING, supervisor=CITY),
            supervision.OrderCarriedOut(),
            {HOUSING, CITY},
        ),
    ],
    ids=["handed back", "declined", "meeting", "order"],
)
def test_what_a_meeting_order_or_referral_gave_ends_with_it_and_with_no_other(
    begun: Message, ended: Message, agencies: set[str]
) -> None:
    parts = after(Participation(), begun, "one")
    assert parts.parties == agencies
    assert after(parts, ended, "other") == parts
    over = after(parts, ended, "one")
    assert (set(over.parties), over.former) == (set(), tuple(sorted(agencies)))


def test_a_task_or_review_that_is_done_keeps_its_part_until_the_case_is_closed() -> None:
    task = intake.ResolutionItemApplied(item_id="1", unit=LABOUR, kind=types.RESOLUTION_ITEM_KIND_TASK)
    parts = after(after(Participation(), task), intake.ReviewRequested(review_id="r", organ=COUNTY))
    closed = intake.PetitionClosed()
    assert after(parts, closed) == parts
    parts = after(after(parts, intake.ResolutionTaskDone(item_id="1")), intake.ReviewServed(review_id="r"))
    assert parts.parties == {LABOUR, COUNTY}
    assert after(parts, closed).parties == frozenset()


def test_of_every_event_it_is_said_whether_it_begins_or_ends_a_part() -> None:
    logs = (intake, judicial, reception, supervision)
    events = {getattr(log, name) for log in logs for name in log.DESCRIPTOR.message_types_by_name}
    assert CHANGES.keys() | WITHOUT == events
    assert not CHANGES.keys() & WITHOUT

"""Promise P13: its checker holds where everybody was entitled, and finds each planted usurpation."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Authority, Cause
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin.reception.v1.types_pb2 import CaseAuthority
from huiyin.supervision.v1 import events_pb2 as supervision
from huiyin_audit.checks import authority
from huiyin_audit.findings import PromiseOutcome
from huiyin_domain.directory import Directory, Organisation, OrganisationKind
from huiyin_kernel.codec import timestamp
from tests.unit.audit.book import START, Act, act_with, changed, identity, told, without
from tests.unit.audit.legal_story import (
    BUREAU,
    COURT,
    INTAKE,
    ITEMS,
    JUDICIAL,
    MEETING,
    OFFICE,
    PROVINCE,
    RECEPTION,
    RESOLUTION,
    SCHOOLS,
    applied,
    case,
    legal_story,
    meeting,
    moved,
    petition,
    registered,
)
from tests.unit.audit.legal_story import DIRECTORY as OF_STORY

STRANGER, CENTRE, CONFERENCE = "STRANGER", "CENTRE", "CONFERENCE"
DIRECTORY = Directory(
    [
        *OF_STORY,
        Organisation(STRANGER, STRANGER, STRANGER, OrganisationKind.DEPARTMENT, "980000"),
        Organisation(CENTRE, CENTRE, CENTRE, OrganisationKind.CENTRE, "990000", operators=(SCHOOLS,)),
        Organisation(
            CONFERENCE, CONFERENCE, CONFERENCE, OrganisationKind.CONFERENCE, "990000", office=SCHOOLS
        ),
    ]
)
STORY = legal_story()
SUPERVISION = "supervision@990000"
HOLDER, SUPERIOR = common.AUTHORITY_KIND_HOLDER, common.AUTHORITY_KIND_SUPERIOR
REQUEST = identity("meeting request")


def found(story: Sequence[Act]) -> list[tuple[str, str]]:
    """Rules broken, each with the type of the event."""
    verdict = authority.check(told(story), DIRECTORY)
    return [(one.rule, one.en.partition(" ")[0]) for one in verdict.violations]


def by(story: Sequence[Act], kind: type[Message], agency: str, nth: int = 0) -> list[Act]:
    """The story with another agency behind the nth event of a type."""
    at = act_with(story, kind, nth)
    return [*story[:at], replace(story[at], agency=agency), *story[at + 1 :]]


def seen(*names: str, version: int = 1) -> tuple[Cause, ...]:
    return tuple(Cause(log=INTAKE, stream=f"petition-{case(name)}", version=version) for name in names)


def over(name: str, kind: Any = HOLDER, organ: str = OFFICE) -> CaseAuthority:
    named = Authority(kind=kind, organ=organ)
    return CaseAuthority(case_id=case(name), authority=named, responsible_unit=OFFICE, epoch=1)


def convened(
    convener: str = OFFICE, called: Sequence[str] = (OFFICE, BUREAU, SCHOOLS), **fields: Any
) -> reception.MeetingConvened:
    given = {"authorities": [over("D"), over("E")], **fields}
    return reception.MeetingConvened(
        meeting_id=MEETING, convener=convener, participants=called, case_ids=[case("D"), case("E")], **given
    )


def sat(convening: reception.MeetingConvened, *signed_by: str, ordered: Sequence[Act] = ()) -> list[Act]:
    """A meeting whose resolution gives D to BUREAU and SCHOOLS a task in E, as it is now recorded."""
    bound = reception.ResolutionBound(
        meeting_id=MEETING,
        resolution_id=RESOLUTION,
        items=ITEMS,
        signed_by=signed_by,
        authorities=convening.authorities,
    )
    known, host = seen("D", "E"), convening.convener
    proposed = reception.ResolutionProposed(resolution_id=RESOLUTION, items=ITEMS)
    return [
        petition("D", OFFICE, "RegisterPetition", 0, registered("D", 62), day=62),
        petition("E", OFFICE, "RegisterPetition", 0, registered("E", 62)),
        meeting("Convene", convening, agency=host, causes=known),
        meeting("Propose", proposed, agency=host, causes=known),
        *(
            meeting(
                "Sign", reception.ResolutionSigned(resolution_id=RESOLUTION, agency=one), name=one, agency=one
            )
            for one in signed_by
        ),
        *ordered,
        meeting("Bind", bound, agency=host, causes=known),
        resolved(),
    ]


def resolved() -> Act:
    writes = (
        (f"petition-{case('D')}", applied(ITEMS[0])),
        (f"petition-{case('D')}", moved(OFFICE, BUREAU, 2, types.MOVE_BASIS_RESOLUTION, RESOLUTION)),
        (f"petition-{case('E')}", applied(ITEMS[1])),
    )
    return Act(INTAKE, writes, "intake", "reaction/resolution", "", causes=())


def ordered(agency: str, organ: str = "", kind: Any = SUPERIOR) -> Act:
    event = reception.ResolutionOrdered(
        resolution_id=RESOLUTION,
        item_ids=[item.item_id for item in ITEMS],
        authority=Authority(kind=kind, organ=organ or agency),
        agency=agency,
    )
    return meeting("Order", event, agency=agency, causes=seen("D", "E"))


ALL = (OFFICE, BUREAU, SCHOOLS)


def test_a_legal_history_of_before_authorities_were_named_holds() -> None:
    assert authority.check(told(STORY), DIRECTORY).outcome is PromiseOutcome.HOLDS


def test_a_resolution_that_its_units_signed_holds() -> None:
    assert found(sat(convened(), *ALL)) == []


def test_a_resolution_that_their_common_superior_ordered_holds() -> None:
    assert found(sat(convened(), BUREAU, ordered=[ordered(PROVINCE)])) == []


def test_a_case_taken_from_a_unit_that_did_not_sign_is_found() -> None:
    story = sat(convened(), BUREAU, SCHOOLS)
    assert found(story) == [("NO_AUTHORITY", "ResolutionItemApplied")] * 2


def test_before_signatures_were_told_the_unit_that_got_an_item_had_to_sign() -> None:
    story = without(STORY, reception.ResolutionSigned, 1)
    assert found(story) == [("NO_AUTHORITY", "ResolutionItemApplied")]


@pytest.mark.parametrize("agency", [BUREAU, STRANGER, COURT])
def test_an_order_by_who_does_not_stand_above_the_units_is_found(agency: str) -> None:
    story = sat(convened(), BUREAU, SCHOOLS, ordered=[ordered(agency)])
    assert set(found(story)) == {
        ("NO_AUTHORITY", "ResolutionOrdered"),
        ("NO_AUTHORITY", "ResolutionItemApplied"),
    }


def test_an_order_in_the_name_of_another_organ_is_found() -> None:
    story = sat(convened(), *ALL, ordered=[ordered(PROVINCE, CONFERENCE, common.AUTHORITY_KIND_CONFERENCE)])
    assert found(story) == [("NAMED_OTHERWISE", "ResolutionOrdered")] * 2


def test_a_meeting_called_by_strangers_is_found() -> None:
    story = sat(convened(STRANGER, (STRANGER, OFFICE, BUREAU, SCHOOLS)), *ALL)
    assert set(found(story)) == {("NO_AUTHORITY", "MeetingConvened"), ("NO_AUTHORITY", "ResolutionBound")}


def test_a_meeting_without_the_responsible_unit_is_found() -> None:
    others = convened(PROVINCE, (BUREAU, SCHOOLS), authorities=[over("D", SUPERIOR, PROVINCE)] * 2)
    assert ("NO_AUTHORITY", "MeetingConvened") in found(sat(others, BUREAU, SCHOOLS))


def test_a_centre_that_nobody_asked_is_found_and_one_that_was_asked_is_not() -> None:
    at_centre = convened(CENTRE, (CENTRE, *ALL))
    assert ("NO_AUTHORITY", "MeetingConvened") in found(sat(at_centre, *ALL))
    asked = [petition(name, OFFICE, "RequestMeeting", 1, requested(), day=62) for name in ("D", "E")]
    story = sat(at_centre, *ALL)
    known = [replace(act, causes=seen("D", "E", version=2)) if act.causes else act for act in story[2:]]
    assert found([*story[:2], *asked, *known]) == []


def requested(unit: str = OFFICE) -> intake.MeetingRequested:
    named = Authority(kind=HOLDER, organ=unit)
    return intake.MeetingRequested(request_id=REQUEST, unit=unit, centre=CENTRE, authority=named)


def test_a_request_by_another_than_the_responsible_unit_is_found() -> None:
    story = [*STORY, petition("F", BUREAU, "RequestMeeting", 1, requested(BUREAU))]
    assert found(story) == [("NO_AUTHORITY", "MeetingRequested")]


def test_who_signs_for_another_or_was_not_called_is_found() -> None:
    assert found(by(sat(convened(), *ALL), reception.ResolutionSigned, OFFICE, 1)) == [
        ("NO_AUTHORITY", "ResolutionSigned")
    ]
    assert found(sat(convened(), *ALL, STRANGER)) == [("NO_AUTHORITY", "ResolutionSigned")]


def test_a_convener_that_did_not_call_the_meeting_is_found() -> None:
    assert found(by(sat(convened(), *ALL), reception.ResolutionBound, BUREAU)) == [
        ("NO_AUTHORITY", "ResolutionBound")
    ]
    assert found(by(STORY, reception.MeetingConvened, BUREAU)) == [("NO_AUTHORITY", "MeetingConvened")]


def visit(agency: str, kind: Any, organ: str, *agencies: str) -> list[Act]:
    event = reception.VisitReceived(
        visit_id=identity("visit"),
        centre=CENTRE,
        case_id=case("F"),
        agencies=agencies or (agency,),
        authority=Authority(kind=kind, organ=organ),
    )
    writes = ((f"visit-{event.visit_id}", event),)
    return [*STORY, Act(RECEPTION, writes, agency, "visit", causes=seen("F"))]


def test_a_visit_recorded_by_the_responsible_unit_holds_and_by_a_stranger_is_found() -> None:
    assert found(visit(OFFICE, HOLDER, OFFICE)) == []
    for kind, organ in ((HOLDER, OFFICE), (common.AUTHORITY_KIND_PETITIONER, STRANGER)):
        assert found(visit(STRANGER, kind, organ, STRANGER, OFFICE)) == [("NO_AUTHORITY", "VisitReceived")]


def test_a_part_given_by_a_visit_that_the_responsible_unit_did_not_record_is_found() -> None:
    story = visit(BUREAU, HOLDER, OFFICE)
    assert found(story) == [("NO_AUTHORITY", "VisitReceived")]


def test_a_registration_by_another_than_who_received_it_is_found() -> None:
    assert found(by(STORY, intake.PetitionRegistered, STRANGER)) == [("NO_AUTHORITY", "PetitionRegistered")]


def test_a_part_that_does_not_begin_with_its_origins_holder_is_found() -> None:
    assert ("NO_AUTHORITY", "PetitionRegistered") in found(
        changed(STORY, intake.PetitionRegistered, 2, unit=SCHOOLS)
    )


def test_a_hand_over_by_another_than_the_responsible_unit_is_found() -> None:
    assert found(by(STORY, intake.PetitionHandedOver, BUREAU)) == [("NO_AUTHORITY", "PetitionHandedOver")]


def test_an_acceptance_by_another_than_who_takes_the_case_is_found() -> None:
    assert found(by(STORY, intake.PetitionAccepted, SCHOOLS)) == [("NO_AUTHORITY", "ResponsibilityMoved")]


@pytest.mark.parametrize("agency", [BUREAU, STRANGER])
def test_a_decision_by_an_agency_that_is_no_common_superior_is_found(agency: str) -> None:
    """It is the third move of the story, but for the first case's and the two of the referral."""
    at = act_with(STORY, intake.ResponsibilityMoved, 4)
    assert found([*STORY[:at], replace(STORY[at], agency=agency), *STORY[at + 1 :]]) == [
        ("NO_AUTHORITY", "ResponsibilityMoved")
    ]


def test_the_conference_decides_through_its_office_between_units_without_a_common_superior() -> None:
    decided = intake.ResponsibilityMoved(
        from_unit=OFFICE,
        to_unit=COURT,
        epoch=2,
        basis=types.MOVE_BASIS_SUPERIOR_DECISION,
        authority=Authority(kind=common.AUTHORITY_KIND_CONFERENCE, organ=CONFERENCE),
    )
    orphan = Directory(replace(one, superior="") if one.code == COURT else one for one in DIRECTORY)
    story = [*STORY, petition("F", SCHOOLS, "DecideCompetence", 1, decided)]
    assert authority.check(told(story), orphan).outcome is PromiseOutcome.HOLDS
    usurped = [*STORY, petition("F", BUREAU, "DecideCompetence", 1, decided)]
    assert authority.check(told(usurped), orphan).outcome is PromiseOutcome.BROKEN


def test_a_review_by_an_organ_that_is_not_one_level_above_is_found() -> None:
    assert found(changed(STORY, intake.ReviewRequested, organ=SCHOOLS)) == [
        ("NO_AUTHORITY", "ReviewRequested")
    ]


def test_a_recusal_put_before_who_does_not_decide_it_or_asked_by_a_stranger_is_found() -> None:
    own = Authority(kind=HOLDER, organ=OFFICE)
    asked = intake.RecusalRequested(recusal_id=identity("r"), unit=OFFICE, officer="li", decider=OFFICE)
    asked.authority.CopyFrom(own)
    of_head = intake.RecusalRequested(recusal_id=identity("r"), unit=OFFICE, decider=PROVINCE, authority=own)
    elsewhere = intake.RecusalRequested(recusal_id=identity("r"), unit=OFFICE, decider=BUREAU, authority=own)
    of_another = intake.RecusalRequested(recusal_id=identity("r"), unit=BUREAU, decider=BUREAU, authority=own)
    for event, agency, usurped in (
        (asked, OFFICE, False),
        (of_head, OFFICE, False),
        (asked, BUREAU, True),
        (elsewhere, OFFICE, True),
        (of_another, OFFICE, True),
    ):
        story = [*STORY, petition("F", agency, "RequestRecusal", 1, event)]
        assert found(story) == ([("NO_AUTHORITY", "RecusalRequested")] if usurped else [])


def test_what_a_recused_officer_decides_is_found() -> None:
    decided = intake.RecusalDecided(recusal_id=identity("r"), unit=OFFICE, officer="li", granted=True)
    act = petition("F", OFFICE, "DecideRecusal", 1, decided)
    restated = intake.PetitionRestated(authority=Authority(kind=HOLDER, organ=OFFICE))
    later = petition("F", OFFICE, "RestatePetition", 1, restated)
    assert found([*STORY, act, replace(later, officer="wang")]) == []
    assert found([*STORY, act, replace(later, officer="li")]) == [("NO_AUTHORITY", "PetitionRestated")]
    assert found([*STORY, replace(later, officer="li"), act]) == []


def test_a_recall_an_order_to_answer_and_a_proof_of_receipt_by_others_are_found() -> None:
    handed = intake.PetitionHandedOver(
        handover_id=identity("another"), kind=types.HANDOVER_KIND_TRANSFER, from_unit=OFFICE, to_unit=BUREAU
    )
    begun = [*STORY, petition("F", OFFICE, "HandOverPetition", 1, handed)]
    order = intake.HandoverOrdered(handover_id=handed.handover_id, unit=BUREAU)
    recall = intake.HandoverRecalled(handover_id=handed.handover_id, unit=BUREAU)
    proof = intake.HandoverReceiptProved(handover_id=handed.handover_id, unit=BUREAU)
    for event, rightful, usurper in (
        (order, PROVINCE, SCHOOLS),
        (recall, OFFICE, BUREAU),
        (proof, OFFICE, BUREAU),
        (proof, PROVINCE, SCHOOLS),
    ):
        name = type(event).__name__
        assert found([*begun, petition("F", rightful, name, 1, event)]) == []
        assert found([*begun, petition("F", usurper, name, 1, event)]) == [("NO_AUTHORITY", name)]


def test_a_referral_by_another_than_the_responsible_unit_is_found() -> None:
    assert found(by(STORY, judicial.LitigationReferred, BUREAU)) == [("NO_AUTHORITY", "LitigationReferred")]


def test_an_offer_by_another_than_the_responsible_unit_is_found() -> None:
    offered = intake.CaseOffered(
        offer_id=identity("offer"), case_id=case("F"), from_unit=OFFICE, to_unit=COURT, epoch=1
    )
    assert found([*STORY, petition("F", OFFICE, "ReferLitigation", 1, offered)]) == []
    usurped = found([*STORY, petition("F", BUREAU, "ReferLitigation", 1, offered)])
    assert usurped == [("NO_AUTHORITY", "CaseOffered")]


def test_a_referral_that_follows_from_no_offer_is_found() -> None:
    named = Authority(kind=HOLDER, organ=OFFICE)
    offered = intake.CaseOffered(
        offer_id=identity("offer"), case_id=case("F"), from_unit=OFFICE, to_unit=COURT, epoch=1
    )
    referred = judicial.LitigationReferred(
        referral_id=offered.offer_id,
        case_id=case("F"),
        organ=COURT,
        referring_unit=OFFICE,
        epoch=1,
        authority=named,
    )
    writes = ((f"referral-{offered.offer_id}", referred),)
    follows = Act(JUDICIAL, writes, "judicial", "reaction/offer", causes=seen("F", version=3))
    made = petition("F", OFFICE, "ReferLitigation", 1, offered)
    assert found([*STORY, made, follows]) == []
    assert found([*STORY, follows]) == [("NO_AUTHORITY", "LitigationReferred")]


def test_an_acknowledgement_for_another_organ_is_found() -> None:
    assert found(by(STORY, judicial.ReferralAcknowledged, BUREAU)) == [
        ("NO_AUTHORITY", "ReferralAcknowledged")
    ]


def test_a_supervision_order_in_another_agencys_name_is_found() -> None:
    order = supervision.OrderIssued(case_id=case("F"), unit=OFFICE, supervisor=PROVINCE)
    writes = ((f"order-{identity('order')}", order),)
    assert found([*STORY, Act(SUPERVISION, writes, PROVINCE, "order")]) == []
    assert found([*STORY, Act(SUPERVISION, writes, BUREAU, "order")]) == [("NO_AUTHORITY", "OrderIssued")]


def test_without_the_other_log_the_question_stays_open() -> None:
    history = told(sat(convened(), *ALL))
    alone = replace(history, logs={RECEPTION: history.logs[RECEPTION]})
    verdict = authority.check(alone, DIRECTORY)
    assert (verdict.outcome, {one.rule for one in verdict.open_questions}) == (
        PromiseOutcome.UNKNOWN,
        {"NOT_LOOKED_UP"},
    )


def test_every_event_that_names_an_authority_is_judged() -> None:
    """A new event with the field cannot be forgotten."""
    named = {
        getattr(module, name)
        for module in (intake, reception, judicial, supervision)
        for name, message in module.DESCRIPTOR.message_types_by_name.items()
        if {"authority", "authorities"} & {field.name for field in message.fields}
    }
    classified = {intake.PetitionClassified, intake.PetitionRestated}  # they give nobody a part: P11 has them
    assert named - classified <= set(authority.judges(told(STORY), DIRECTORY))


def test_a_case_restated_by_another_than_its_holder_or_its_office_is_found() -> None:
    own = Authority(kind=common.AUTHORITY_KIND_HOLDER, organ=OFFICE)
    restated = intake.PetitionRestated(authority=own)
    assert found([*STORY, petition("F", OFFICE, "RestatePetition", 1, restated)]) == []
    other = intake.PetitionRestated(authority=Authority(organ=BUREAU))
    stolen = petition("F", BUREAU, "RestatePetition", 1, other)
    assert found([*STORY, stolen]) == [("NO_AUTHORITY", "PetitionRestated")]


def test_a_registration_put_right_by_another_or_to_the_petitioners_loss_is_found() -> None:
    def corrects(agency: str, day: int, kind: common.EntryKind.ValueType = common.ENTRY_KIND_TIMELY) -> Act:
        event = intake.RegistrationCorrected(fields=["received_time"], authority=Authority(organ=agency))
        event.received_time.CopyFrom(timestamp(START + timedelta(days=day)))
        act = petition("F", agency, "CorrectRegistration", 1, event)
        return replace(act, entry=common.Entry(kind=kind))

    late = common.ENTRY_KIND_LATE
    assert found([*STORY, corrects(OFFICE, -3)]) == found([*STORY, corrects(OFFICE, 300, late)]) == []
    planted = [("NO_AUTHORITY", "RegistrationCorrected")]
    assert found([*STORY, corrects(BUREAU, -3)]) == found([*STORY, corrects(OFFICE, 300)]) == planted

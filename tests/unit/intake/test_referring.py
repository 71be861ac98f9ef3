"""移送: litigation goes to the judicial organ of its level by an offer and no other way (Arts. 22, 28)."""

from collections.abc import Sequence
from typing import Any

import pytest
from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import SplitPetitionRequest, Statement
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.judicial.v1 import types_pb2 as organs
from huiyin_domain.context import Role
from huiyin_domain.directory import named_digits
from huiyin_domain.intake.decide.split import SplitDecision, split
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.reactions import on_declined
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import (
    CITY_OFFICE,
    COUNTY,
    COURT,
    DISCIPLINE,
    HOUSING,
    LABOUR,
    OFFICE,
    STRANGER,
)
from tests.unit.intake.petitions import (
    ACCUSATION,
    LITIGATION,
    PETITION_CLAIM,
    SUGGESTION,
    Case,
    kinds,
    made,
)
from tests.unit.intake.reacting import ASSIGN, TASK, acknowledged, bound, item, returned, taking

TO_COURT: dict[str, Any] = {"organ": COURT, "organ_kind": organs.ORGAN_KIND_COURT, "matter": secret("suit")}
TRANSFER = types.HANDOVER_KIND_TRANSFER


def litigation(by: str = OFFICE) -> Case:
    return Case(by=by).classified(**LITIGATION)


def offer_of(made_events: Sequence[Message]) -> events.CaseOffered:
    return made(made_events[-1], events.CaseOffered)


def offered() -> tuple[Case, str]:
    case = litigation()
    return case, offer_of(case.do("ReferLitigation", **TO_COURT)).offer_id


def declined(case: Case, offer_id: str, reason: organs.DeclineReason.ValueType) -> None:
    case.given(*on_declined(case.state, offer_id, judicial.ReferralDeclined(organ=COURT, reason=reason)))


def test_the_responsible_unit_offers_and_stays_responsible() -> None:
    case = litigation()
    offer = offer_of(case.do("ReferLitigation", **TO_COURT))
    assert (offer.from_unit, offer.to_unit, offer.epoch) == (OFFICE, COURT, 1)
    assert (offer.authority.kind, offer.authority.organ) == (common.AUTHORITY_KIND_HOLDER, OFFICE)
    assert (case.state.holder, case.state.epoch) == (OFFICE, 1)
    assert COURT in case.state.parties


def test_only_a_matter_of_the_judicial_track_is_referred() -> None:
    for course in (PETITION_CLAIM, SUGGESTION, ACCUSATION):
        case = Case().classified(**course)
        case.no("TRACK_MISMATCH", "ReferLitigation", **TO_COURT)
    Case().no("TRACK_MISMATCH", "ReferLitigation", **TO_COURT)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"organ_kind": organs.ORGAN_KIND_UNSPECIFIED}, "FIELD_REQUIRED"),
        ({"organ": "nobody"}, "UNKNOWN_UNIT"),
        ({"organ": HOUSING}, "WRONG_ORGAN_KIND"),
        ({"organ_kind": organs.ORGAN_KIND_POLICE}, "WRONG_ORGAN_KIND"),
        ({"matter": None}, "CONTENT_REQUIRED"),
        ({"epoch": 0}, "EPOCH_REQUIRED"),
    ],
)
def test_a_referral_to_the_wrong_organ_or_without_a_word_is_refused(
    change: dict[str, Any], reason: str
) -> None:
    litigation().no(reason, "ReferLitigation", **(TO_COURT | change))


def test_letters_go_to_the_organ_of_the_senders_level() -> None:
    """Art. 22(2): the city's office does not refer to the county's court."""
    litigation(CITY_OFFICE).no("WRONG_LEVEL", "ReferLitigation", **TO_COURT)


@pytest.mark.parametrize(
    "division, digits",
    [("000000", 0), ("990000", 2), ("990100", 4), ("990101", 6), ("990110", 6), ("990101001000", 9)],
)
def test_the_level_of_a_place_is_how_much_its_code_names(division: str, digits: int) -> None:
    assert named_digits(division) == digits


@pytest.mark.parametrize("by", [STRANGER, HOUSING, COURT, COUNTY])
def test_a_stranger_that_guesses_the_id_neither_refers_nor_withdraws(by: str) -> None:
    """Nor does the organ offer itself the case. Nothing is learnt: there is no such case."""
    case = litigation()
    case.no("NO_SUCH_CASE", "ReferLitigation", officer(by), **TO_COURT)
    case.no("NO_SUCH_CASE", "WithdrawOffer", officer(by), offer_id=identity(9999))


def test_a_person_refers_and_no_machine() -> None:
    litigation().no("OFFICER_REQUIRED", "ReferLitigation", officer(OFFICE, "", Role.SYSTEM), **TO_COURT)


def test_one_offer_is_open_at_a_time() -> None:
    case, offer_id = offered()
    refused = case.no("OFFER_OPEN", "ReferLitigation", **TO_COURT)
    assert refused.facts["offer_id"] == offer_id
    acknowledged(case, COURT, identity(77))
    case.no("REFERRAL_OPEN", "ReferLitigation", officer(COURT), **TO_COURT)


def test_an_offer_is_withdrawn_once_and_only_while_it_is_open() -> None:
    case, offer_id = offered()
    (withdrawn,) = case.do("WithdrawOffer", offer_id=offer_id)
    assert made(withdrawn, events.OfferWithdrawn).cause == types.WITHDRAWAL_CAUSE_BY_UNIT
    assert case.do("WithdrawOffer", offer_id=offer_id) == ()
    case.no("NO_OPEN_OFFER", "WithdrawOffer", offer_id=identity(9999))
    case.do("ReferLitigation", **TO_COURT)


def test_while_it_is_offered_its_unit_does_nothing_else_with_the_matter() -> None:
    case, _ = offered()
    why = {"reasons": secret("why"), "remedy": secret("there"), "redirect_unit": COURT}
    code = types.NON_ACCEPTANCE_CODE_LITIGATION
    case.no("OFFER_OPEN", "HandOverPetition", kind=TRANSFER, to_unit=HOUSING)
    case.no("OFFER_OPEN", "AcceptPetition")
    case.no("OFFER_OPEN", "DeclinePetition", code=code, **why)
    case.no("OFFER_OPEN", "LeadIntoProcedure", route=types.ROUTE_JUDICIAL, organ=COURT)
    case.no("OFFER_OPEN", "ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_whatever_changes_the_case_ends_its_offer_in_the_same_decision() -> None:
    moved, _ = offered()
    decided = moved.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert kinds(decided) == ["OfferWithdrawn", "ResponsibilityMoved"]
    assert made(decided[0], events.OfferWithdrawn).cause == types.WITHDRAWAL_CAUSE_MOVED
    for kind in (ASSIGN, TASK):
        resolved, _ = offered()
        changes = bound([resolved], item(resolved, 1, kind, HOUSING))[resolved.state.case_id]
        assert made(changes[0], events.OfferWithdrawn).cause == types.WITHDRAWAL_CAUSE_RESOLUTION
        assert resolved.state.offer is None


def test_a_part_split_off_leaves_the_offer_of_the_rest() -> None:
    """What the organ then takes is the litigation that it was offered."""
    case, offer_id = offered()
    part = {"content": secret("help"), "remainder": Statement(content=secret("the suit"))}
    command = case.command("SplitPetition", track=common.TRACK_ADMINISTRATIVE, **part)
    assert isinstance(command, SplitPetitionRequest)
    decision = split(case.state, command, case.context(case.holder))
    assert isinstance(decision, SplitDecision)
    case.given(*decision.origin_events)
    case.given(*taking(case, offer_id, COURT))
    assert (case.state.holder, case.state.epoch) == (COURT, 2)


def test_an_organ_that_is_accused_loses_the_offer_with_the_finding() -> None:
    case, offer_id = offered()
    decided = case.do("ClassifyPetition", **ACCUSATION, accused_units=[COURT])
    assert kinds(decided)[:2] == ["OfferWithdrawn", "PetitionClassified"]
    assert COURT not in PETITION.audience(case.state)
    assert kinds(taking(case, offer_id, COURT)) == ["OfferLapsed"]
    again = Case().classified(**ACCUSATION, accused_units=[COURT])
    again.no("TRACK_MISMATCH", "ReferLitigation", **TO_COURT)


def test_a_matter_once_offered_leaves_the_judicial_track_by_no_name_of_its_own() -> None:
    """Nobody gets round the judicial organs by classifying anew; what the organ finds opens the way."""
    case, offer_id = offered()
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)
    case.do("WithdrawOffer", offer_id=offer_id)
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)
    case.do("ClassifyPetition", **ACCUSATION)
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)
    case.do("ClassifyPetition", **LITIGATION)
    second = offer_of(case.do("ReferLitigation", **TO_COURT)).offer_id
    declined(case, second, organs.DECLINE_REASON_OTHER_ORGAN)
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)
    third = offer_of(case.do("ReferLitigation", **TO_COURT)).offer_id
    declined(case, third, organs.DECLINE_REASON_NOT_LITIGATION)
    case.do("ClassifyPetition", **PETITION_CLAIM)
    case.do("AcceptPetition")


def test_a_part_split_off_as_litigation_does_not_become_anything_else() -> None:
    case = Case()
    part = events.PetitionRegistered()
    part.CopyFrom(made(case.history[0], events.PetitionRegistered))
    part.track, part.origin_case_id = common.TRACK_JUDICIAL, identity(55)
    case.state = PETITION.initial()
    case.given(part)
    case.classified(**LITIGATION)
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)


def test_what_came_back_unconcluded_is_still_the_judicial_organs() -> None:
    case = litigation()
    returned(case, acknowledged(case, COURT), False)
    case.no("TRACK_FIXED_BY_REFERRAL", "ClassifyPetition", **PETITION_CLAIM)
    case.no("REFER_TO_JUDICIAL_ORGAN", "AcceptPetition")
    case.do("ReferLitigation", **TO_COURT)


def test_a_litigation_matter_is_handed_over_to_nobody() -> None:
    """Not to a court, which it is referred to; and nobody else could accept it (Art. 28(2))."""
    case = litigation()
    for unit in (COURT, HOUSING, CITY_OFFICE):
        refused = case.no("REFER_TO_JUDICIAL_ORGAN", "HandOverPetition", kind=TRANSFER, to_unit=unit)
        assert refused.facts["command"] == "ReferLitigation"


def test_a_suggestion_to_a_court_is_an_ordinary_hand_over() -> None:
    case = Case().classified(**SUGGESTION)
    case.handed_over(COURT)
    case.do("AcceptPetition", officer(COURT))
    assert case.state.holder == COURT


def test_a_superior_makes_another_unit_responsible_for_referring_and_no_court_for_the_matter() -> None:
    case = litigation()
    one = item(case, 1, ASSIGN, COURT)
    changes = bound([case], one)[case.state.case_id]
    assert made(changes[0], events.ResolutionItemRefused).reason == "REFER_TO_JUDICIAL_ORGAN"
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    case.do("ReferLitigation", **TO_COURT)


def test_what_is_left_of_a_concluded_matter_is_explained_and_not_decided_again() -> None:
    case = litigation()
    returned(case, acknowledged(case, COURT), True)
    case.do("AcceptPetition")
    for outcome in (types.OPINION_OUTCOME_SUPPORTED, types.OPINION_OUTCOME_NOT_SUPPORTED):
        case.no("JUDICIALLY_CONCLUDED", "IssueOpinion", outcome=outcome, document=secret("no"))
    case.answered(types.OPINION_OUTCOME_EXPLAINED)
    case.do("ClosePetition", kind=types.CLOSING_KIND_JUDICIAL_CONCLUSION)


def test_a_court_that_registered_the_matter_handles_it_itself() -> None:
    case = litigation(COURT)
    case.do("AcceptPetition")
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


@pytest.mark.parametrize("unit", [LABOUR, CITY_OFFICE, COURT])
def test_an_accusation_is_handled_by_no_department(unit: str) -> None:
    """Arts. 22(2), 30: by the discipline organ, or by who manages the accused."""
    case = Case().classified(**ACCUSATION, accused_units=[HOUSING])
    refused = case.no("NOT_COMPETENT", "HandOverPetition", kind=TRANSFER, to_unit=unit)
    assert refused.facts["competent"].startswith(COUNTY)
    case.no("NOT_COMPETENT", "AcceptPetition")


@pytest.mark.parametrize("unit", [DISCIPLINE, COUNTY])
def test_an_accusation_goes_to_the_discipline_organ_or_to_who_manages_the_accused(unit: str) -> None:
    case = Case().classified(**ACCUSATION, accused_units=[HOUSING])
    case.handed_over(unit)
    case.do("AcceptPetition", officer(unit))
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_where_nobody_is_named_as_accused_only_discipline_organs_handle_an_accusation() -> None:
    case = Case().classified(**ACCUSATION)
    case.no("NOT_COMPETENT", "HandOverPetition", kind=TRANSFER, to_unit=COUNTY)
    case.handed_over(DISCIPLINE)

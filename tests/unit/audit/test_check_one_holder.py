"""Promise P2: its checker holds on a legal history and finds each planted violation."""

from dataclasses import replace

import pytest

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.judicial.v1 import events_pb2 as judicial
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_audit.checks import one_holder
from huiyin_audit.findings import PromiseOutcome, Verdict
from tests.unit.audit.book import Act, act_with, changed, told, without
from tests.unit.audit.legal_story import (
    COURT,
    DIRECTORY,
    INTAKE,
    ITEMS,
    OFFICE,
    SCHOOLS,
    case,
    legal_story,
    moved,
    petition,
)

STORY = legal_story()
ACCEPTANCE, TO_COURT, BACK, RESOLUTION, SUPERIOR = range(5)


def judged(story: list[Act]) -> Verdict:
    return one_holder.check_responsibility(told(story), DIRECTORY)


def rules(story: list[Act]) -> list[str]:
    return [finding.rule for finding in judged(story).violations]


def test_a_legal_history_holds() -> None:
    assert judged(STORY).outcome is PromiseOutcome.HOLDS


def test_a_second_unit_that_gives_away_what_it_has_not_is_found() -> None:
    assert "HOLDER_MISMATCH" in rules(changed(STORY, intake.ResponsibilityMoved, from_unit=SCHOOLS))


def test_a_case_left_without_a_responsible_unit_is_found() -> None:
    assert "NO_HOLDER" in rules(changed(STORY, intake.ResponsibilityMoved, SUPERIOR, to_unit=""))
    assert "NO_HOLDER" in rules(changed(STORY, intake.PetitionRegistered, unit=""))


@pytest.mark.parametrize("epoch", [1, 3, 0])
def test_an_epoch_that_is_not_one_more_is_found(epoch: int) -> None:
    found = rules(changed(STORY, intake.ResponsibilityMoved, SUPERIOR, epoch=epoch))
    assert found == ["EPOCH_NOT_NEXT"]


@pytest.mark.parametrize(
    "basis", [types.MOVE_BASIS_UNSPECIFIED, types.MOVE_BASIS_REGISTRATION, types.MOVE_BASIS_RESOLUTION]
)
@pytest.mark.parametrize("nth", [ACCEPTANCE, SUPERIOR])
def test_a_move_on_another_basis_than_it_has_is_found(basis: types.MoveBasis.ValueType, nth: int) -> None:
    assert rules(changed(STORY, intake.ResponsibilityMoved, nth, basis=basis)) == ["UNLAWFUL_MOVE"]


def test_an_acceptance_by_a_unit_it_was_not_handed_to_is_found() -> None:
    story = changed(STORY, intake.PetitionHandedOver, to_unit=SCHOOLS)
    assert rules(story) == ["UNLAWFUL_MOVE"]


def test_an_acceptance_after_the_objection_was_upheld_is_found() -> None:
    handover_id = petition_handover()
    upheld = petition("A", OFFICE, "Decide", 1, intake.ObjectionUpheld(handover_id=handover_id), day=7)
    at = act_with(STORY, intake.ObjectionRefused)
    assert rules([*STORY[:at], upheld, *STORY[at + 1 :]]) == ["UNLAWFUL_MOVE"]


def petition_handover() -> str:
    message = STORY[act_with(STORY, intake.PetitionHandedOver)].writes[0][1]
    assert isinstance(message, intake.PetitionHandedOver)
    return message.handover_id


def test_a_move_by_acceptance_without_the_acceptance_is_found() -> None:
    assert rules(without(STORY, intake.PetitionAccepted)) == ["UNLAWFUL_MOVE"]


def test_an_acceptance_without_responsibility_is_found() -> None:
    story = without(STORY, intake.ResponsibilityMoved, ACCEPTANCE)
    assert "ACCEPTED_BY_ANOTHER" in rules(story)


def test_a_hand_over_by_a_unit_that_is_not_responsible_is_found() -> None:
    assert rules(changed(STORY, intake.PetitionHandedOver, from_unit=SCHOOLS)) == ["HANDED_OVER_BY_ANOTHER"]


def test_a_move_by_a_resolution_that_never_bound_is_found() -> None:
    assert rules(without(STORY, reception.ResolutionBound)) == ["UNLAWFUL_MOVE"]


def test_a_move_to_another_unit_than_the_resolution_names_is_found() -> None:
    story = changed(STORY, intake.ResponsibilityMoved, RESOLUTION, to_unit=SCHOOLS)
    assert rules(story) == ["UNLAWFUL_MOVE"]


def test_a_resolution_that_knew_an_older_epoch_is_found() -> None:
    upset = moved(OFFICE, SCHOOLS, 2, types.MOVE_BASIS_SUPERIOR_DECISION, "")
    earlier = petition("D", "PROVINCE", "DecideCompetence", 1, upset)
    at = act_with(STORY, reception.ResolutionBound)
    story = changed([*STORY[:at], earlier, *STORY[at:]], intake.ResponsibilityMoved, RESOLUTION + 1, epoch=3)
    story = changed(story, intake.ResponsibilityMoved, RESOLUTION + 1, from_unit=SCHOOLS)
    assert ITEMS[0].epoch == 1
    assert rules(story) == ["ITEM_KNEW_OLDER_EPOCH"]


def test_a_move_to_a_court_that_did_not_acknowledge_is_found() -> None:
    assert rules(without(STORY, judicial.ReferralAcknowledged)) == ["UNLAWFUL_MOVE"]


def test_a_move_by_a_referral_of_another_case_is_found() -> None:
    story = changed(STORY, judicial.LitigationReferred, case_id=case("A"))
    assert rules(story) == ["UNLAWFUL_MOVE", "UNLAWFUL_MOVE"]


def test_a_referral_that_knew_an_older_epoch_is_found() -> None:
    story = changed(STORY, judicial.LitigationReferred, epoch=7)
    assert rules(story) == ["REFERRAL_KNEW_OLDER_EPOCH"]


def test_a_move_back_that_the_court_did_not_record_is_found() -> None:
    assert rules(without(STORY, judicial.ReferralHandedBack)) == ["UNLAWFUL_MOVE"]
    story = changed(STORY, judicial.ReferralHandedBack, to_unit=SCHOOLS)
    assert rules(story) == ["UNLAWFUL_MOVE"]


def test_a_command_that_knew_an_older_epoch_and_took_effect_is_found() -> None:
    at = act_with(STORY, intake.OpinionIssued)
    stale = replace(STORY[at], epoch=1)
    assert rules([*STORY[:at], stale, *STORY[at + 1 :]]) == ["STALE_EPOCH_TOOK_EFFECT"]


def test_without_the_other_logs_a_basis_there_is_an_open_question() -> None:
    history = told(STORY)
    alone = replace(history, logs={INTAKE: history.logs[INTAKE]})
    verdict = one_holder.check_responsibility(alone, DIRECTORY)
    assert verdict.outcome is PromiseOutcome.UNKNOWN
    assert {finding.rule for finding in verdict.open_questions} == {"LOG_NOT_GIVEN"}
    assert len(verdict.open_questions) == 3
    assert COURT in str(history.logs[INTAKE])

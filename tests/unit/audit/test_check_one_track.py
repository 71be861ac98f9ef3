"""Promise P3: its checker holds on a legal history and finds each planted violation."""

from dataclasses import replace

from google.protobuf.message import Message

from huiyin.common.v1 import types_pb2 as common
from huiyin.intake.v1 import events_pb2 as intake
from huiyin_audit.checks import one_track
from huiyin_audit.findings import PromiseOutcome
from tests.unit.audit.book import Act, act_with, changed, identity, told, without
from tests.unit.audit.legal_story import (
    BUREAU,
    COURT,
    OFFICE,
    SEALED,
    case,
    classified,
    legal_story,
    petition,
)

STORY = legal_story()


def rules(story: list[Act]) -> set[str]:
    return {finding.rule for finding in one_track.check(told(story)).violations}


def after(kind: type[Message], name: str, event: Message) -> list[Act]:
    """The story with an event of a case put in after the first event of a type."""
    at = act_with(STORY, kind) + 1
    return [*STORY[:at], petition(name, OFFICE, "planted", 0, event), *STORY[at:]]


def test_a_legal_history_holds() -> None:
    assert one_track.check(told(STORY)).outcome is PromiseOutcome.HOLDS


def test_a_classification_corrected_before_acceptance_holds() -> None:
    suggestion = classified(common.TRACK_SUGGESTION)
    at = act_with(STORY, intake.PetitionClassified)
    story = [*STORY[:at], petition("A", OFFICE, "first", 0, suggestion), *STORY[at:]]
    assert one_track.check(told(story)).outcome is PromiseOutcome.HOLDS


def test_a_classification_without_a_track_is_found() -> None:
    story = changed(STORY, intake.PetitionClassified, 1, track=common.TRACK_UNSPECIFIED)
    assert rules(story) == {"TRACK_NOT_DECIDED"}


def test_a_track_changed_after_acceptance_is_found() -> None:
    assert "TRACK_CHANGED_UNDER_WAY" in rules(
        after(intake.PetitionAccepted, "A", classified(common.TRACK_JUDICIAL))
    )


def test_a_track_changed_after_the_opinion_is_found() -> None:
    story = after(intake.OpinionServed, "A", classified(common.TRACK_SUGGESTION))
    assert rules(story) == {"TRACK_CHANGED_UNDER_WAY"}


def test_a_track_changed_while_the_court_has_it_is_found() -> None:
    story = after(intake.JudicialReferralAcknowledged, "C", classified())
    assert rules(story) == {"TRACK_CHANGED_UNDER_WAY"}


def test_an_acceptance_while_the_court_has_it_is_found() -> None:
    story = after(intake.JudicialReferralAcknowledged, "C", intake.PetitionAccepted(unit=BUREAU))
    assert rules(story) == {"IN_TWO_TRACKS"}


def test_two_courts_at_once_are_found() -> None:
    second = intake.JudicialReferralAcknowledged(referral_id=identity("second"), organ=COURT)
    assert rules(after(intake.JudicialReferralAcknowledged, "C", second)) == {"IN_TWO_TRACKS"}


def test_a_court_that_takes_an_administrative_matter_is_found() -> None:
    taken = intake.JudicialReferralAcknowledged(referral_id=identity("second"), organ=COURT)
    assert "OF_ANOTHER_TRACK" in rules(after(intake.PetitionClassified, "A", taken))


def test_an_extension_of_a_judicial_matter_is_found() -> None:
    extended = intake.ExtensionApproved(extension_days=10, approved_by="head-1", reasons=SEALED)
    assert rules(after(intake.JudicialReferralReturned, "C", extended)) == {"OF_ANOTHER_TRACK"}


PART = 2
"""The registration of the part among those of the story."""


def before() -> list[Act]:
    """The story as version 0.1 recorded it: origin and part named each other."""
    split = intake.PetitionSplit(part_case_id=case("C"), track=common.TRACK_JUDICIAL, reasons=SEALED)
    at = act_with(STORY, intake.PetitionRestated)
    story = changed(STORY, intake.PetitionRegistered, PART, authority=None)
    writes = ((f"petition-{case('B')}", split), *story[at].writes[1:])
    return [*story[:at], replace(story[at], writes=writes), *story[at + 1 :]]


def test_a_part_of_the_same_track_is_found() -> None:
    story = changed(STORY, intake.PetitionRegistered, PART, track=common.TRACK_ADMINISTRATIVE)
    assert "SPLIT_INTO_SAME_TRACK" in rules(story)


def test_a_split_whose_remainder_was_not_restated_is_found() -> None:
    assert rules(without(STORY, intake.PetitionRestated)) == {"REMAINDER_NOT_RESTATED"}


def test_an_accepted_claim_that_turns_out_to_be_an_accusation_is_in_order() -> None:
    accusing = classified(common.TRACK_DISCIPLINE)
    assert "TRACK_CHANGED_UNDER_WAY" in rules(after(intake.PetitionAccepted, "A", accusing))
    accusing.authority.organ = BUREAU
    assert "TRACK_CHANGED_UNDER_WAY" not in rules(after(intake.PetitionAccepted, "A", accusing))


def test_splits_of_version_0_1_are_in_order() -> None:
    assert rules(before()) == set()


def test_a_split_of_before_into_the_same_track_is_found() -> None:
    story = changed(before(), intake.PetitionSplit, track=common.TRACK_ADMINISTRATIVE)
    assert "SPLIT_INTO_SAME_TRACK" in rules(story)


def test_a_part_of_before_that_does_not_name_its_origin_is_found() -> None:
    unnamed = changed(before(), intake.PetitionRegistered, PART, origin_case_id="")
    assert rules(unnamed) == {"SPLIT_NOT_LINKED"}
    other = changed(before(), intake.PetitionRegistered, PART, origin_case_id=case("A"))
    assert rules(other) == {"SPLIT_NOT_LINKED"}


def test_a_part_of_before_in_another_track_than_the_split_says_is_found() -> None:
    story = changed(before(), intake.PetitionRegistered, PART, track=common.TRACK_DISCIPLINE)
    assert "SPLIT_NOT_LINKED" in rules(story)


def test_a_part_of_before_that_its_origin_does_not_know_is_found() -> None:
    assert rules(without(before(), intake.PetitionSplit)) == {"SPLIT_NOT_LINKED"}


def test_a_split_of_before_without_its_part_is_found() -> None:
    story = before()
    at = act_with(story, intake.PetitionSplit)
    alone = replace(story[at], writes=story[at].writes[:1])
    assert "SPLIT_NOT_LINKED" in rules([*story[:at], alone, *story[at + 1 :]])

"""诉访分离: two linked cases, each in one track (Art. 28(2); promise P3)."""

from dataclasses import replace
from typing import Any

import pytest

from huiyin.common.v1 import types_pb2 as common
from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.decide.split import SplitDecision, split
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.refusal import Refusal
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, HOUSING, OFFICE
from tests.unit.intake.petitions import LITIGATION, PETITION_CLAIM, Case, kinds, made

REST = commands.Statement(subject=secret("rest"), content=secret("the rest"))
JUDICIAL: dict[str, Any] = {
    "track": common.TRACK_JUDICIAL,
    "content": secret("the part"),
    "reasons": secret("litigation"),
    "remainder": REST,
}
ACCUSING = JUDICIAL | {"track": common.TRACK_DISCIPLINE, "accused_units": [HOUSING]}


def decision(case: Case, by: Principal | None = None, **asked: Any) -> Refusal | SplitDecision:
    command = case.command("SplitPetition", **asked)
    assert isinstance(command, commands.SplitPetitionRequest)
    return split(case.state, command, case.context(by or case.holder))


def parted(case: Case, **asked: Any) -> Case:
    """The origin goes on; the part is returned as a case of its own."""
    made_decision = decision(case, **asked)
    assert isinstance(made_decision, SplitDecision), made_decision
    case.given(*made_decision.origin_events)
    part = Case()
    part.state = PETITION.initial()
    part.given(*made_decision.part_events)
    assert part.state.case_id == made_decision.part_case_id
    return part


def refused(case: Case, reason: str, by: Principal | None = None, /, **asked: Any) -> Refusal:
    refusal = decision(case, by, **asked)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == reason
    return refusal


def test_a_split_needs_reasons_and_they_are_those_of_its_classification() -> None:
    """Which track the part is on is decided with it; no part goes to an accusation without a why."""
    case = Case().classified()
    refused = decision(case, **(ACCUSING | {"reasons": Secret()}))
    assert isinstance(refused, Refusal)
    assert refused.facts["field"] == "reasons"
    made_decision = decision(case, **ACCUSING)
    assert isinstance(made_decision, SplitDecision)
    found = made(made_decision.part_events[1], events.PetitionClassified)
    assert found.reasons == ACCUSING["reasons"].sealed


def test_the_part_names_its_origin_and_the_origin_says_nothing_of_the_part() -> None:
    """An accused unit that stays a party of the origin must learn nothing of an accusation (Art. 30(3))."""
    case = Case().classified()
    before = case.state
    part = parted(case, **JUDICIAL)
    assert [link.case_id for link in part.state.links] == [case.state.case_id]
    assert [link.kind for link in part.state.links] == [types.LINK_KIND_SPLIT]
    assert part.state.registration.origin_case_id == case.state.case_id
    registration = replace(before.registration, subject=REST.subject.sealed, content=REST.content.sealed)
    assert case.state == before._replace(registration=registration, corrections=1)


def test_splitting_looks_like_any_restatement() -> None:
    """Byte for byte what a correction with the same words writes."""
    case = Case().classified()
    made_decision = decision(case, **ACCUSING)
    assert isinstance(made_decision, SplitDecision)
    corrected = case.do("RestatePetition", subject=REST.subject, content=REST.content)
    assert list(made_decision.origin_events) == list(corrected)


def test_the_remainder_is_restated_or_nothing_is_split_off() -> None:
    refused(Case().classified(), "CONTENT_REQUIRED", **(JUDICIAL | {"remainder": commands.Statement()}))


def test_each_of_the_two_is_in_one_track() -> None:
    case = Case().classified()
    part = parted(case, **JUDICIAL)
    assert (case.state.track, part.state.track) == (common.TRACK_ADMINISTRATIVE, common.TRACK_JUDICIAL)


def test_the_part_begins_with_the_origins_holder_person_and_date() -> None:
    case = Case(petitioner=secret("who")).accepted()
    case.later(days=3)
    part = parted(case, **JUDICIAL).state
    assert (part.holder, part.epoch) == (HOUSING, 1)
    assert part.registration.petitioner == secret("who").sealed
    assert part.registration.person_id == case.state.registration.person_id
    assert part.registration.received_time == case.state.registration.received_time


def test_the_origin_keeps_its_holder_and_epoch() -> None:
    case = Case().accepted()
    before = (case.state.holder, case.state.epoch, case.state.status)
    parted(case, **JUDICIAL)
    assert (case.state.holder, case.state.epoch, case.state.status) == before


def test_the_part_is_followed_with_its_own_query_code_or_the_origins() -> None:
    case = Case().classified()
    assert parted(case, **JUDICIAL).state.registration.query_code_hash == b"hash of the query code"
    case = Case().classified()
    command = case.command("SplitPetition", **JUDICIAL)
    assert isinstance(command, commands.SplitPetitionRequest)
    made_decision = split(case.state, command, case.context(case.holder, query_code_hashes=(b"own",)))
    assert isinstance(made_decision, SplitDecision)
    assert made(made_decision.part_events[0], events.PetitionRegistered).query_code_hash == b"own"


def test_the_part_is_classified_for_the_track_it_was_split_off_for() -> None:
    part = parted(Case().classified(), **JUDICIAL)
    part.no("TRACK_FIXED_BY_SPLIT", "ClassifyPetition", **PETITION_CLAIM)
    part.classified(**LITIGATION)


def test_a_part_has_another_track_than_its_origin() -> None:
    administrative = JUDICIAL | {"track": common.TRACK_ADMINISTRATIVE}
    refused(Case().classified(), "SAME_TRACK", **administrative)
    refused(Case().classified(), "FIELD_REQUIRED", **(JUDICIAL | {"track": common.TRACK_UNSPECIFIED}))


def test_several_parts_may_be_split_off_and_none_is_told_of_another() -> None:
    """That there is one already would tell whoever asks of it."""
    case = Case().classified()
    first, second = parted(case, **ACCUSING), parted(case, **ACCUSING)
    assert first.state.links == second.state.links
    assert case.state.links == ()


def test_an_accusation_is_behind_the_wall_from_its_first_decision() -> None:
    case = Case().accepted(HOUSING)
    made_decision = decision(case, **ACCUSING)
    assert isinstance(made_decision, SplitDecision)
    assert kinds(made_decision.part_events) == [
        "PetitionRegistered",
        "PetitionClassified",
        "ResponsibilityMoved",
    ]
    part = parted(case, **ACCUSING)
    assert part.state.holder == COUNTY
    assert part.state.accused_units == {HOUSING}
    assert PETITION.audience(part.state) == [COUNTY]
    refused(case, "ACCUSED_UNITS_NOT_ALLOWED", **(ACCUSING | {"track": common.TRACK_JUDICIAL}))
    refused(case, "UNKNOWN_UNIT", **(ACCUSING | {"accused_units": ["county-huosing"]}))


def test_the_office_that_registered_splits_an_accusation_off_a_case_that_another_unit_has() -> None:
    """The unit that has it may be the accused one, and does not learn why the case was restated."""
    case = Case().accepted(HOUSING)
    command = case.command("SplitPetition", **ACCUSING)
    assert isinstance(command, commands.SplitPetitionRequest)
    made_decision = split(case.state, command, case.context(officer(OFFICE)))
    assert isinstance(made_decision, SplitDecision)
    registered, classified = made_decision.part_events
    assert made(registered, events.PetitionRegistered).unit == OFFICE
    assert made(classified, events.PetitionClassified).accused_units == [HOUSING]
    refused(case, "NOT_RESPONSIBLE", officer(OFFICE), **JUDICIAL)


def test_a_part_needs_content() -> None:
    refused(Case().classified(), "CONTENT_REQUIRED", track=common.TRACK_JUDICIAL, remainder=REST)


def test_a_case_is_classified_before_a_part_is_split_off() -> None:
    refused(Case(), "NOT_CLASSIFIED", **JUDICIAL)


def test_nothing_is_split_off_a_closed_case() -> None:
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    refused(case, "ALREADY_CLOSED", **JUDICIAL)


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        (officer(HOUSING), "NO_SUCH_CASE"),
        (officer(OFFICE, "system", Role.SYSTEM), "OFFICER_REQUIRED"),
        (officer(OFFICE, "wang", Role.SUPERVISOR), "ROLE_NOT_ALLOWED"),
    ],
)
def test_only_an_officer_of_the_responsible_unit_splits(by: Principal, reason: str) -> None:
    refused(Case().classified(), reason, by, **JUDICIAL)


def test_an_old_epoch_splits_nothing() -> None:
    refused(Case().accepted(), "STALE_EPOCH", **JUDICIAL, epoch=1)

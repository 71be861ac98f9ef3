"""A litigation part goes to an organ of the kind named at the same level, which answers for it once taken."""

from dataclasses import replace

import pytest
from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.judicial.competence import level
from huiyin_domain.judicial.decider import REFERRAL
from huiyin_domain.judicial.reading import referral_message
from huiyin_domain.judicial.referral_state import Referral
from huiyin_domain.principal import Principal, Role
from tests.support.agencies import (
    BUREAU,
    CITY,
    CITY_COURT,
    COURT,
    HOUSING,
    POLICE,
    context,
    identifier,
    officer,
    sealed,
)
from tests.support.given import Given
from tests.support.referrals import (
    ACKNOWLEDGE,
    AS_COURT,
    CASE,
    CONCLUDE,
    DECLINE,
    HAND_BACK,
    REFERRAL_ID,
    acknowledged,
    concluded,
    declined,
    handed_back,
    refer,
    report,
    sent,
)


def test_the_litigation_part_is_sent_to_a_court_of_the_same_level_art_22_2() -> None:
    outcome = Given(REFERRAL).when(refer(), context(officer(BUREAU), [REFERRAL_ID]))
    outcome.then(
        events.LitigationReferred(
            referral_id=REFERRAL_ID,
            case_id=CASE,
            organ_kind=types.ORGAN_KIND_COURT,
            organ=COURT,
            referring_unit=BUREAU,
            epoch=1,
            matter=sealed("matter"),
        )
    )
    state = outcome.after.state
    assert REFERRAL.case_ids(state) == (CASE,)
    assert REFERRAL.audience(state) == (BUREAU, COURT)


@pytest.mark.parametrize(
    "command, agency, reason",
    [
        (refer(kind=types.ORGAN_KIND_UNSPECIFIED), BUREAU, "FIELD_REQUIRED"),
        (refer(organ="NOBODY"), BUREAU, "UNKNOWN_UNIT"),
        (refer(organ=POLICE), BUREAU, "WRONG_ORGAN_KIND"),
        (refer(kind=types.ORGAN_KIND_POLICE), BUREAU, "WRONG_ORGAN_KIND"),
        (refer(organ=CITY_COURT), BUREAU, "WRONG_LEVEL"),
        (refer(organ=COURT), CITY, "WRONG_LEVEL"),
        (refer(epoch=0), BUREAU, "FIELD_REQUIRED"),
        (refer(case_id=""), BUREAU, "FIELD_REQUIRED"),
        (refer(), "NOBODY", "UNKNOWN_AGENCY"),
    ],
)
def test_a_referral_to_the_wrong_organ_is_refused(
    command: commands.ReferLitigationRequest, agency: str, reason: str
) -> None:
    Given(REFERRAL).when(command, context(officer(agency), [REFERRAL_ID])).refused(reason)


def test_a_referral_says_what_is_referred() -> None:
    command = refer()
    command.ClearField("matter")
    Given(REFERRAL).when(command, context(officer(BUREAU), [REFERRAL_ID])).refused("CONTENT_REQUIRED")


def test_a_sent_referral_is_not_sent_again() -> None:
    sent().when(refer(), context(officer(BUREAU), [identifier(7)])).refused("REFERRAL_EXISTS")


@pytest.mark.parametrize(
    "division, digits",
    [("000000", 0), ("990000", 2), ("990100", 4), ("990101", 6), ("990110", 6), ("990101001000", 10)],
)
def test_the_level_of_a_place_is_how_much_its_code_names(division: str, digits: int) -> None:
    assert level(division) == digits


def test_the_organ_takes_the_referral_and_answers_for_it() -> None:
    outcome = sent().when(ACKNOWLEDGE, AS_COURT)
    outcome.then(events.ReferralAcknowledged(epoch=1, organ=COURT, docket_number="(2026)990101-12"))
    assert outcome.before.state.responsible_unit == BUREAU
    assert outcome.after.state.responsible_unit == COURT


def test_a_taken_referral_is_taken_once() -> None:
    acknowledged().when(commands.AcknowledgeReferralRequest(), AS_COURT).nothing()
    other = commands.AcknowledgeReferralRequest(docket_number="other-2")
    refusal = acknowledged().when(other, AS_COURT).refused("REFERRAL_ACKNOWLEDGED")
    assert refusal.facts == {"status": "ACKNOWLEDGED", "allowed": "SENT"}


@pytest.mark.parametrize("words", ["申请人住在某街三号，要求尽快", "see 12 remarks", "收到", "a\n1"])
def test_a_docket_number_is_no_place_for_words(words: str) -> None:
    command = commands.AcknowledgeReferralRequest(docket_number=words)
    sent().when(command, AS_COURT).refused("MALFORMED_DOCKET_NUMBER")


def test_a_docket_number_is_a_number() -> None:
    command = commands.AcknowledgeReferralRequest(docket_number="x" * 101)
    sent().when(command, AS_COURT).refused("TOO_LONG")


def test_a_declined_referral_has_moved_nothing() -> None:
    outcome = sent().when(DECLINE, AS_COURT)
    outcome.then(
        events.ReferralDeclined(
            organ=COURT, reason=types.DECLINE_REASON_OTHER_ORGAN, explanation=sealed("explanation")
        )
    )
    assert outcome.after.state.responsible_unit == BUREAU
    declined().when(ACKNOWLEDGE, AS_COURT).refused("REFERRAL_DECLINED")


def test_declining_takes_a_reason_and_an_explanation() -> None:
    sent().when(commands.DeclineReferralRequest(), AS_COURT).refused("FIELD_REQUIRED")
    unexplained = commands.DeclineReferralRequest(reason=types.DECLINE_REASON_TERMINATED)
    sent().when(unexplained, AS_COURT).refused("CONTENT_REQUIRED")
    acknowledged().when(DECLINE, AS_COURT).refused("REFERRAL_ACKNOWLEDGED")


def test_progress_is_told_again_and_again() -> None:
    outcome = acknowledged().when(report("first"), AS_COURT)
    outcome.then(events.ProgressReported(report=sealed("first")))
    outcome.after.when(report("second"), AS_COURT).then(events.ProgressReported(report=sealed("second")))
    concluded().when(report(), AS_COURT).then(events.ProgressReported(report=sealed("report")))
    acknowledged().when(commands.ReportProgressRequest(), AS_COURT).refused("CONTENT_REQUIRED")


def test_only_what_was_taken_is_concluded() -> None:
    acknowledged().when(CONCLUDE, AS_COURT).then(
        events.ReferralConcluded(kind=types.CONCLUSION_KIND_DECIDED, document=sealed("document"))
    )
    sent().when(CONCLUDE, AS_COURT).refused("REFERRAL_SENT")
    acknowledged().when(commands.ConcludeReferralRequest(), AS_COURT).refused("FIELD_REQUIRED")
    bare = commands.ConcludeReferralRequest(kind=types.CONCLUSION_KIND_TERMINATED)
    acknowledged().when(bare, AS_COURT).refused("CONTENT_REQUIRED")
    concluded().when(bare, AS_COURT).refused("REFERRAL_CONCLUDED")


@pytest.mark.parametrize("referral, ended", [(acknowledged(), False), (concluded(), True)])
def test_the_matter_is_handed_back_concluded_or_not(referral: Given[Referral], ended: bool) -> None:
    outcome = referral.when(HAND_BACK, AS_COURT)
    outcome.then(events.ReferralHandedBack(organ=COURT, to_unit=BUREAU, concluded=ended, note=sealed("note")))
    assert outcome.after.state.responsible_unit == BUREAU


def test_what_was_not_taken_cannot_be_handed_back() -> None:
    sent().when(HAND_BACK, AS_COURT).refused("REFERRAL_SENT")
    declined().when(HAND_BACK, AS_COURT).refused("REFERRAL_DECLINED")
    handed_back().when(report(), AS_COURT).refused("REFERRAL_HANDED_BACK")


@pytest.mark.parametrize("command", [ACKNOWLEDGE, DECLINE, report(), CONCLUDE, HAND_BACK])
def test_only_the_organ_acts_on_a_referral(command: Message) -> None:
    for agency in (BUREAU, HOUSING, POLICE):
        refusal = acknowledged().when(command, context(officer(agency))).refused("NOT_THE_ORGAN")
        assert refusal.facts == {"organ": COURT}
    acknowledged().when(command, context(officer(COURT, Role.AUDITOR))).refused("ROLE_NOT_ALLOWED")
    Given(REFERRAL).when(command, AS_COURT).refused("NO_SUCH_REFERRAL")


def test_an_organs_own_system_acknowledges() -> None:
    system = Principal(COURT, "", frozenset({Role.SYSTEM}))
    sent().when(ACKNOWLEDGE, replace(AS_COURT, principal=system)).after.when(HAND_BACK, AS_COURT)


def test_the_state_is_answered_as_it_is() -> None:
    referral = referral_message(handed_back().state, 4)
    assert referral.status == types.REFERRAL_STATUS_HANDED_BACK
    assert (referral.organ, referral.referring_unit, referral.case_id) == (COURT, BUREAU, CASE)
    assert referral.docket_number == "(2026)990101-12"
    assert (referral.conclusion, referral.version) == (types.CONCLUSION_KIND_DECIDED, 4)


def test_an_unknown_command_or_event_is_an_error() -> None:
    with pytest.raises(UnknownCommandError):
        sent().when(events.ReferralAcknowledged(), AS_COURT)
    with pytest.raises(UnknownEventError):
        REFERRAL.evolve(sent().state, ACKNOWLEDGE)

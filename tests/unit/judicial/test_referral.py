"""A referral opens with its case's offer; its organ takes it or not, and acts once it is released to it."""

from dataclasses import replace

import pytest
from google.protobuf.message import Message

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import service_pb2 as commands
from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.judicial.referral import REFERRAL, Referral, referral_message
from tests.support.agencies import (
    BUREAU,
    COURT,
    HOUSING,
    POLICE,
    context,
    officer,
    sealed,
    secret,
)
from tests.support.given import Given
from tests.support.referrals import (
    ACKNOWLEDGE,
    AS_COURT,
    CASE,
    CONCLUDE,
    DECLINE,
    HAND_BACK,
    LAPSED,
    RECALLED,
    REFERRAL_ID,
    RELEASED,
    WITHDRAWN,
    acknowledged,
    concluded,
    declined,
    handed_back,
    heard,
    of_version_0_1,
    offer,
    released,
    report,
    responsibility_violations,
    sent,
)


def test_an_offer_of_a_case_opens_its_referral() -> None:
    opened = sent()
    assert opened.events == (
        events.LitigationReferred(
            referral_id=REFERRAL_ID,
            case_id=CASE,
            organ_kind=types.ORGAN_KIND_COURT,
            organ=COURT,
            referring_unit=BUREAU,
            epoch=1,
            matter=sealed("matter"),
            authority=offer().authority,
        ),
    )
    assert REFERRAL.case_ids(opened.state) == (CASE,)
    assert REFERRAL.audience(opened.state) == (BUREAU, COURT)


def test_taking_is_a_promise_and_the_release_makes_the_organ_responsible() -> None:
    outcome = sent().when(ACKNOWLEDGE, AS_COURT)
    outcome.then(events.ReferralAcknowledged(epoch=1, organ=COURT, docket_number="(2026)990101-12"))
    assert not outcome.after.state.held
    after = heard(outcome.after, RELEASED)
    assert after.events[-1] == events.ReferralReleased(organ=COURT, epoch=2)
    assert (after.state.held, after.state.epoch) == (True, 2)


@pytest.mark.parametrize("command", [report(), CONCLUDE, HAND_BACK])
def test_an_organ_acts_on_nothing_that_was_not_released_to_it(command: Message) -> None:
    refusal = acknowledged().when(command, AS_COURT).refused("NOT_RELEASED")
    assert refusal.facts == {"responsible_unit": BUREAU}


def test_what_was_withdrawn_cannot_be_taken_and_what_was_taken_lapses() -> None:
    heard(sent(), WITHDRAWN).when(ACKNOWLEDGE, AS_COURT).refused("REFERRAL_WITHDRAWN")
    late = heard(heard(acknowledged(), WITHDRAWN), LAPSED)
    late.when(CONCLUDE, AS_COURT).refused("REFERRAL_LAPSED")
    assert responsibility_violations(late.events) == []
    assert heard(declined(), WITHDRAWN) == declined()


def test_an_organ_from_which_responsibility_was_moved_away_acts_no_more() -> None:
    recalled = heard(concluded(), RECALLED)
    recalled.when(report(), AS_COURT).refused("REFERRAL_LAPSED")
    assert heard(handed_back(), RECALLED) == handed_back()


def test_a_referral_of_version_0_1_is_its_organs_by_acknowledgement() -> None:
    old = of_version_0_1()
    assert old.state.held
    assert heard(old, RELEASED) == old
    old.after(CONCLUDE, AS_COURT).after(HAND_BACK, AS_COURT)
    assert heard(old, LAPSED).state.status == types.REFERRAL_STATUS_LAPSED


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
    assert not outcome.after.state.held
    declined().when(ACKNOWLEDGE, AS_COURT).refused("REFERRAL_DECLINED")


def test_declining_takes_a_reason_and_an_explanation() -> None:
    sent().when(commands.DeclineReferralRequest(), AS_COURT).refused("FIELD_REQUIRED")
    unexplained = commands.DeclineReferralRequest(reason=types.DECLINE_REASON_TERMINATED)
    sent().when(unexplained, AS_COURT).refused("CONTENT_REQUIRED")
    acknowledged().when(DECLINE, AS_COURT).refused("REFERRAL_ACKNOWLEDGED")


def test_the_petitioner_gets_a_reply_on_procedure_once_from_the_organ_that_has_the_matter() -> None:
    reply = commands.ReplyToPetitionerRequest(reply=secret("reply"))
    outcome = released().when(reply, AS_COURT)
    [event] = outcome.events
    assert isinstance(event, events.PetitionerReplied)
    assert (event.organ, event.reply) == (COURT, sealed("reply"))
    assert event.HasField("served_time")
    outcome.after.when(reply, AS_COURT).nothing()
    again = commands.ReplyToPetitionerRequest(reply=secret("again"))
    outcome.after.when(again, AS_COURT).refused("REPLIED_ALREADY")
    assert concluded().after(reply, AS_COURT).state.reply
    acknowledged().when(reply, AS_COURT).refused("NOT_RELEASED")
    declined().when(reply, AS_COURT).refused("REFERRAL_DECLINED")
    released().when(reply, context(officer(BUREAU))).refused("NOT_THE_ORGAN")
    released().when(commands.ReplyToPetitionerRequest(), AS_COURT).refused("CONTENT_REQUIRED")


def test_progress_is_told_again_and_again() -> None:
    outcome = released().when(report("first"), AS_COURT)
    outcome.then(events.ProgressReported(report=sealed("first")))
    outcome.after.when(report("second"), AS_COURT).then(events.ProgressReported(report=sealed("second")))
    concluded().when(report(), AS_COURT).then(events.ProgressReported(report=sealed("report")))
    released().when(commands.ReportProgressRequest(), AS_COURT).refused("CONTENT_REQUIRED")


def test_only_what_was_taken_is_concluded() -> None:
    released().when(CONCLUDE, AS_COURT).then(
        events.ReferralConcluded(kind=types.CONCLUSION_KIND_DECIDED, document=sealed("document"))
    )
    sent().when(CONCLUDE, AS_COURT).refused("REFERRAL_SENT")
    released().when(commands.ConcludeReferralRequest(), AS_COURT).refused("FIELD_REQUIRED")
    bare = commands.ConcludeReferralRequest(kind=types.CONCLUSION_KIND_TERMINATED)
    released().when(bare, AS_COURT).refused("CONTENT_REQUIRED")
    concluded().when(bare, AS_COURT).refused("REFERRAL_CONCLUDED")


@pytest.mark.parametrize("referral, ended", [(released(), False), (concluded(), True)])
def test_the_matter_is_handed_back_concluded_or_not(referral: Given[Referral], ended: bool) -> None:
    outcome = referral.when(HAND_BACK, AS_COURT)
    outcome.then(events.ReferralHandedBack(organ=COURT, to_unit=BUREAU, concluded=ended, note=sealed("note")))
    assert not outcome.after.state.held


def test_what_was_not_taken_cannot_be_handed_back() -> None:
    sent().when(HAND_BACK, AS_COURT).refused("REFERRAL_SENT")
    declined().when(HAND_BACK, AS_COURT).refused("REFERRAL_DECLINED")
    handed_back().when(report(), AS_COURT).refused("REFERRAL_HANDED_BACK")


@pytest.mark.parametrize("command", [ACKNOWLEDGE, DECLINE, report(), CONCLUDE, HAND_BACK])
def test_only_the_organ_acts_on_a_referral(command: Message) -> None:
    for agency in (BUREAU, HOUSING, POLICE):
        refusal = released().when(command, context(officer(agency))).refused("NOT_THE_ORGAN")
        assert refusal.facts == {"organ": COURT}
    released().when(command, context(officer(COURT, Role.AUDITOR))).refused("ROLE_NOT_ALLOWED")
    Given(REFERRAL).when(command, AS_COURT).refused("NO_SUCH_REFERRAL")


def test_an_organs_own_system_acknowledges() -> None:
    system = Principal(COURT, "", frozenset({Role.SYSTEM}))
    sent().when(ACKNOWLEDGE, replace(AS_COURT, principal=system)).then(
        events.ReferralAcknowledged(epoch=1, organ=COURT, docket_number="(2026)990101-12")
    )


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

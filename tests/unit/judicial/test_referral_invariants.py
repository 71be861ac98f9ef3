"""Random legal and illegal commands over several referrals: one unit answers for each, whatever is tried."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.judicial.v1 import events_pb2 as events
from huiyin.judicial.v1 import types_pb2 as types
from huiyin_domain.judicial.decider import REFERRAL
from huiyin_domain.principal import Principal, Role
from huiyin_domain.refusal import Refusal
from tests.support import referrals
from tests.support.agencies import BUREAU, COURT, HOUSING, POLICE, context, identifier, officer
from tests.support.given import Given

CALLERS = st.sampled_from(
    [officer(COURT), officer(COURT), officer(BUREAU), officer(POLICE), officer(HOUSING, Role.AUDITOR)]
)
COMMANDS = st.sampled_from(
    [
        referrals.refer(),
        referrals.refer(POLICE, types.ORGAN_KIND_POLICE),
        referrals.ACKNOWLEDGE,
        referrals.DECLINE,
        referrals.report(),
        referrals.report("another"),
        referrals.CONCLUDE,
        referrals.HAND_BACK,
    ]
)
ATTEMPTS = st.lists(st.tuples(st.integers(0, 1), COMMANDS, CALLERS), max_size=30)


@given(ATTEMPTS)
def test_one_unit_answers_for_every_referral(attempts: Sequence[tuple[int, Message, Principal]]) -> None:
    streams = [Given(REFERRAL), referrals.sent()]
    for number, (pick, command, caller) in enumerate(attempts):
        asked = context(caller, [identifier(number + 1000)])
        outcome = streams[pick].when(command, asked)
        if not isinstance(outcome.decision, Refusal):
            streams[pick] = outcome.after
    for stream in streams:
        assert referrals.responsibility_violations(stream.events) == []
        assert stream.state.responsible_unit == _told(stream.events)


def _told(history: Sequence[Message]) -> str:
    """Who answers, told from the events alone."""
    unit = ""
    for event in history:
        match event:
            case events.LitigationReferred():
                unit = event.referring_unit
            case events.ReferralAcknowledged():
                unit = event.organ
            case events.ReferralHandedBack():
                unit = event.to_unit
    return unit


TAKEN = events.ReferralAcknowledged(organ=COURT)


@pytest.mark.parametrize(
    "history",
    [
        [events.ReferralConcluded()],
        [events.ReferralHandedBack()],
        [TAKEN, TAKEN],
        [TAKEN, events.ReferralDeclined()],
        [events.ReferralDeclined(), TAKEN],
        [TAKEN, events.ReferralHandedBack(concluded=True)],
        [TAKEN, events.ReferralHandedBack(), events.ProgressReported()],
    ],
)
def test_the_checker_finds_a_planted_violation(history: list[Message]) -> None:
    assert referrals.responsibility_violations(history)

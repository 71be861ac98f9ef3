"""Random legal and illegal commands over several referrals: one unit answers for each, whatever is tried."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1 import events_pb2 as intake
from huiyin.judicial.v1 import events_pb2 as events
from huiyin_domain.context import Context, Principal, Role
from huiyin_domain.judicial.reactions import OfCase
from huiyin_domain.judicial.referral import REFERRAL, Referral
from huiyin_domain.refusal import Refusal
from tests.support import referrals
from tests.support.agencies import BUREAU, COURT, HOUSING, POLICE, context, identifier, officer
from tests.support.given import Given

CALLERS = st.sampled_from(
    [officer(COURT), officer(COURT), officer(BUREAU), officer(POLICE), officer(HOUSING, Role.AUDITOR)]
)
COMMANDS = st.sampled_from(
    [
        referrals.offer(),
        referrals.WITHDRAWN,
        referrals.LAPSED,
        referrals.RELEASED,
        referrals.RECALLED,
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
def test_an_organ_acts_on_what_it_has(attempts: Sequence[tuple[int, Message, Principal]]) -> None:
    streams = [Given(REFERRAL), referrals.sent()]
    for number, (pick, attempt, caller) in enumerate(attempts):
        asked = context(caller, [identifier(number + 1000)])
        streams[pick] = _after(streams[pick], attempt, asked)
    for stream in streams:
        assert referrals.responsibility_violations(stream.events) == []
        assert stream.state.held == _told(stream.events)


def _after(stream: Given[Referral], attempt: Message, asked: Context) -> Given[Referral]:
    """What was released is not taken in vain; anything else of the case may be heard at any time."""
    if isinstance(attempt, OfCase):
        impossible = isinstance(attempt, intake.OfferLapsed) and stream.state.held
        return stream if impossible else referrals.heard(stream, attempt)
    outcome = stream.when(attempt, asked)
    return stream if isinstance(outcome.decision, Refusal) else outcome.after


def _told(history: Sequence[Message]) -> bool:
    """Whether the organ answers, told from the events alone."""
    held = False
    for event in history:
        if isinstance(event, events.ReferralReleased):
            held = True
        elif isinstance(event, events.ReferralHandedBack | events.ReferralLapsed):
            held = False
    return held


TAKEN, RELEASED = events.ReferralAcknowledged(organ=COURT), events.ReferralReleased(organ=COURT)


@pytest.mark.parametrize(
    "history",
    [
        [events.ReferralConcluded()],
        [events.ReferralHandedBack()],
        [TAKEN, TAKEN],
        [TAKEN, events.ReferralDeclined()],
        [events.ReferralDeclined(), TAKEN],
        [TAKEN, events.ReferralConcluded()],
        [RELEASED],
        [TAKEN, RELEASED, events.ReferralWithdrawn()],
        [TAKEN, RELEASED, events.ReferralHandedBack(concluded=True)],
        [TAKEN, RELEASED, events.ReferralHandedBack(), events.ProgressReported()],
    ],
)
def test_the_checker_finds_a_planted_violation(history: list[Message]) -> None:
    assert referrals.responsibility_violations(history)

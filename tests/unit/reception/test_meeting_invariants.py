"""Random legal and illegal commands over several meetings: bound is bound (promise P6), whatever is tried."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from huiyin.reception.v1 import events_pb2 as events
from huiyin.reception.v1 import service_pb2 as commands
from huiyin.reception.v1.types_pb2 import ResolutionItem
from huiyin_domain.context import Principal
from huiyin_domain.decider import fold
from huiyin_domain.reception.meeting import MEETING
from huiyin_domain.reception.meeting_state import Meeting
from huiyin_domain.refusal import Refusal
from tests.support import meetings
from tests.support.agencies import BUREAU, CITY, HOUSING, LABOUR, LAND, SERVICE, identifier, officer
from tests.support.given import Given
from tests.support.meeting_clocks import hangs
from tests.support.meetings import context

CALLERS: tuple[Principal, ...] = (
    *(officer(code) for code in (BUREAU, BUREAU, BUREAU, HOUSING, LABOUR, LAND, CITY)),
    SERVICE,
    SERVICE,
)
PICK = st.integers(0, 1)
POINTS = st.sampled_from(
    [Given(MEETING), meetings.sitting(), meetings.proposed(), meetings.signed(), meetings.bound()]
)
ITEMS = st.lists(
    st.builds(
        lambda make, case, unit: make(case_id=case, unit=unit),
        st.sampled_from([meetings.assign, meetings.task]),
        st.sampled_from([meetings.CASE_1, meetings.CASE_2, meetings.OTHER_CASE]),
        st.sampled_from(meetings.PARTICIPANTS),
    ),
    max_size=3,
)


class Meetings(RuleBasedStateMachine):
    """Two meetings and everybody who may or may not act on them."""

    @initialize(points=st.tuples(POINTS, POINTS))
    def begin(self, points: tuple[Given[Meeting], ...]) -> None:
        self.numbers = iter(range(1000, 100_000))
        self.histories: list[list[Message]] = [list(point.events) for point in points]

    def state(self, pick: int) -> Meeting:
        return fold(MEETING, MEETING.initial(), self.histories[pick])

    def send(self, pick: int, command: Message, caller: Principal) -> None:
        """Decides twice: the second time on the result, without an effect."""
        asked = context(caller, [identifier(next(self.numbers))])
        decision = MEETING.decide(self.state(pick), command, asked)
        if isinstance(decision, Refusal):
            return
        self.histories[pick].extend(decision)
        again = MEETING.decide(self.state(pick), command, asked)
        assert isinstance(again, Refusal) or not again

    @rule(pick=PICK, caller=st.sampled_from(CALLERS))
    def convene(self, pick: int, caller: Principal) -> None:
        self.send(pick, meetings.convene(), caller)

    @rule(
        pick=PICK, caller=st.sampled_from(CALLERS), present=st.lists(st.sampled_from(meetings.PARTICIPANTS))
    )
    def open(self, pick: int, caller: Principal, present: list[str]) -> None:
        self.send(pick, commands.OpenMeetingRequest(present=present), caller)

    @rule(pick=PICK, caller=st.sampled_from(CALLERS), items=ITEMS)
    def propose(self, pick: int, caller: Principal, items: list[ResolutionItem]) -> None:
        for item in items:
            item.item_id = ""
        self.send(pick, commands.ProposeResolutionRequest(items=items), caller)

    @rule(pick=PICK, caller=st.sampled_from(CALLERS), current=st.booleans(), yes=st.booleans())
    def speak(self, pick: int, caller: Principal, current: bool, yes: bool) -> None:
        resolution_id = self.state(pick).resolution_id if current else meetings.RESOLUTION_ID
        self.send(pick, meetings.sign(resolution_id) if yes else meetings.dissent(resolution_id), caller)

    @rule(pick=PICK)
    def everybody_signs(self, pick: int) -> None:
        for agency in meetings.PARTICIPANTS:
            self.send(pick, meetings.sign(self.state(pick).resolution_id), officer(agency))

    @rule(pick=PICK, caller=st.sampled_from(CALLERS))
    def bind(self, pick: int, caller: Principal) -> None:
        self.send(pick, meetings.bind(self.state(pick).resolution_id), caller)

    @rule(pick=PICK, caller=st.sampled_from(CALLERS), place=st.integers(0, 2), applied=st.booleans())
    def settle(self, pick: int, caller: Principal, place: int, applied: bool) -> None:
        state = self.state(pick)
        item_id = state.items[place].item_id if place < len(state.items) else identifier(1)
        reason = "" if applied else "STALE_EPOCH"
        command = commands.SettleItemRequest(
            resolution_id=state.resolution_id, item_id=item_id, applied=applied, reason=reason
        )
        self.send(pick, command, caller)

    @rule(pick=PICK, caller=st.sampled_from(CALLERS))
    def close(self, pick: int, caller: Principal) -> None:
        self.send(pick, commands.CloseMeetingRequest(), caller)

    @rule(pick=PICK, caller=st.sampled_from(CALLERS), anew=st.booleans())
    def call_off_or_anew(self, pick: int, caller: Principal, anew: bool) -> None:
        command = commands.ResumeMeetingRequest() if anew else commands.WithdrawMeetingRequest()
        self.send(pick, command, caller)

    @invariant()
    def nothing_hangs(self) -> None:
        assert not any(hangs(history) for history in self.histories)

    @invariant()
    def bound_is_bound(self) -> None:
        for history in self.histories:
            assert meetings.p6_violations(history) == []

    @invariant()
    def lead_units_signed_what_binds_them(self) -> None:
        for history in self.histories:
            assert _unsigned(history) == []


def _unsigned(history: Sequence[Message]) -> list[str]:
    """Units that were bound without having signed."""
    signed: set[str] = set()
    unsigned: list[str] = []
    for event in history:
        if isinstance(event, events.ResolutionProposed):
            signed = set()
        elif isinstance(event, events.ResolutionSigned):
            signed.add(event.agency)
        elif isinstance(event, events.ResolutionBound):
            unsigned += [item.unit for item in event.items if item.unit not in signed]
    return unsigned


TestMeetings = Meetings.TestCase


def test_the_usual_course_breaks_nothing_and_goes_the_whole_way() -> None:
    history = meetings.settled().events
    assert meetings.p6_violations(history) == []
    assert isinstance(history[-1], events.ResolutionSettled)


BOUND = events.ResolutionBound(items=[meetings.assign()])
SETTLED = events.ItemSettled(item_id=meetings.ITEM_1, applied=True)


@pytest.mark.parametrize(
    "history",
    [
        [SETTLED],
        [BOUND, BOUND],
        [BOUND, SETTLED, SETTLED],
        [BOUND, events.ResolutionSettled()],
        [BOUND, events.ItemSettled(item_id=meetings.ITEM_2)],
        [BOUND, events.ResolutionProposed()],
        [BOUND, events.ResolutionSigned(agency=LAND)],
        [events.ResolutionSigned(agency=LAND), events.ResolutionDissented(agency=LAND)],
        [BOUND, events.MeetingClosed()],
    ],
)
def test_the_checker_finds_a_planted_violation(history: list[Message]) -> None:
    assert meetings.p6_violations(history)


def test_the_checker_finds_a_planted_unit_that_did_not_sign() -> None:
    assert _unsigned([events.ResolutionProposed(), BOUND]) == [HOUSING]

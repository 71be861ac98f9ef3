"""Who a joint meeting waits for, as its clocks tell: a checker that none of its points hangs."""

from collections.abc import Sequence

from google.protobuf.message import Message

from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.reception.v1 import types_pb2 as types
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.fold import CaseClocks, evolve, initial
from huiyin_domain.clocks.meeting_rules import MEETING_RULES
from huiyin_domain.decider import fold
from huiyin_domain.reception.meeting import MEETING
from huiyin_kernel.policy import load_policy
from tests.support.agencies import HOUSING
from tests.support.facts import Logs
from tests.support.meetings import CASE_1, MEETING_ID

TIMETABLE = load_policy().timetable
OVER = (
    types.MEETING_STATUS_UNSPECIFIED,
    types.MEETING_STATUS_WITHDRAWN,
    types.MEETING_STATUS_CLOSED,
)
"""Nothing is waited for: it was never called, it is called off, or it has ended."""


def waited_for(history: Sequence[Message]) -> set[tuple[str, str]]:
    """Rule and unit of each clock that runs in a meeting's first case after these events."""
    found = clocks(_folded(history), TIMETABLE, MEETING_RULES)
    return {(clock.rule, clock.unit) for clock in found if clock.running}


def hangs(history: Sequence[Message]) -> bool:
    """True when the meeting is not over and no clock waits for anybody who was called to it."""
    state = fold(MEETING, MEETING.initial(), history)
    return state.status not in OVER and state.seats.isdisjoint(unit for _, unit in waited_for(history))


def _folded(history: Sequence[Message]) -> CaseClocks:
    logs = Logs()
    logs.intake(PetitionRegistered(case_id=CASE_1, unit=HOUSING), CASE_1)
    for event in history:
        logs.record("reception", f"meeting-{MEETING_ID}", event, [CASE_1])
    state = initial()
    for fact in logs.facts:
        state = evolve(state, fact)
    return state

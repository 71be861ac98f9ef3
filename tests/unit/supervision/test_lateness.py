"""Each clock that passes is recorded once, and withdrawn once when it had been met in time (promise P5)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from huiyin.supervision.v1 import events_pb2 as events
from huiyin.supervision.v1 import types_pb2 as types
from huiyin.supervision.v1.service_pb2 import StatutoryClock
from huiyin.supervision.v1.types_pb2 import ClockStatus, WithdrawalCause
from huiyin_domain.decider import UnknownCommandError, UnknownEventError
from huiyin_domain.refusal import Refusal
from huiyin_domain.supervision.lateness import LATENESS, withdraw
from tests.support.agencies import HOUSING, LABOUR, SERVICE, context, identifier
from tests.support.given import Given

CASE, START, STOP = identifier(101), identifier(102), identifier(103)
DUE = datetime(2026, 5, 6, 16, 0, tzinfo=UTC)
AFTER = context(SERVICE, now=DUE)


def clock(
    number: int = 1,
    status: ClockStatus.ValueType = types.CLOCK_STATUS_PASSED,
    unit: str = HOUSING,
) -> StatutoryClock:
    due_time = Timestamp()
    due_time.FromDatetime(DUE)
    return StatutoryClock(
        clock_id=f"T7:{number}",
        rule="T7",
        case_id=CASE,
        unit=unit,
        start_event_id=START,
        raw_due_date="2026-05-04",
        rolled_due_date="2026-05-06",
        due_time=due_time,
        rule_version="2022",
        calendar_version="2026",
        status=status,
        stop_event_id=STOP if status == types.CLOCK_STATUS_MET else "",
    )


def passed(number: int = 1) -> events.DeadlinePassed:
    of = clock(number)
    return events.DeadlinePassed(
        clock_id=of.clock_id,
        rule="T7",
        case_id=CASE,
        unit=HOUSING,
        start_event_id=START,
        raw_due_date="2026-05-04",
        rolled_due_date="2026-05-06",
        due_time=of.due_time,
        rule_version="2022",
        calendar_version="2026",
    )


def test_a_clock_that_passes_is_recorded_with_all_it_was_judged_by() -> None:
    outcome = Given(LATENESS).when(clock(), AFTER)
    outcome.then(passed())
    assert LATENESS.case_ids(outcome.after.state) == (CASE,)
    assert LATENESS.audience(outcome.after.state) == (HOUSING,)


def test_it_is_recorded_once_however_often_it_is_asked_for_p5() -> None:
    late = Given(LATENESS).after(clock(), AFTER)
    late.when(clock(), context(SERVICE, now=DUE + timedelta(days=30))).nothing()
    late.when(clock(status=types.CLOCK_STATUS_MET_LATE), AFTER).nothing()


def test_a_clock_has_not_passed_before_the_end_of_its_day() -> None:
    early = context(SERVICE, now=DUE - timedelta(microseconds=1))
    Given(LATENESS).when(clock(), early).refused("CLOCK_STILL_RUNNING")


def test_a_clock_without_a_date_is_not_guessed_at() -> None:
    provisional = clock()
    provisional.ClearField("due_time")
    Given(LATENESS).when(provisional, AFTER).refused("CLOCK_PROVISIONAL")


def test_a_clock_met_late_is_recorded_too() -> None:
    Given(LATENESS).when(clock(status=types.CLOCK_STATUS_MET_LATE), AFTER).then(passed())


@pytest.mark.parametrize(
    "status", [types.CLOCK_STATUS_RUNNING, types.CLOCK_STATUS_MET, types.CLOCK_STATUS_VOID]
)
def test_a_clock_that_did_not_pass_leaves_no_trace(status: ClockStatus.ValueType) -> None:
    Given(LATENESS).when(clock(status=status), AFTER).nothing()


def withdrawal(
    number: int = 1,
    due: datetime = DUE,
    cause: WithdrawalCause.ValueType = types.WITHDRAWAL_CAUSE_LATE_ENTRY,
) -> events.LatenessWithdrawn:
    event = events.LatenessWithdrawn(clock_id=f"T7:{number}", case_id=CASE, stop_event_id=STOP, cause=cause)
    event.due_time.FromDatetime(due)
    return event


def test_lateness_is_withdrawn_once_for_a_cause_that_is_named() -> None:
    late = Given(LATENESS).after(clock(), AFTER)
    outcome = late.when(withdrawal(), AFTER)
    outcome.then(withdrawal())
    outcome.after.when(withdrawal(), AFTER).nothing()
    outcome.after.when(clock(), AFTER).nothing()


def test_lateness_is_not_withdrawn_without_a_cause() -> None:
    late = Given(LATENESS).after(clock(), AFTER)
    late.when(withdrawal(cause=types.WITHDRAWAL_CAUSE_UNSPECIFIED), AFTER).refused("CAUSE_REQUIRED")


def test_what_was_not_recorded_is_not_withdrawn() -> None:
    assert withdraw(LATENESS.initial(), withdrawal()) == ()
    late = Given(LATENESS).after(clock(), AFTER)
    late.when(withdrawal(due=DUE + timedelta(days=1)), AFTER).nothing()


def test_a_last_day_that_a_calendar_moved_away_and_back_passes_again() -> None:
    late = Given(LATENESS).after(clock(), AFTER)
    moved = withdrawal(cause=types.WITHDRAWAL_CAUSE_CALENDAR)
    again = late.when(moved, AFTER).after.when(clock(), AFTER)
    assert [type(event) for event in again.after.events] == [
        events.DeadlinePassed,
        events.LatenessWithdrawn,
        events.DeadlinePassed,
    ]
    again.after.when(clock(), AFTER).nothing()
    again.after.when(moved, AFTER).after.when(moved, AFTER).nothing()


def test_a_clock_passes_once_for_each_due_time_and_again_when_it_runs_to_another() -> None:
    late = Given(LATENESS).after(clock(), AFTER)
    amended = clock()
    amended.due_time.FromDatetime(DUE + timedelta(days=2))
    late.when(amended, AFTER).refused("CLOCK_STILL_RUNNING")
    again = late.when(amended, context(SERVICE, now=DUE + timedelta(days=2)))
    (event,) = again.after.events[1:]
    assert isinstance(event, events.DeadlinePassed)
    assert event.due_time == amended.due_time
    again.after.when(amended, context(SERVICE, now=DUE + timedelta(days=3))).nothing()


def test_a_withdrawal_of_version_0_1_takes_back_what_was_recorded_before() -> None:
    plain = events.LatenessWithdrawn(clock_id="T7:1", case_id=CASE, stop_event_id=STOP)
    state = LATENESS.evolve(Given(LATENESS).after(clock(), AFTER).state, plain)
    assert state.withdrawn == state.passed


def test_a_lapsed_remedy_of_the_petitioner_is_nobodys_lateness() -> None:
    state = Given(LATENESS).after(clock(unit=""), AFTER).after(clock(2, unit=LABOUR), AFTER).state
    assert LATENESS.audience(state) == (LABOUR,)


def test_an_unknown_command_or_event_is_an_error() -> None:
    with pytest.raises(UnknownCommandError):
        Given(LATENESS).when(passed(), AFTER)
    with pytest.raises(UnknownEventError):
        LATENESS.evolve(LATENESS.initial(), clock())


LOOKS = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.sampled_from(list(ClockStatus.values())),
        st.integers(-2, 2),
    ),
    max_size=40,
)


@given(LOOKS)
def test_exactly_one_lateness_for_each_clock_that_passed(
    looks: list[tuple[int, ClockStatus.ValueType, int]],
) -> None:
    stream = Given(LATENESS)
    due: set[str] = set()
    for number, status, days in looks:
        outcome = stream.when(clock(number, status), context(SERVICE, now=DUE + timedelta(days=days)))
        late = status in (types.CLOCK_STATUS_PASSED, types.CLOCK_STATUS_MET_LATE)
        due |= {f"T7:{number}"} if late and days >= 0 else set()
        stream = stream if isinstance(outcome.decision, Refusal) else outcome.after
    recorded = Counter(event.clock_id for event in stream.events if isinstance(event, events.DeadlinePassed))
    assert recorded == Counter(due)

"""No stored event ends a fold: whatever it says, it is taken, or refused as one that is not known."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import Message
from hypothesis import HealthCheck, example, given, settings

from huiyin.insight.v1.filings_pb2 import IssueFiling
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.calendar import calendar
from huiyin_domain.cases.fold import CaseFold, summary_of
from huiyin_domain.clocks import mark
from huiyin_domain.clocks.clock import statutory_clock
from huiyin_domain.clocks.derive import clocks
from huiyin_domain.clocks.record import ClockFold
from huiyin_domain.decider import Decider, Fact, UnfoldableError
from huiyin_domain.figures.derive import contributions
from huiyin_domain.intake.decider import PETITION
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_domain.intake.standing import petition_message
from huiyin_domain.judicial.referral import REFERRAL, referral_message
from huiyin_domain.narrative.sentences import describe
from huiyin_domain.reception.centre import CENTRE, VISIT
from huiyin_domain.reception.meeting import MEETING, meeting_message
from huiyin_domain.streams.entry import Entry
from huiyin_domain.streams.folds import StreamFold, folds, step
from huiyin_domain.streams.output import Output, Sink
from huiyin_domain.supervision.lateness import LATENESS
from huiyin_domain.supervision.order import ORDER, order_message
from huiyin_domain.timeline.case import CaseTimeline, from_bytes, to_bytes, told, walls_of
from huiyin_domain.timeline.ledger import Ledger
from huiyin_streams.sink_rows import values_of
from tests.support.extremes import CASE, histories, messages
from tests.support.small_policy import CODES, DIRECTORY, TIMETABLE

AS_OF = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
MANY = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
READINGS: Mapping[str, Callable[[Any, int], Message]] = {
    "petition": petition_message,
    "meeting": meeting_message,
    "referral": referral_message,
    "order": order_message,
}
DECIDERS: tuple[Decider[Any], ...] = (PETITION, DISCLOSURE, REFERRAL, CENTRE, MEETING, VISIT, LATENESS, ORDER)


@pytest.mark.parametrize("decider", DECIDERS, ids=lambda one: one.category)
@MANY
@given(facts=histories())
def test_every_stream_takes_its_events_whatever_they_say(decider: Decider[Any], facts: list[Fact]) -> None:
    state = decider.initial()
    for fact in facts:
        try:
            state = decider.evolve(state, fact.event)
        except UnfoldableError:
            continue
        decider.case_ids(state)
        decider.audience(state)
        if reading := READINGS.get(decider.category):
            reading(state, 1)


def registered_on_the_last_day() -> Fact:
    """A registration at the end of time: each clock that it starts ends beyond it."""
    last = datetime.max.replace(tzinfo=UTC)
    return Fact(
        context="intake",
        log="intake@990000",
        position=1,
        stream=f"petition-{CASE}",
        version=1,
        event_id="event-1",
        recorded=last,
        occurred=last,
        case_ids=(CASE,),
        causes=(),
        event=PetitionRegistered(case_id=CASE),
    )


def taken(fold: Any, facts: Iterable[Fact], derived: Callable[[Any], object]) -> None:
    """Folds a history, with what is derived of each state, and the bytes that are kept of it."""
    states: dict[str, Any] = {}
    for fact in facts:
        for key in fold.keys(fact):
            try:
                states[key] = fold.evolve(states.get(key) or fold.initial(), fact)
            except UnfoldableError:
                continue
            derived(states[key])
            assert fold.load(fold.dump(states[key])) == states[key]


@MANY
@given(facts=histories())
@example(facts=[registered_on_the_last_day()])
def test_clocks_take_every_event_whatever_it_says(facts: list[Fact]) -> None:
    def derived(state: Any) -> None:
        for clock in clocks(state.clocks, TIMETABLE):
            for instant in AS_OF:
                statutory_clock(clock, instant)

    taken(ClockFold(), facts, derived)


@MANY
@given(facts=histories())
def test_cases_and_figures_take_every_event_whatever_it_says(facts: list[Fact]) -> None:
    def derived(state: Any) -> None:
        summary_of(state, TIMETABLE)
        contributions(state, TIMETABLE)

    taken(CaseFold(), facts, derived)


@MANY
@given(facts=histories())
def test_the_timeline_takes_every_event_whatever_it_says(facts: list[Fact]) -> None:
    ledger = Ledger(walls_of(DIRECTORY))
    for fact in facts:
        one = told(fact, [CASE])
        ledger.know({case: CaseTimeline() for case in one.cases if case not in ledger.cases})
        try:
            ledger.enter(one)
        except UnfoldableError:
            continue
        for case in one.cases:
            assert from_bytes(to_bytes(ledger.cases[case])) == ledger.cases[case]


def put_out(fold: StreamFold[Any, Any], items: Iterable[Any]) -> list[Output]:
    """What a stream fold puts out for items of one key after another."""
    states: dict[str, bytes] = {}
    outputs: list[Output] = []
    for item in items:
        for key in fold.keys(item):
            try:
                kept, found = step(fold, states.get(key), item)
            except UnfoldableError:
                continue
            states |= {} if kept is None else {key: kept}
            outputs += found
    return outputs


@MANY
@given(facts=histories())
def test_stream_folds_take_every_event_and_the_tables_what_they_put_out(facts: list[Fact]) -> None:
    built = folds(TIMETABLE)
    entries = [Entry(CaseEvent(case_id=CASE, number=number), fact) for number, fact in enumerate(facts, 1)]
    outputs = put_out(built.cases, entries)
    filings = [IssueFiling.FromString(one.value or b"") for one in outputs if one.sink is Sink.FILINGS]
    outputs = [one for one in outputs if one.sink is not Sink.FILINGS] + put_out(built.cells, filings)
    for output in outputs:
        values_of(output)


@MANY
@given(filing=messages(IssueFiling.DESCRIPTOR))
def test_hot_issues_take_every_filing_whatever_it_says(filing: IssueFiling) -> None:
    put_out(folds(TIMETABLE).cells, [filing, filing])


@MANY
@given(facts=histories())
def test_every_event_is_told_in_words_whatever_it_says(facts: list[Fact]) -> None:
    for fact in facts:
        describe(fact.event, DIRECTORY, CODES)


def found_wrong(*kinds: type[Exception]) -> bool:
    """Whether the test of clocks fails of one of these; hypothesis may find several at once."""
    try:
        test_clocks_take_every_event_whatever_it_says()
    except ExceptionGroup as several:
        return several.subgroup(kinds) is not None
    except kinds:
        return True
    return False


def _plainly(day: date, days: int) -> date:
    """A planted defect: days are added as if no year were the last."""
    return day + timedelta(days=days)


def test_a_fold_that_ends_at_a_far_day_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "shifted", _plainly)
    # what was counted soundly before is not asked again
    monkeypatch.setattr(calendar.Calendar, "due", calendar.Calendar._count)
    assert found_wrong(OverflowError)


def test_a_fold_that_reads_times_as_if_all_were_sound_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mark, "instant", lambda stamp: stamp.ToDatetime(tzinfo=UTC))
    assert found_wrong(OverflowError, ValueError)

"""The merge of the logs: causal, complete, each event once, whatever the order of arrival (promise P7)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.common.v1.types_pb2 import Actor, Cause
from huiyin_domain.decider import Fact
from huiyin_domain.timeline.case import Need
from huiyin_domain.timeline.case import told as told_of
from huiyin_domain.timeline.held import GapError, LogEnd
from huiyin_domain.timeline.merge import Release
from tests.support.facts import START, Logs
from tests.support.merging import CASES, NAMES, SKEW, History, Run, arrive, fresh, histories, wrong

CHOICES = st.lists(st.integers(0, 3), max_size=30)
INTAKE, JUDICIAL, RECEPTION, SUPERVISION = NAMES


def ends(history: History) -> dict[str, int]:
    return {name: len(facts) for name, facts in history.by_log().items()}


@given(histories(), CHOICES)
def test_any_order_of_arrival_gives_a_causal_and_complete_merge(history: History, order: list[int]) -> None:
    run = fresh()
    arrive(run, history.by_log(), order)
    assert wrong(history, run.released) == []
    assert len(run.merge.held) == 0


@given(histories(), CHOICES)
def test_true_causes_are_never_called_missing(history: History, order: list[int]) -> None:
    run = fresh()
    arrive(run, history.by_log(), order)
    assert [one.missing for one in run.released if one.missing] == []


@given(histories(false_causes=True), CHOICES)
def test_false_causes_hold_nothing_back_for_ever(history: History, order: list[int]) -> None:
    run = fresh()
    arrive(run, history.by_log(), order)
    run.ask_all(ends(history))
    assert wrong(history, run.released) == []
    assert len(run.merge.held) == 0


@given(histories(false_causes=True), CHOICES, st.integers(0, 3))
def test_logs_asked_for_their_ends_in_between_make_no_order_wrong(
    history: History, order: list[int], late: int
) -> None:
    """A log is asked while others still arrive; what is under way in it then is read before it counts."""
    run, logs = fresh(), history.by_log()
    slow = NAMES[late]
    arrive(run, {**logs, slow: []}, order)
    for log in run.merge.to_ask():
        run.ask(log, len(logs[log]))
    arrive(run, {name: logs[name] if name == slow else [] for name in NAMES}, [])
    run.ask_all(ends(history))
    assert wrong(history, run.released) == []
    assert len(run.merge.held) == 0


@given(histories(false_causes=True), CHOICES, st.integers(0, 25))
def test_a_host_that_starts_again_in_the_middle_changes_nothing(
    history: History, order: list[int], stop: int
) -> None:
    run, left = fresh(), history.by_log()
    for choice in order[:stop]:
        if rest := [name for name in NAMES if left[name]]:
            run.take(left[rest[choice % len(rest)]].pop(0))
    again = restarted(run)
    arrive(again, left, order)
    again.ask_all(ends(history))
    assert wrong(history, again.released) == []


def restarted(run: Run) -> Run:
    """A new merge from what the first one had kept: positions, released versions and what it held."""
    again = fresh()
    again.merge._reading.positions.update(run.merge.positions)
    again.merge.know(run.merge._released)
    again.merge.arrivals = run.merge.arrivals
    again.released = list(run.released)
    for arrival, one in sorted(run.merge.held.items()):
        again.merge.know(dict.fromkeys(again.merge.unknown_streams([one.told]), 0))
        again.released += again.merge.restore(arrival, one.told)
    return again


@given(histories(), CHOICES)
def test_what_arrives_twice_is_released_once(history: History, order: list[int]) -> None:
    run = fresh()
    arrive(run, history.by_log(), order)
    for fact in history.facts:
        run.take(fact)
    assert wrong(history, run.released) == []


@given(histories(false_causes=True), CHOICES, st.integers(1, 4))
def test_a_full_buffer_reads_only_what_is_waited_for_and_gets_on(
    history: History, order: list[int], most: int
) -> None:
    run = fresh(held_max=most)
    left, choices = history.by_log(), list(order)
    for _ in range(200):
        wanted = run.merge.wanted()
        rest = [name for name in NAMES if left[name] and wanted in (None, name)]
        if rest:
            run.take(left[rest[(choices.pop() if choices else 0) % len(rest)]].pop(0))
        run.ask_all(ends(history))
    assert not any(left.values())
    assert wrong(history, run.released) == []
    assert len(run.merge.held) == 0


def test_a_full_buffer_grows_no_further_while_a_log_lags() -> None:
    logs, run = Logs(), fresh(held_max=3)
    court = [logs.record("judicial", f"referral-{number}", Actor(), [CASES[0]]) for number in range(20)]
    effects = [
        logs.record("intake", f"petition-{number}", Actor(), [CASES[number % 3]], [cause_of(court[number])])
        for number in range(20)
    ]
    for fact in effects:
        if run.merge.wanted() in (None, INTAKE):
            run.take(fact)
    assert (len(run.merge.held), run.merge.wanted()) == (3, JUDICIAL)


def test_a_full_buffer_reads_what_the_earliest_event_waits_for() -> None:
    logs, run = Logs(), fresh(held_max=2)
    earlier = logs.record("intake", "petition-1", Actor(), [CASES[0]], [claimed("supervision", 1)])
    run.take(logs.record("judicial", "referral-1", Actor(), [CASES[1]], [claimed("reception", 1)]))
    run.take(earlier)
    assert run.merge.wanted() == SUPERVISION


def test_a_full_buffer_does_not_read_on_where_the_cause_has_come_and_waits_itself() -> None:
    logs, run = Logs(), fresh(held_max=2)
    cause = logs.record("reception", "visit-1", Actor(), [CASES[1]], [claimed("judicial", 1)])
    effect = logs.record("intake", "petition-1", Actor(), [CASES[0]], [cause_of(cause)])
    run.take(replace(effect, recorded=cause.recorded - SKEW / 2))
    assert run.merge.wanted() is None
    run.take(cause)
    assert run.merge.wanted() == JUDICIAL


def cause_of(fact: Fact, version: int = 0) -> Cause:
    return Cause(log=fact.log, stream=fact.stream, version=version or fact.version)


def told(released: list[Release]) -> list[tuple[str, int]]:
    return [(one.told.fact.context, one.told.fact.position) for one in released]


def test_an_effect_waits_for_a_cause_in_a_log_that_lags() -> None:
    logs, run = Logs(), fresh()
    cause = logs.record("judicial", "referral-1", Actor())
    run.take(logs.record("intake", "petition-1", Actor(), causes=[cause_of(cause)]))
    assert (told(run.released), len(run.merge.held)) == ([], 1)
    run.take(cause)
    assert told(run.released) == [("judicial", 1), ("intake", 1)]
    assert run.released[1].missing == ()


def test_a_cause_in_another_case_is_waited_for_too() -> None:
    logs, run = Logs(), fresh()
    cause = logs.record("judicial", "referral-1", Actor(), [CASES[1]])
    run.take(logs.record("intake", "petition-1", Actor(), [CASES[0]], [cause_of(cause)]))
    assert told(run.released) == []
    run.take(cause)
    assert told(run.released) == [("judicial", 1), ("intake", 1)]


def test_what_stands_behind_a_held_event_of_its_case_and_log_waits_too() -> None:
    logs, run = Logs(), fresh()
    cause = logs.record("judicial", "referral-1", Actor())
    run.take(logs.record("intake", "petition-1", Actor(), [CASES[0]], [cause_of(cause)]))
    run.take(logs.record("intake", "petition-9", Actor(), [CASES[0]]))
    run.take(logs.record("intake", "petition-2", Actor(), [CASES[1]]))
    assert told(run.released) == [("intake", 3)]
    run.take(cause)
    assert told(run.released) == [("intake", 3), ("judicial", 1), ("intake", 1), ("intake", 2)]


def test_a_log_that_was_asked_and_read_to_its_end_is_not_waited_for() -> None:
    logs, run = Logs(), fresh()
    run.take(logs.record("intake", "petition-1", Actor(), causes=[claimed("judicial", 7)]))
    assert run.merge.to_ask() == [JUDICIAL]
    run.ask(JUDICIAL, 0)
    assert told(run.released) == [("intake", 1)]
    assert run.released[0].missing == (Need(JUDICIAL, "judicial-1", 7),)


def claimed(context: str, version: int) -> Cause:
    return Cause(log=f"{context}@990000", stream=f"{context}-1", version=version)


def test_an_end_that_was_named_before_the_event_came_says_nothing_about_it() -> None:
    logs, run = Logs(), fresh()
    first = logs.record("intake", "petition-1", Actor(), causes=[claimed("judicial", 1)])
    second = logs.record("intake", "petition-2", Actor(), [CASES[1]], [claimed("judicial", 1)])
    run.take(first)
    run.released += run.merge.end(end := _end(JUDICIAL, 1, run.merge.arrivals))
    run.take(second)
    run.take(logs.record("judicial", "other-1", Actor(), [CASES[2]]))
    assert (end.arrivals, told(run.released)) == (1, [("intake", 1), ("judicial", 1)])
    assert run.merge.to_ask() == [JUDICIAL]


def _end(log: str, position: int, arrivals: int) -> LogEnd:
    return LogEnd(log, position, arrivals)


def test_a_log_that_has_come_to_later_events_is_not_waited_for() -> None:
    logs, run = Logs(), fresh()
    run.take(logs.record("intake", "petition-1", Actor(), [CASES[0]], [claimed("judicial", 7)]))
    later = logs.record("judicial", "other-1", Actor(), [CASES[1]])
    run.take(replace(later, recorded=START + SKEW))
    assert told(run.released) == [("judicial", 1)]
    last = logs.record("judicial", "other-1", Actor(), [CASES[1]])
    run.take(replace(last, recorded=START + SKEW + timedelta(microseconds=1)))
    assert told(run.released) == [("judicial", 1), ("intake", 1), ("judicial", 2)]
    assert run.released[1].missing == (Need(JUDICIAL, "judicial-1", 7),)


def test_a_log_that_there_is_not_is_not_waited_for() -> None:
    run = fresh()
    run.take(Logs().record("intake", "petition-1", Actor(), causes=[claimed("rumour", 1)]))
    assert told(run.released) == [("intake", 1)]
    assert run.released[0].missing == (Need("rumour@990000", "rumour-1", 1),)


def test_the_earlier_versions_of_a_cause_that_there_is_not_come_first() -> None:
    logs, run = Logs(), fresh()
    court = logs.record("judicial", "referral-1", Actor(), [CASES[1]])
    visit = logs.record("reception", "visit-1", Actor(), [CASES[1]], [cause_of(court)])
    run.take(visit)
    run.take(logs.record("intake", "petition-1", Actor(), [CASES[0]], [cause_of(visit, version=9)]))
    run.ask(RECEPTION, 1)
    assert told(run.released) == []
    run.take(court)
    assert told(run.released) == [("judicial", 1), ("reception", 1), ("intake", 1)]
    assert run.released[2].missing == (Need(RECEPTION, "visit-1", 9),)


def test_of_causes_that_contradict_each_other_the_earliest_recorded_event_comes_first() -> None:
    logs = Logs()
    bound = logs.record(
        "reception", "meeting-1", Actor(), causes=[Cause(log=INTAKE, stream="p-1", version=1)]
    )
    applied = logs.record("intake", "p-1", Actor(), causes=[cause_of(bound)])
    for order in ((bound, applied), (applied, bound)):
        run = fresh()
        for fact in order:
            run.take(fact)
        assert told(run.released) == [("reception", 1), ("intake", 1)]
        assert [len(one.missing) for one in run.released] == [1, 0]


def test_a_case_begins_with_its_registration_whatever_arrives_first() -> None:
    logs, run = Logs(), fresh(registry=INTAKE)
    registered = logs.record("intake", f"petition-{CASES[0]}", Actor(), [CASES[0]])
    run.take(logs.record("supervision", "lateness-1", Actor(), [CASES[0]]))
    assert told(run.released) == []
    run.take(registered)
    assert told(run.released) == [("intake", 1), ("supervision", 1)]
    assert [one.missing for one in run.released] == [(), ()]


def test_a_case_that_was_never_registered_is_told_all_the_same() -> None:
    run = fresh(registry=INTAKE)
    run.take(Logs().record("supervision", "lateness-1", Actor(), [CASES[0]]))
    run.ask(INTAKE, 0)
    assert told(run.released) == [("supervision", 1)]
    assert run.released[0].missing == ()


def test_a_gap_in_a_log_is_an_alarm() -> None:
    logs, run = Logs(), fresh()
    logs.record("intake", "petition-1", Actor())
    with pytest.raises(GapError, match="intake@990000 went on at position 2 after 0"):
        run.take(logs.record("intake", "petition-1", Actor()))


def test_what_is_remembered_of_streams_is_bounded() -> None:
    logs, run = Logs(), fresh()
    for number in range(50):
        run.take(logs.record("intake", f"petition-{number}", Actor(), [CASES[0]]))
    run.take(logs.record("intake", "petition-50", Actor(), [CASES[0]], [claimed("judicial", 1)]))
    run.merge.forget_beyond(10)
    assert run.merge._released == {(JUDICIAL, "judicial-1"): 0}
    waiting = told_of(
        logs.record("reception", "v-1", Actor(), causes=[Cause(log=INTAKE, stream="petition-3", version=1)])
    )
    assert run.merge.unknown_streams([waiting]) == {(INTAKE, "petition-3")}


def test_the_checker_finds_planted_violations() -> None:
    logs = Logs()
    cause = logs.record("judicial", "referral-1", Actor(), [CASES[0]])
    effect = logs.record("intake", "petition-1", Actor(), [CASES[0]], [cause_of(cause)])
    history = History([cause, effect])
    first, second = (Release(0, told_of(fact), ()) for fact in (cause, effect))
    assert wrong(history, [first, second]) == []
    assert wrong(history, [second, first]) == ["an effect stands before its cause"]
    assert "an event is missing" in wrong(history, [first])
    assert "an event stands twice" in wrong(history, [first, second, second])
    given_up = second._replace(missing=(Need(cause.log, cause.stream, 1),))
    assert wrong(history, [first, given_up]) == ["a true cause was given up"]
    later = logs.record("judicial", "referral-2", Actor(), [CASES[0]])
    swapped = [Release(0, told_of(fact), ()) for fact in (later, cause, effect)]
    assert wrong(History([*history.facts, later]), swapped) == ["a log is out of order"]

"""The stream folds show the same whatever the order of cases, the repeats and the crashes of their host."""

import random
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.streams.entry import MissingEntryError
from huiyin_domain.streams.folds import step
from huiyin_domain.streams.output import Output, Sink
from huiyin_kernel.codec import entry_of
from tests.support.folding import FOLDS, Memory, displayed
from tests.support.made_timelines import Timelines

SEEDS = st.integers(0, 10_000)


def mixed_anew(records: Sequence[CaseEvent], seed: int) -> list[CaseEvent]:
    """The same entries, cases mixed in another way; each case in its own order."""
    draw, cases = random.Random(seed), defaultdict(list)
    for record in records:
        cases[record.case_id].append(record)
    slots = [record.case_id for record in records]
    draw.shuffle(slots)
    return [cases[case_id].pop(0) for case_id in slots]


def with_repeats(records: Sequence[CaseEvent], seed: int) -> list[CaseEvent]:
    """As Kafka gives them to workers that crash: again and again some stretch is read once more."""
    draw, at = random.Random(seed), 0
    given_out: list[CaseEvent] = []
    while at < len(records):
        length = draw.randint(1, 15)
        given_out += records[at : at + length]
        at += max(1, length - draw.choice((0, 0, 3, 10)))
    return given_out


def test_the_timelines_of_these_tests_have_hot_issues_warnings_and_withdrawals() -> None:
    memory = Memory().take(Timelines(1).entries(300))
    sinks = [sink for sink, _ in memory.displayed()]
    assert {sinks.count(sink.value) > 0 for sink in Sink if sink is not Sink.FILINGS} == {True}
    assert any(output.value is None for output in memory.outputs if output.sink is Sink.HOT_ISSUES)


@settings(max_examples=8)
@given(SEEDS, SEEDS)
def test_the_order_of_cases_makes_no_difference(seed: int, other: int) -> None:
    records = Timelines(seed).entries(40)
    first, second = Memory().take(records), Memory().take(mixed_anew(records, other))
    assert second.displayed() == first.displayed()
    assert second.cases == first.cases
    assert second.cell_contents() == first.cell_contents()


@settings(max_examples=8)
@given(SEEDS, SEEDS)
def test_repeats_make_no_difference(seed: int, other: int) -> None:
    records = Timelines(seed).entries(40)
    first, second = Memory().take(records), Memory().take(with_repeats(records, other))
    assert second.displayed() == first.displayed()
    assert second.cases == first.cases
    assert second.cell_contents() == first.cell_contents()


@settings(max_examples=8)
@given(SEEDS, SEEDS)
def test_what_a_crash_kept_from_being_put_out_is_put_out_at_the_repeat(seed: int, other: int) -> None:
    records, draw = Timelines(seed).entries(40), random.Random(other)
    wanted = Memory().take(records).displayed()
    hasty = Memory()
    for record in records:
        before = len(hasty.outputs)
        hasty.take([record])
        if draw.random() < 0.3:
            del hasty.outputs[before + draw.randint(0, len(hasty.outputs) - before) :]
            hasty.take([record])
    assert hasty.displayed() == wanted


def test_a_repeat_gives_the_state_itself_and_everything_that_is_shown() -> None:
    records = Timelines(3).entries(20)
    memory = Memory().take(records)
    last = {record.case_id: record for record in records if not record.catch_up}
    put_out: list[Output] = []
    for case_id, record in last.items():
        kept, outputs = step(FOLDS.cases, memory.cases[case_id], entry_of(record))
        assert kept is None
        put_out += outputs
    of_cases = {
        place: value for place, value in memory.displayed().items() if place[0] != Sink.HOT_ISSUES.value
    }
    assert displayed(put_out) == of_cases


def test_an_entry_is_not_folded_before_the_one_that_it_follows() -> None:
    records = [record for record in Timelines(3).entries(20) if not record.catch_up]
    late = next(record for record in records if record.number == 2)
    memory = Memory()
    with pytest.raises(MissingEntryError, match="entry 2 comes before entry 1 of its case"):
        memory.take([late])
    assert (memory.cases, memory.outputs) == ({}, [])


def test_an_entry_sent_again_to_newcomers_changes_nothing() -> None:
    records = Timelines(4).entries(40)
    again = [record for record in records if record.catch_up]
    memory = Memory().take(records)
    before = dict(memory.cases)
    assert again
    assert memory.take(again).cases == before


def test_an_entry_is_not_sent_again_before_it_was_folded() -> None:
    records = Timelines(4).entries(40)
    again = next(record for record in records if record.catch_up)
    earlier = [one for one in records if one.case_id == again.case_id and one.number < again.number]
    with pytest.raises(MissingEntryError, match=f"entry {again.number} comes before entry {again.number}"):
        Memory().take([*earlier, again])


def test_states_survive_their_byte_form() -> None:
    memory = Memory().take(Timelines(5).entries(120))
    for data in memory.cases.values():
        assert FOLDS.cases.dump(FOLDS.cases.load(data)) == data
    for data in memory.cells.values():
        assert FOLDS.cells.dump(FOLDS.cells.load(data)) == data


def test_outputs_carry_the_number_of_the_event_they_follow_from() -> None:
    records = Timelines(6).entries(30)
    numbers = {record.case_id: record.number for record in records}
    memory = Memory().take(records)
    warned = [one for one in memory.outputs if one.sink is Sink.WARNINGS and one.value]
    cases = [ClockWarning.FromString(one.value or b"").case_id for one in warned]
    assert warned
    assert all(1 <= one.number <= numbers[case_id] for one, case_id in zip(warned, cases, strict=True))


@pytest.mark.parametrize("seed", range(3))
def test_no_hot_issue_has_fewer_filings_or_petitioners_than_the_policy_asks(seed: int) -> None:
    memory = Memory().take(Timelines(seed).entries(300))
    policy = FOLDS.cells.policy
    shown = [
        HotIssue.FromString(value)
        for (sink, _), value in memory.displayed().items()
        if sink == Sink.HOT_ISSUES.value
    ]
    assert shown
    assert all(issue.filing_count >= policy.filings_min for issue in shown)


def test_neither_states_nor_outputs_name_a_person_or_a_case_in_a_cell() -> None:
    timelines = Timelines(7)
    records = timelines.entries(200)
    persons, cases = set(), {record.case_id for record in records}
    for record in records:
        event = entry_of(record).fact.event
        persons |= {getattr(event, "person_id", "")} - {""}
    memory = Memory().take(records)
    kept = b"".join([*memory.cases.values(), *memory.cells.values()])
    put_out = b"".join(output.value or b"" for output in memory.outputs)
    of_cells = b"".join(memory.cells.values()) + b"".join(
        output.value or b"" for output in memory.outputs if output.sink in (Sink.HOT_ISSUES, Sink.FILINGS)
    )
    assert persons
    assert not [person for person in persons if person.encode() in kept + put_out]
    assert not [case_id for case_id in cases if case_id.encode() in of_cells]

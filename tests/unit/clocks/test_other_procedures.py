"""Periods of other procedures: shown when the fact is known; nobody is late by them (domain rules, 2.2)."""

import pytest

from huiyin.common.v1.types_pb2 import ENTRY_KIND_TIMELY
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.intake.v1 import types_pb2 as types
from huiyin.supervision.v1.types_pb2 import CLOCK_STATUS_RUNNING, CLOCK_STATUS_VOID
from huiyin_domain.clocks.clock import next_clock, statutory_clock
from huiyin_domain.clocks.procedure_rules import FACTS, REMEDY_RULES
from huiyin_domain.clocks.record import ClockRecord
from huiyin_domain.clocks.rule import Nature
from huiyin_domain.dates import local_date
from huiyin_supervision.clock_model import row_of
from tests.unit.clocks.story import Story, noon
from tests.unit.clocks.tellings import classified, registered

JUDGMENT, ACT = types.REMEDY_FACT_JUDGMENT_EFFECTIVE, types.REMEDY_FACT_ADMINISTRATIVE_ACT_KNOWN


def known(fact: types.RemedyFact.ValueType, day: str, told: str = "2026-03-20") -> Story:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02")
    return told_again(story, fact, day, told)


def told_again(story: Story, fact: types.RemedyFact.ValueType, day: str, told: str) -> Story:
    event = intake.RemedyFactRecorded(fact=fact, fact_date=day)
    story.tell(told, event, entry=ENTRY_KIND_TIMELY)
    return story


@pytest.mark.parametrize(
    ("fact", "rule", "day", "raw_due", "article"),
    [
        (JUDGMENT, "X1", "2026-01-15", "2026-07-15", "《民事诉讼法》第二百一十六条"),
        (ACT, "X2", "2026-03-05", "2026-05-04", "《行政复议法》第二十条"),
        (ACT, "X3", "2026-03-05", "2026-09-05", "《行政诉讼法》第四十六条"),
        (types.REMEDY_FACT_LABOUR_RIGHT_INFRINGED, "X4", "2025-11-03", "2026-11-03", "第二十七条"),
        (types.REMEDY_FACT_OFFICIAL_INJURY_KNOWN, "X5", "2024-08-10", "2026-08-10", "第三十九条"),
        (types.REMEDY_FACT_DUTY_REQUESTED, "X6", "2026-02-28", "2026-04-28", "《行政诉讼法》第四十七条"),
        (types.REMEDY_FACT_NON_PROSECUTION_RECEIVED, "X7", "2026-03-17", "2026-03-24", "第一百八十条"),
    ],
)
def test_a_period_of_other_law_runs_from_the_day_of_its_fact(
    fact: types.RemedyFact.ValueType, rule: str, day: str, raw_due: str, article: str
) -> None:
    clock = known(fact, day).clock(rule)
    assert (str(local_date(clock.start_time)), str(clock.raw_due)) == (day, raw_due)
    assert article in clock.basis_zh
    assert clock.basis_zh.startswith("其他法律（供参考，非信访期限）")


def test_without_the_fact_no_period_of_another_procedure_is_shown() -> None:
    story = Story()
    registered(story, "2026-03-02")
    classified(story, "2026-03-02", route=types.ROUTE_ADMINISTRATIVE_PROCEDURE)
    story.tell("2026-03-10", intake.LedIntoProcedure(route=types.ROUTE_ADMINISTRATIVE_PROCEDURE))
    assert not [clock for clock in story.clocks() if clock.nature is Nature.INFORMATIONAL]


def test_nobody_is_late_by_one_and_it_is_nobodys_next_date_nor_on_a_list() -> None:
    story = known(JUDGMENT, "2025-01-15")
    clock = story.clock("X1")
    assert (clock.unit, clock.can_be_late, clock.status(noon("2026-06-01"))) == ("", False, CLOCK_STATUS_VOID)
    assert next_clock((clock,)) is None
    said = statutory_clock(clock)
    assert (said.informational, said.HasField("due_time"), said.status) == (True, False, CLOCK_STATUS_RUNNING)
    row = row_of(clock, ClockRecord(story.state()))
    assert (row.day, row.passed, row.withdrawal) == (None, False, None)


def test_the_last_record_of_a_fact_counts() -> None:
    story = told_again(known(ACT, "2026-03-05"), ACT, "2026-03-12", told="2026-03-25")
    first, second = story.clocks("X2")
    assert (first.running, str(second.raw_due), second.running) == (False, "2026-05-11", True)
    assert len([one for one in story.clocks("X3") if one.running]) == 1


def test_every_fact_starts_something_and_every_row_names_an_article_of_other_law() -> None:
    assert set(FACTS) == {*types.RemedyFact.values()} - {types.REMEDY_FACT_UNSPECIFIED}
    starts = frozenset().union(*(rule.starts for rule in REMEDY_RULES))
    assert starts == set(FACTS.values())
    assert all(rule.nature is Nature.INFORMATIONAL and "条" in rule.basis.zh for rule in REMEDY_RULES)

"""All promises together: a legal history holds however its cases interleave."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huiyin_audit.checks.all import check_all
from huiyin_audit.checks.kept import NO_CALLS
from huiyin_audit.findings import FindingPlace, PromiseOutcome, Verdict, verdict
from huiyin_kernel.policy import load_policy
from tests.unit.audit.book import START, Act, told
from tests.unit.audit.legal_story import (
    DIRECTORY,
    first_case,
    joint_meeting,
    legal_story,
    other_cases,
    split_case,
)

POLICY = replace(load_policy(), directory=DIRECTORY)
PROMISES = ["P1", "P2", "P3", "P4", "P4", "P5", "P6", "P8", "P11", "P13", "P15"]


def broken(verdicts: list[Verdict]) -> list[str]:
    return [one.promise for one in verdicts if one.outcome is PromiseOutcome.BROKEN]


def test_a_legal_history_keeps_every_promise() -> None:
    verdicts = check_all(told(legal_story()), POLICY)
    assert [one.promise.split()[0] for one in verdicts] == PROMISES
    assert {one.outcome for one in verdicts} == {PromiseOutcome.HOLDS}
    assert broken(verdicts) == []


def test_silence_about_what_is_late_is_judged_as_of_an_instant() -> None:
    in_time = check_all(told(legal_story()), POLICY, START)
    assert "P5 nothing late in silence" in [one.promise for one in in_time]
    assert broken(in_time) == []
    too_late = check_all(told(legal_story()), POLICY, START + timedelta(days=200))
    assert broken(too_late) == ["P5 nothing late in silence"]


@settings(deadline=None)
@given(order=st.randoms(use_true_random=False))
def test_the_order_of_independent_cases_is_never_a_violation(order: Any) -> None:
    """Each case keeps its own order; days are left out, for then each would have to wait for the other."""
    queues = [first_case(), split_case(), joint_meeting(), other_cases()]
    story: list[Act] = []
    while queues:
        queue = order.choice(queues)
        story.append(replace(queue.pop(0), day=None))
        queues = [queue for queue in queues if queue]
    assert broken(check_all(told(story), POLICY)) == []


@pytest.mark.parametrize(
    ("violations", "questions", "outcome"),
    [
        (0, 0, PromiseOutcome.HOLDS),
        (0, 1, PromiseOutcome.UNKNOWN),
        (1, 1, PromiseOutcome.BROKEN),
        (1, 0, PromiseOutcome.BROKEN),
    ],
)
def test_a_violation_weighs_more_than_an_open_question(
    violations: int, questions: int, outcome: PromiseOutcome
) -> None:
    finding = NO_CALLS.at(FindingPlace(""))
    assert verdict("P", [finding] * violations, [finding] * questions).outcome is outcome

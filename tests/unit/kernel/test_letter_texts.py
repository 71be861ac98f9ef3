"""What a dead letter says of a failure names no person: letters are kept for ever, on Kafka too."""

import traceback

import pytest

from huiyin_kernel.dead_letters import CAUSE_CHARACTERS_MAX, STACK_CHARACTERS_MAX, cause_of, stack_of

PHONE = "13900990017"


def failure(text: str) -> ValueError:
    """An error as it is caught."""
    with pytest.raises(ValueError, match=text[:10]) as caught:
        raise ValueError(text)
    assert isinstance(caught.value, ValueError)
    return caught.value


def test_cause_and_stack_say_what_failed_without_the_number_of_a_person() -> None:
    error = failure(f"no answer from {PHONE}")
    assert PHONE in "".join(traceback.format_exception(error))
    assert cause_of(error) == "ValueError: no answer from ▮"
    assert PHONE not in stack_of(error)
    assert stack_of(error).startswith("Traceback")


def test_both_are_bounded() -> None:
    error = failure("long " * 10_000)
    assert len(cause_of(error)) == CAUSE_CHARACTERS_MAX
    assert len(stack_of(error)) == STACK_CHARACTERS_MAX

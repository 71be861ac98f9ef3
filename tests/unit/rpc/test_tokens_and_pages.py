"""Resume tokens and page tokens: good for what they were given out for, and for nothing else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_kernel.rpc.errors import RefusedError
from huiyin_kernel.rpc.feed import resume_position, resume_token
from huiyin_kernel.rpc.requests import PagePlace, page_size, page_token, place_of
from huiyin_kernel.settings import RuntimeLimits

LOG, LIST = "intake@990000", "cases"
INSTANTS = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


def reason_of(error: pytest.ExceptionInfo[RefusedError]) -> str:
    """The reason of a refusal."""
    return error.value.refusal.reason


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_resume_token_says_where_it_was_given_out(position: int) -> None:
    assert resume_position(resume_token(LOG, position), LOG) == position


@given(st.text(max_size=50))
def test_any_other_text_is_no_resume_token(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        resume_position(text, LOG)
    assert reason_of(caught) in ("MALFORMED_RESUME_TOKEN", "FOREIGN_RESUME_TOKEN")


@pytest.mark.parametrize("log", ["judicial@990000", "intake@330000", ""])
def test_a_resume_token_of_another_log_is_refused(log: str) -> None:
    with pytest.raises(RefusedError) as caught:
        resume_position(resume_token(log, 1), LOG)
    assert reason_of(caught) == "FOREIGN_RESUME_TOKEN"


@given(INSTANTS, st.uuids().map(str))
def test_a_page_token_says_where_the_next_page_begins(time: datetime, identifier: str) -> None:
    place = PagePlace(time, identifier)
    assert place_of(page_token(LIST, place), LIST) == place


@given(st.text(max_size=50))
def test_any_other_text_is_no_page_token(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        place_of(text, LIST)
    assert reason_of(caught) == "MALFORMED_PAGE_TOKEN"


def test_a_page_token_of_another_list_is_refused() -> None:
    token = page_token("clocks", PagePlace(datetime(2026, 3, 2, tzinfo=UTC), "T7"))
    with pytest.raises(RefusedError) as caught:
        place_of(token, LIST)
    assert reason_of(caught) == "MALFORMED_PAGE_TOKEN"


@pytest.mark.parametrize("asked, size", [(0, 7), (1, 1), (9, 9)])
def test_a_page_has_as_many_entries_as_asked_or_the_usual_number(asked: int, size: int) -> None:
    assert page_size(asked, RuntimeLimits(page_size_default=7, page_size_max=9)) == size


@pytest.mark.parametrize("asked", [-1, 10])
def test_no_page_is_larger_than_the_settings_say(asked: int) -> None:
    with pytest.raises(RefusedError) as caught:
        page_size(asked, RuntimeLimits(page_size_default=7, page_size_max=9))
    assert caught.value.refusal.facts == {"field": "page_size", "limit": "9"}

"""Cells lose their padding and nothing else; what is damaged is recognised."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_cli.importing.cells import is_blank, text_of
from huiyin_cli.importing.faults import CellError, Reason

PADDING = st.text(alphabet="\t\n\r\v\f \x1c\x85\xa0\u2003\u200b\u3000\ufeff", max_size=5)
CORE = st.text(alphabet=st.characters(categories=("L", "N", "P", "So")), min_size=1)


@given(PADDING, CORE, PADDING)
def test_padding_of_every_kind_is_trimmed_and_the_rest_kept(before: str, core: str, after: str) -> None:
    assert text_of(before + core + after) == core


@given(PADDING)
def test_padding_alone_is_blank(padding: str) -> None:
    assert is_blank(padding)
    assert text_of(padding) == ""


@given(CORE, PADDING, CORE)
def test_spaces_within_a_text_stay(first: str, between: str, second: str) -> None:
    lines = between.replace("\r\n", "\n").replace("\r", "\n")
    assert text_of(first + between + second) == first + lines + second


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (188006.0, "188006"),
        (188006, "188006"),
        (13800138000.0, "13800138000"),
        (12.5, "12.5"),
        (True, "true"),
        (datetime.fromisoformat("2019-02-28 11:25"), "2019-02-28 11:25:00"),
    ],
)
def test_a_cell_is_written_as_a_person_reads_it(cell: object, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (1.1010519491231e17, Reason.NUMBER_DAMAGED),
        (float("nan"), Reason.NUMBER_UNREADABLE),
        (float("-inf"), Reason.NUMBER_UNREADABLE),
        ("路灯\udc81不亮", Reason.TEXT_BROKEN),
        (["路灯"], Reason.VALUE_NOT_PLAIN),
        ({"a": 1}, Reason.VALUE_NOT_PLAIN),
    ],
)
def test_a_damaged_cell_is_refused_with_its_reason(cell: object, reason: Reason) -> None:
    with pytest.raises(CellError) as caught:
        text_of(cell)
    assert caught.value.reason is reason

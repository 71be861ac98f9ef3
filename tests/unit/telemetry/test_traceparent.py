"""A traceparent is believed when it is well formed, and goes out as it came in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_kernel.telemetry.traces import parsed

hexes = st.integers(min_value=1, max_value=2**64 - 1)


@given(hexes, hexes, st.booleans())
def test_what_is_well_formed_is_understood(trace: int, span: int, sampled: bool) -> None:
    text = f"00-{trace:032x}-{span:016x}-{int(sampled):02x}"
    found = parsed(text)
    assert found is not None
    assert (str(found), found.sampled) == (text, sampled)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "欧阳",
    ],
)
def test_what_is_not_is_as_good_as_none(text: str) -> None:
    assert parsed(text) is None


@given(st.text(max_size=80))
def test_no_text_is_an_error(text: str) -> None:
    found = parsed(text)
    assert found is None or str(found) == text or text.startswith("00-")

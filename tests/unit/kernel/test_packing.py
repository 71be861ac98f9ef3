"""Bytes as read models keep them: fewer, the same again, and never read wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin.intake.v1.events_pb2 import PetitionClosed
from huiyin.intake.v1.types_pb2 import CLOSING_KIND_ANSWERED
from huiyin_kernel.packing import PackingError, legible, packed, unpacked

MARKED = bytes([1 << 3 | 7])
STATE = b'{"case_id":"01a22bc7-21ef-7254-a624-6a2151a7001e","holder":"11990101000000262Q"}' * 9
SHORT = packed(STATE)


@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda data: MARKED + data))
def test_what_was_packed_comes_back_also_what_looks_packed_already(data: bytes) -> None:
    assert unpacked(packed(data)) == data


def test_a_state_takes_a_third_and_what_would_not_shrink_stays_as_it_is() -> None:
    assert len(packed(STATE)) < len(STATE) / 3
    assert packed(b"x") == b"x"


def test_what_was_kept_before_anything_was_packed_is_read_as_it_is() -> None:
    for plain in (b"", STATE, PetitionClosed(kind=CLOSING_KIND_ANSWERED).SerializeToString()):
        assert unpacked(plain) == plain


@pytest.mark.parametrize(
    "altered",
    [
        SHORT + b"\x00",
        SHORT[:-1],
        SHORT[:3],
        b"\x07",
        bytes([30 << 3 | 7]) + SHORT,
    ],
)
def test_altered_bytes_are_refused_and_stay_as_they_are_for_who_compares(altered: bytes) -> None:
    with pytest.raises(PackingError):
        unpacked(altered)
    assert legible(altered) == altered

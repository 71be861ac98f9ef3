"""Display numbers: place, day in Asia/Shanghai, chance."""

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from huiyin_domain.intake.registered import display_number


def test_a_number_names_place_and_day() -> None:
    number = display_number("990101", datetime(2026, 11, 23, 4, tzinfo=UTC), str(UUID(int=0xFFFF)))
    assert number == "HY990101-20261123-00001ZZZ"


def test_the_day_is_that_of_asia_shanghai() -> None:
    number = display_number("990101", datetime(2026, 11, 22, 16, tzinfo=UTC), str(UUID(int=0)))
    assert number == "HY990101-20261123-00000000"


@given(st.uuids())
def test_a_number_has_no_letter_that_is_easily_misread(case_id: UUID) -> None:
    chance = display_number("990101", datetime(2026, 11, 23, tzinfo=UTC), str(case_id)).rpartition("-")[2]
    assert len(chance) == 8
    assert not set(chance) & set("ILOU")


@given(st.uuids(), st.uuids())
def test_cases_with_other_chance_have_other_numbers(first: UUID, second: UUID) -> None:
    day = datetime(2026, 11, 23, tzinfo=UTC)
    same = display_number("990101", day, str(first)) == display_number("990101", day, str(second))
    assert same == (first.int & (1 << 40) - 1 == second.int & (1 << 40) - 1)

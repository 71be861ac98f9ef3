"""The structure of division codes (GB/T 2260; domain rules, section 9.4)."""

import pytest

from huiyin_domain.identifiers import DivisionLevel, division_level, upper_divisions


@pytest.mark.parametrize(
    "code, level",
    [
        ("440000", DivisionLevel.PROVINCE),
        ("440300", DivisionLevel.PREFECTURE),
        ("440305", DivisionLevel.COUNTY),
        ("330110", DivisionLevel.COUNTY),
        ("440000000000", DivisionLevel.PROVINCE),
        ("440305001000", DivisionLevel.TOWNSHIP),
        ("440305010000", DivisionLevel.TOWNSHIP),
        ("440305001002", DivisionLevel.VILLAGE),
    ],
)
def test_the_level_follows_from_the_digits(code: str, level: DivisionLevel) -> None:
    assert division_level(code) is level


@pytest.mark.parametrize("code", ["", "4403", "4403051", "44030A", "000000", "４４０３０５"])
def test_what_is_no_division_code_has_no_level(code: str) -> None:
    assert division_level(code) is None
    assert upper_divisions(code) == []


def test_the_places_above_are_found_nearest_first() -> None:
    assert upper_divisions("440305") == ["440300", "440000"]
    assert upper_divisions("440305001002") == ["440305", "440300", "440000"]
    assert upper_divisions("440000") == []


def test_a_directly_governed_county_stands_right_below_its_province() -> None:
    assert upper_divisions("429004") == ["420000"]

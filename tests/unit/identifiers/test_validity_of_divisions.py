"""Divisions by code and time (GB/T 2260; domain rules, 9.4): key is the code with its validity."""

from datetime import date

import pytest

from huiyin_domain.codes import Code, CodeTable
from huiyin_domain.directory import in_force, is_known, name_of
from huiyin_kernel.policy import load_policy

TABLE = load_policy().codes.divisions


@pytest.mark.parametrize(
    ("code", "last"),
    [("110103", 2010), ("320103", 2013), ("370284", 2012), ("341400", 2011), ("330104", 2021)],
)
def test_an_abolished_division_holds_until_the_year_of_its_end(code: str, last: int) -> None:
    assert in_force(code, TABLE, date(2009, 5, 6))
    assert in_force(code, TABLE, date(last, 12, 31))
    assert not in_force(code, TABLE, date(last + 1, 1, 1))


@pytest.mark.parametrize(("code", "first"), [("330113", 2021), ("659012", 2023), ("653228", 2024)])
def test_a_new_division_holds_from_the_year_of_its_beginning(code: str, first: int) -> None:
    assert not in_force(code, TABLE, date(first - 1, 12, 31))
    assert in_force(code, TABLE, date(first, 1, 1))


def test_a_code_that_was_given_again_has_a_meaning_for_each_time() -> None:
    """130123 was 栾城县 until 1993 and is 正定县 since."""
    assert [one.name_zh for one in TABLE.periods("130123")] == ["栾城县", "正定县"]
    assert TABLE.codes["130123"].name_zh == "正定县"


def test_successors_are_in_the_table() -> None:
    followed = [one for code in TABLE.codes for one in TABLE.periods(code) if one.successors]
    assert len(followed) > 5
    assert all(successor in TABLE for one in followed for successor in one.successors)


def test_an_end_that_is_not_known_is_not_taken_for_force() -> None:
    table = CodeTable("division", "1", "[D]", {"990109": Code("990109", "旧县", ended=True)})
    assert not in_force("990109", table, date(2009, 5, 6))


def test_a_day_is_as_good_as_a_year() -> None:
    code = Code("990109", "新县", valid_from="2020-07-01", valid_to="2021-06-30")
    table = CodeTable("division", "1", "[D]", {"990109": code})
    days = (date(2020, 6, 30), date(2020, 7, 1), date(2021, 6, 30), date(2021, 7, 1))
    assert [in_force("990109", table, day) for day in days] == [False, True, True, False]


def test_a_longer_code_is_named_by_its_county_and_keeps_its_digits() -> None:
    assert name_of("110101001001", TABLE) == "东城区（110101001001）"
    assert name_of("110101", TABLE) == "东城区"
    assert name_of("000000", TABLE) == "000000"


@pytest.mark.parametrize("code", ["", "1", "11010", "1101011", "11010100", "110101001001001", "１１０１０１"])
def test_other_lengths_and_digits_are_no_code(code: str) -> None:
    assert not is_known(code, TABLE)


@pytest.mark.parametrize(
    "code",
    ["110101001", "110101001001", "990101", "710000", "810000", "110103", "341400", "330113", "653228"],
)
def test_abolished_new_longer_and_special_places_are_known_by_code(code: str) -> None:
    assert is_known(code, TABLE)

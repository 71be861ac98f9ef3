"""Check characters against the vectors of the domain rules, sections 9.2 and 9.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_domain.identifiers import (
    credit_code_check,
    credit_code_doubt,
    organisation_code_check,
    organisation_code_doubt,
    resident_id_check,
    resident_id_doubt,
)

RESIDENT_IDS = (
    "11010519491231002X",
    "440524188001010014",
    "990000199001010180",
    "990000199001010041",
    "99000019900101005X",
)
CREDIT_CODES = (
    "91110000600037341L",
    "91512081MA62K0260E",
    "91110108551385082Q",
    "91110000802100433B",
    "919900000000000280",
    "11990000000000001G",
)


@pytest.mark.parametrize("number", RESIDENT_IDS)
def test_a_resident_id_of_section_9_2_passes(number: str) -> None:
    assert resident_id_doubt(number) is None


@pytest.mark.parametrize("number", RESIDENT_IDS)
def test_a_resident_id_with_any_other_last_character_is_doubted(number: str) -> None:
    for last in set("0123456789X") - {number[-1]}:
        doubt = resident_id_doubt(number[:-1] + last)
        assert doubt is not None
        assert doubt.reason == "CHECK_CHARACTER"


def test_a_lower_case_x_is_the_same_check_character() -> None:
    assert resident_id_doubt("11010519491231002x") is None


@pytest.mark.parametrize("number", ["", "1101051949123100", "11010519491231002Y", "１1010519491231002X"])
def test_a_resident_id_of_another_form_is_doubted(number: str) -> None:
    doubt = resident_id_doubt(number)
    assert doubt is not None
    assert doubt.reason == "MALFORMED"


def test_a_resident_id_with_a_birth_date_that_never_was_is_doubted() -> None:
    first = "11010519490230002"
    doubt = resident_id_doubt(first + resident_id_check(first))
    assert doubt is not None
    assert doubt.reason == "BIRTH_DATE"


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_a_credit_code_of_section_9_3_passes(code: str) -> None:
    assert credit_code_doubt(code) is None


def test_the_worked_example_of_gb_32100_gives_3() -> None:
    assert credit_code_check("91350100M000100Y4") == "3"
    assert credit_code_doubt("91350100M000100Y4Z") is not None


def test_remainder_zero_gives_the_check_character_0() -> None:
    assert credit_code_check("91990000000000028") == "0"


@pytest.mark.parametrize("code, computed", [("91350211M0000XUF46", "R"), ("91350100M0001TGQXM", "1")])
def test_real_codes_that_do_not_pass_are_doubted_and_nothing_more(code: str, computed: str) -> None:
    assert credit_code_check(code[:17]) == computed
    doubt = credit_code_doubt(code)
    assert doubt is not None
    assert doubt.reason == "CHECK_CHARACTER"
    assert code not in doubt.zh + doubt.en


@pytest.mark.parametrize("letter", list("IOSVZ"))
def test_the_five_letters_left_out_of_credit_codes_are_doubted(letter: str) -> None:
    doubt = credit_code_doubt("9111000060003734" + letter + "L")
    assert doubt is not None
    assert doubt.reason == "MALFORMED"


def test_the_organisation_code_of_section_9_3_gives_1() -> None:
    assert organisation_code_check("60003734") == "1"
    assert organisation_code_doubt("60003734-1") is None
    assert organisation_code_doubt("60003734-2") is not None


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17), st.integers(0, 16))
def test_one_changed_character_of_a_credit_code_is_always_noticed(first: str, place: int) -> None:
    changed = first[:place] + ("0" if first[place] != "0" else "1") + first[place + 1 :]
    assert credit_code_check(changed) != credit_code_check(first)

"""Derived values are stable for ever, keyed apart, and give nothing of what they were made from away."""

from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huiyin_kernel.vault.keys import DerivedSecrets, query_code_hash
from tests.unit.vault.vault_support import new_clock, new_master

DERIVED = DerivedSecrets(bytes(range(32)))
OTHER = DerivedSecrets(bytes(32))
CASE = "0192f0c1-0000-7000-8000-000000000001"


def test_a_derivation_that_receipts_depend_on_never_changes() -> None:
    assert DERIVED.query_code(CASE) == "1A0K-97KD-RCB0-JQEJ"
    assert str(DERIVED.person_id("AGENCY", "42")) == "308c310b-d6a3-820d-a943-07cb92dd85e1"


def test_a_query_code_has_80_bits_in_groups_of_four() -> None:
    code = DERIVED.query_code(CASE)
    assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
    assert not set(code) & set("ILOU")


@given(st.uuids())
def test_a_query_code_is_recognised_however_it_is_typed(case: UUID) -> None:
    code = DERIVED.query_code(str(case))
    typed = code.lower().replace("-", " ").replace("1", "l").replace("0", "o")
    assert query_code_hash(typed) == query_code_hash(code)


@given(st.uuids(), st.uuids())
def test_each_case_has_its_own_code(first: UUID, second: UUID) -> None:
    same = DERIVED.query_code(str(first)) == DERIVED.query_code(str(second))
    assert same == (first == second)
    assert DERIVED.query_code(str(first)) != OTHER.query_code(str(first))


def test_a_rotation_changes_no_derived_value(tmp_path: Path) -> None:
    clock = new_clock()
    master = new_master(tmp_path, clock)
    before = master.derived.query_code(CASE), master.derived.fingerprint("m", b"x")
    master.add_new()
    after = new_master(tmp_path, clock).derived
    assert (after.query_code(CASE), after.fingerprint("m", b"x")) == before


def test_a_fingerprint_depends_on_method_and_request() -> None:
    assert DERIVED.fingerprint("a", b"bc") == DERIVED.fingerprint("a", b"bc")
    assert len({DERIVED.fingerprint(*pair) for pair in [("a", b"bc"), ("ab", b"c"), ("abc", b"")]}) == 3


@given(agency=st.text(), reference=st.text())
def test_a_person_is_the_same_for_the_same_reference(agency: str, reference: str) -> None:
    found = DERIVED.person_id(agency, reference)
    assert found == DERIVED.person_id(agency, reference)
    assert found != DERIVED.person_id(agency, reference + "1")
    assert found != DERIVED.person_id(agency + "1", reference)
    assert (found.version, found.variant) == (8, "specified in RFC 4122")


@pytest.mark.parametrize("again", ["维持原意见。", " 维持 原意见。\n", "维持原意见｡"])
def test_a_document_is_recognised_whatever_its_spacing_and_widths(again: str) -> None:
    assert DERIVED.document_mark("case-1", "维持原意见。") == DERIVED.document_mark("case-1", again)


def test_a_document_is_not_recognised_across_cases_or_when_it_differs() -> None:
    marks = {
        DERIVED.document_mark("case-1", "维持"),
        DERIVED.document_mark("case-2", "维持"),
        DERIVED.document_mark("case-1", "撤销"),
    }
    assert len(marks) == 3

"""A fact from which a period of another procedure runs is noted by an officer (domain rules, 2.2)."""

from typing import Any

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from tests.support.deciding import officer
from tests.support.small_policy import HOUSING, LABOUR, OFFICE, STRANGER
from tests.unit.intake.petitions import Case, kinds

JUDGED: dict[str, Any] = {"fact": types.REMEDY_FACT_JUDGMENT_EFFECTIVE, "fact_date": "2026-02-01"}


def test_the_holder_and_the_registering_office_note_it_and_nobody_else() -> None:
    case = Case().accepted(HOUSING)
    assert kinds(case.do("RecordRemedyFact", officer(HOUSING), **JUDGED)) == ["RemedyFactRecorded"]
    assert case.do("RecordRemedyFact", officer(OFFICE), **JUDGED) == ()
    case.do("RecordRemedyFact", officer(OFFICE), **(JUDGED | {"fact_date": "2026-02-03"}))
    assert case.state.remedy_facts == {(types.REMEDY_FACT_JUDGMENT_EFFECTIVE, "2026-02-03")}
    case.no("OFFICER_REQUIRED", "RecordRemedyFact", officer(OFFICE, "", Role.SYSTEM), **JUDGED)
    for agency in (LABOUR, STRANGER):
        case.no("NO_SUCH_CASE", "RecordRemedyFact", officer(agency), **JUDGED)


def test_a_fact_has_a_kind_and_a_day_that_has_been() -> None:
    case = Case().classified()
    case.no("FIELD_REQUIRED", "RecordRemedyFact", fact_date="2026-02-01")
    for day, reason in (
        ("", "MALFORMED_DATE"),
        ("2026-2-30", "MALFORMED_DATE"),
        ("2026-12-01", "FACT_DATE_OUT_OF_RANGE"),
        ("1900-01-01", "FACT_DATE_OUT_OF_RANGE"),
    ):
        case.no(reason, "RecordRemedyFact", **(JUDGED | {"fact_date": day}))


def test_it_changes_nothing_of_the_petitions_own_course() -> None:
    case = Case().classified()
    before = case.state
    case.do("RecordRemedyFact", **JUDGED)
    assert case.state._replace(remedy_facts=frozenset()) == before

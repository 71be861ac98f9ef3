"""What each code of non-acceptance rests on is in the other case's record, or cited (domain rules, 2.4)."""

from typing import Any

import pytest

from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin.intake.v1.service_pb2 import SameFactsStatement
from huiyin_domain.access import unknown_case
from huiyin_domain.context import Petitioners, SameMatter
from huiyin_domain.intake.same_matter import not_to_be_named, same_matter
from huiyin_domain.intake.state import Petition
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import CITY, COUNTY, COURT, DIRECTORY, HOUSING, LABOUR, OFFICE
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, PETITION_CLAIM, Case, made
from tests.unit.intake.reacting import acknowledged, returned

IN_HAND = types.NON_ACCEPTANCE_CODE_IN_HAND
RE_REVIEWED = types.NON_ACCEPTANCE_CODE_RE_REVIEWED
REVIEW_OPEN = types.NON_ACCEPTANCE_CODE_REVIEW_OPEN
TERMINATED = types.NON_ACCEPTANCE_CODE_TERMINATED
ON_THE_MATTER = (IN_HAND, RE_REVIEWED, REVIEW_OPEN, TERMINATED)
SAME = SameFactsStatement(same_facts=types.SAME_FACTS_SAME, reasons=secret("nothing new"))
WHY: dict[str, Any] = {"reasons": secret("why"), "remedy": secret("what to do"), "same_petitioner": True}
WHY |= {"same_facts": SAME}
CITED: dict[str, Any] = {"earlier_document": secret("No. 7 of the bureau"), "earlier_date": "2026-02-20"}


def earlier() -> Case:
    """Another case of the same petitioner; its ids are its own."""
    return Case(500)


def known(other: Case, petitioners: Petitioners = Petitioners.UNKNOWN) -> SameMatter:
    return same_matter(other.state, other.acts, petitioners)


def asked(
    other: Case, code: types.NonAcceptanceCode.ValueType, petitioners: Petitioners = Petitioners.UNKNOWN
) -> dict[str, Any]:
    """Not accepted for what became of the other case."""
    found = known(other, petitioners)
    return WHY | {"code": code, "same_case_id": other.state.case_id, "same_matter": found}


def re_reviewed(outcome: types.ReviewOutcome.ValueType = types.REVIEW_OUTCOME_UPHELD) -> Case:
    case = earlier().accepted()
    case.answered()
    case.reviewed(COUNTY)
    case.reviewed(CITY, outcome, types.REVIEW_LEVEL_RE_REVIEW)
    return case


def concluded() -> Case:
    case = earlier().classified(**LITIGATION)
    returned(case, acknowledged(case, COURT), concluded=True)
    return case


@pytest.mark.parametrize("code", ON_THE_MATTER)
def test_a_code_without_its_ground_is_refused(code: types.NonAcceptanceCode.ValueType) -> None:
    case = Case().classified()
    assert case.no("SAME_CASE_REQUIRED", "DeclinePetition", **WHY, code=code).article
    case.no("LINK_TO_ITSELF", "DeclinePetition", **WHY, code=code, same_case_id=case.state.case_id)
    unseen = case.no("NO_SUCH_CASE", "DeclinePetition", **WHY, code=code, same_case_id=identity(99))
    assert unseen == unknown_case()


def test_a_skipped_level_is_no_ground() -> None:
    """NA7: the list of codes is closed, and has none for it."""
    assert max(types.NonAcceptanceCode.values()) == types.NON_ACCEPTANCE_CODE_TERMINATED == 6
    assert Case().no("FIELD_REQUIRED", "DeclinePetition", **WHY, **CITED, code=7).facts["field"] == "code"


def test_na1_names_a_case_that_somebody_has_in_hand_and_tells_who() -> None:
    """Art. 19(3)."""
    case, other = Case().classified(), earlier().accepted()
    (event,) = case.do("DeclinePetition", **asked(other, IN_HAND))
    told = made(event, events.PetitionNotAccepted)
    assert (told.same_case_id, told.responsible_unit) == (other.state.case_id, HOUSING)
    assert told.same_petitioner
    assert [link.case_id for link in case.state.links] == [other.state.case_id]


def test_na1_does_not_rest_on_a_closed_an_answered_or_a_declined_case() -> None:
    answered = earlier().accepted()
    answered.answered()
    closed = earlier().accepted()
    closed.answered()
    closed.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    declined = earlier().classified()
    declined.do("DeclinePetition", **asked(Case(900).accepted(), IN_HAND))
    for other in (answered, closed, declined):
        Case().no("SAME_CASE_NOT_IN_HAND", "DeclinePetition", **asked(other, IN_HAND))


def test_two_cases_do_not_each_rest_on_the_other() -> None:
    first, second = Case().classified(), earlier().classified()
    first.do("DeclinePetition", **asked(second, IN_HAND))
    second.no("SAME_CASE_NOT_IN_HAND", "DeclinePetition", **asked(first, IN_HAND))


def test_what_was_supported_and_not_carried_out_is_in_hand() -> None:
    """Art. 32(2): its unit still has to do it."""
    other = earlier().accepted()
    other.answered(types.OPINION_OUTCOME_SUPPORTED)
    Case().do("DeclinePetition", **asked(other, IN_HAND))
    other.do("ReportExecution", report=secret("done"))
    Case().no("SAME_CASE_NOT_IN_HAND", "DeclinePetition", **asked(other, IN_HAND))


@pytest.mark.parametrize("code", [IN_HAND, RE_REVIEWED, REVIEW_OPEN])
def test_another_petitioners_case_is_no_ground(code: types.NonAcceptanceCode.ValueType) -> None:
    """Art. 19(3) is about who files again; an officer finds that it is the same petitioner."""
    other = {IN_HAND: earlier().accepted(), RE_REVIEWED: re_reviewed()}.get(code) or earlier().accepted()
    if code == REVIEW_OPEN:
        other.answered()
    found = asked(other, code)
    Case().no("SAME_PETITIONER_REQUIRED", "DeclinePetition", **(found | {"same_petitioner": False}))
    different = asked(other, code, Petitioners.DIFFERENT)
    Case().no("ANOTHER_PETITIONER", "DeclinePetition", **different)
    Case().do("DeclinePetition", **found)


def test_na2_needs_a_served_re_review_that_ended_the_matter() -> None:
    """Art. 36(3)."""
    reviewed = earlier().accepted()
    reviewed.answered()
    reviewed.reviewed(COUNTY)
    for other in (earlier().accepted(), reviewed, re_reviewed(types.REVIEW_OUTCOME_REVOKED)):
        Case().no("NOT_RE_REVIEWED", "DeclinePetition", **asked(other, RE_REVIEWED))
    (event,) = Case().do("DeclinePetition", **asked(re_reviewed(), RE_REVIEWED))
    found = made(event, events.PetitionNotAccepted).same_facts_finding
    assert (found.same_facts, found.reasons) == (types.SAME_FACTS_SAME, SAME.reasons.sealed)


def test_na2_needs_an_officers_finding_that_facts_and_reasons_are_the_same() -> None:
    """Art. 36(3): new facts make a new matter. The comparison of the texts only supports the finding."""
    found = asked(re_reviewed(), RE_REVIEWED)
    none, no_reason = SameFactsStatement(), SameFactsStatement(same_facts=types.SAME_FACTS_SAME)
    new = SameFactsStatement(same_facts=types.SAME_FACTS_DIFFERENT, reasons=secret("a new map"))
    Case().no("FIELD_REQUIRED", "DeclinePetition", **(found | {"same_facts": none}))
    Case().no("CONTENT_REQUIRED", "DeclinePetition", **(found | {"same_facts": no_reason}))
    assert Case().no("NEW_FACTS", "DeclinePetition", **(found | {"same_facts": new})).article


def test_na3_needs_an_open_remedy_and_tells_its_last_day() -> None:
    """Art. 35: served on 2026-03-02, so until 2026-04-01."""
    other, case = earlier().accepted(), Case().classified()
    case.no("REVIEW_NOT_OPEN", "DeclinePetition", **asked(other, REVIEW_OPEN))
    other.answered()
    (event,) = case.do("DeclinePetition", **asked(other, REVIEW_OPEN))
    assert made(event, events.PetitionNotAccepted).review_last_day == "2026-04-01"


def test_na3_ends_with_the_remedy() -> None:
    """Art. 35: the day after the last one, and an answer that was re-reviewed, leave no remedy to name."""
    other, case = earlier().accepted(), Case().classified()
    other.answered()
    case.later(days=30)
    late = Case(1).classified()
    late.later(days=31)
    refusal = late.no("REVIEW_NOT_OPEN", "DeclinePetition", **asked(other, REVIEW_OPEN))
    assert refusal.facts["last_day"] == "2026-04-01"
    case.do("DeclinePetition", **asked(other, REVIEW_OPEN))
    late.no("REVIEW_NOT_OPEN", "DeclinePetition", **asked(re_reviewed(), REVIEW_OPEN))


def test_na3_is_for_the_petition_procedure_alone() -> None:
    """Art. 31(6): what another procedure answered has that procedure's remedies."""
    course = PETITION_CLAIM | {"route": types.ROUTE_ARBITRATION}
    other = earlier().classified(**course)
    other.do("AcceptPetition")
    other.answered()
    Case().no("REVIEW_NOT_OPEN", "DeclinePetition", **asked(other, REVIEW_OPEN))


def test_na6_needs_a_judicial_conclusion_in_the_other_case_or_in_this_one() -> None:
    """Art. 31(1) by contrast."""
    Case().no("NOT_CONCLUDED", "DeclinePetition", **asked(earlier().accepted(), TERMINATED))
    Case().do("DeclinePetition", **asked(concluded(), TERMINATED))
    concluded().do("DeclinePetition", **WHY, code=TERMINATED)


@pytest.mark.parametrize("code", ON_THE_MATTER)
def test_a_document_from_before_the_platform_is_cited_in_place_of_a_case(
    code: types.NonAcceptanceCode.ValueType,
) -> None:
    (event,) = Case().do("DeclinePetition", **WHY, **CITED, code=code)
    told = made(event, events.PetitionNotAccepted)
    assert told.earlier_document == CITED["earlier_document"].sealed
    assert told.earlier_date == "2026-02-20"
    assert told.review_last_day == ("2026-03-23" if code == REVIEW_OPEN else "")  # 22 March is a Sunday


@pytest.mark.parametrize(
    ("day", "reason"),
    [("", "MALFORMED_DATE"), ("2026-13-01", "MALFORMED_DATE"), ("2026-03-04", "TIME_IN_FUTURE")],
)
def test_a_cited_document_has_a_day_that_has_come(day: str, reason: str) -> None:
    Case().no(reason, "DeclinePetition", **WHY, **(CITED | {"earlier_date": day}), code=TERMINATED)


def test_a_cited_answer_whose_remedy_is_over_is_no_ground() -> None:
    old = CITED | {"earlier_date": "2019-05-01"}
    Case().no("REVIEW_NOT_OPEN", "DeclinePetition", **WHY, **old, code=REVIEW_OPEN)


def test_a_named_case_is_judged_by_its_record_whatever_is_cited_beside_it() -> None:
    cited = asked(earlier().accepted(), TERMINATED) | CITED
    Case().no("NOT_CONCLUDED", "DeclinePetition", **cited)


def test_a_day_without_a_document_is_not_recorded() -> None:
    given = asked(concluded(), TERMINATED) | {"earlier_date": "2026-02-20", "earlier_document": Secret()}
    (event,) = Case().do("DeclinePetition", **given)
    assert made(event, events.PetitionNotAccepted).earlier_date == ""


def test_who_stands_above_the_unit_may_name_its_case_and_a_stranger_may_not() -> None:
    """Art. 19(3) is about who files again with the superior; to all others there is no such case."""
    other = earlier().accepted().state
    assert not_to_be_named(other, officer(OFFICE), DIRECTORY) is None
    assert not_to_be_named(other, officer(COUNTY), DIRECTORY) is None
    assert not_to_be_named(other, officer(LABOUR), DIRECTORY) == unknown_case()
    assert not_to_be_named(Petition(), officer(COUNTY), DIRECTORY) == unknown_case()


def test_an_accusation_is_named_by_nobody_who_may_not_read_it() -> None:
    """Art. 30(3): neither by who stands above, nor by who is accused in it."""
    accusing = earlier().classified(**ACCUSATION, accused_units=[HOUSING])
    assert not_to_be_named(accusing.state, officer(OFFICE), DIRECTORY) is None
    assert not_to_be_named(accusing.state, officer(COUNTY), DIRECTORY) == unknown_case()
    assert not_to_be_named(accusing.state, officer(HOUSING), DIRECTORY) == unknown_case()

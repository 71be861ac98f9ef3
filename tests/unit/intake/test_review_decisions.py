"""复查意见 and 复核意见: decided by the organ asked, never by who handled the matter (Arts. 35, 36)."""

import pytest

from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.principal import Principal, Role
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import CITY, COUNTY, HOUSING
from tests.unit.intake.petitions import Case

MAIL = types.SERVICE_METHOD_MAIL
UPHELD = {"outcome": types.REVIEW_OUTCOME_UPHELD, "document": secret("review")}


def under_review() -> tuple[Case, str]:
    case = Case().accepted()
    case.answered()
    return case, case.review_asked(COUNTY)


def test_only_the_organ_asked_decides() -> None:
    case, review_id = under_review()
    case.no("NOT_THE_REVIEW_ORGAN", "DecideReview", officer(HOUSING), review_id=review_id, **UPHELD)
    case.no("NO_SUCH_CASE", "DecideReview", officer(CITY), review_id=review_id, **UPHELD)


def test_an_officer_who_handled_the_matter_does_not_review_it() -> None:
    """Even when lent to the review organ."""
    case, review_id = under_review()
    lent = Principal(HOUSING, f"officer-of-{HOUSING}", frozenset({Role.OFFICER}), on_behalf_of=COUNTY)
    refusal = case.no("REVIEWER_HANDLED_IT", "DecideReview", lent, review_id=review_id, **UPHELD)
    assert refusal.article == "Regulations of 2022, Art. 28(3)"


def test_an_officer_who_reviewed_the_matter_does_not_re_review_it() -> None:
    case, review_id = under_review()
    case.do("DecideReview", officer(COUNTY, "wang"), review_id=review_id, **UPHELD)
    case.do("ServeReview", officer(COUNTY), review_id=review_id, method=MAIL)
    re_review_id = case.review_asked(CITY, types.REVIEW_LEVEL_RE_REVIEW)
    lent = Principal(COUNTY, "wang", frozenset({Role.OFFICER}), on_behalf_of=CITY)
    case.no("REVIEWER_HANDLED_IT", "DecideReview", lent, review_id=re_review_id, **UPHELD)


def test_officers_of_two_agencies_with_the_same_identifier_are_two_officers() -> None:
    """An identifier is one within its agency."""
    case, review_id = under_review()
    case.do("DecideReview", officer(COUNTY, f"officer-of-{HOUSING}"), review_id=review_id, **UPHELD)


def test_a_review_needs_outcome_document_and_an_officer() -> None:
    case, review_id = under_review()
    by = officer(COUNTY)
    case.no("FIELD_REQUIRED", "DecideReview", by, review_id=review_id, document=secret("review"))
    case.no("CONTENT_REQUIRED", "DecideReview", by, review_id=review_id, outcome=types.REVIEW_OUTCOME_UPHELD)
    system = officer(COUNTY, "system", Role.SYSTEM)
    case.no("OFFICER_REQUIRED", "DecideReview", system, review_id=review_id, **UPHELD)


def test_only_the_current_review_is_decided_and_once() -> None:
    case, review_id = under_review()
    case.no("NO_SUCH_REVIEW", "DecideReview", officer(COUNTY), review_id=identity(77), **UPHELD)
    case.do("DecideReview", officer(COUNTY), review_id=review_id, **UPHELD)
    case.no("REVIEW_DECIDED", "DecideReview", officer(COUNTY), review_id=review_id, **UPHELD)


def test_a_review_is_decided_before_it_is_served() -> None:
    case, review_id = under_review()
    case.no("REVIEW_NOT_DECIDED", "ServeReview", officer(COUNTY), review_id=review_id, method=MAIL)


def test_serving_a_review_again_changes_nothing() -> None:
    case, review_id = under_review()
    case.do("DecideReview", officer(COUNTY), review_id=review_id, **UPHELD)
    case.do("ServeReview", officer(COUNTY), review_id=review_id, method=MAIL)
    assert case.do("ServeReview", officer(COUNTY), review_id=review_id, method=MAIL) == ()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (types.REVIEW_OUTCOME_UPHELD, types.PETITION_STATUS_ANSWERED),
        (types.REVIEW_OUTCOME_CHANGED, types.PETITION_STATUS_ANSWERED),
        (types.REVIEW_OUTCOME_REVOKED, types.PETITION_STATUS_ACCEPTED),
    ],
)
def test_a_revoked_opinion_goes_back_and_another_outcome_answers(
    outcome: types.ReviewOutcome.ValueType, status: types.PetitionStatus.ValueType
) -> None:
    case = Case().accepted()
    case.answered()
    case.reviewed(COUNTY, outcome)
    assert case.state.status == status

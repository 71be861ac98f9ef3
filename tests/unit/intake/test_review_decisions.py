"""复查意见 and 复核意见: decided by the organ asked, never by who handled the matter (Arts. 35, 36)."""

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Principal, Role
from tests.support.deciding import identity, officer, secret
from tests.support.small_policy import CITY, COUNTY, HOUSING
from tests.unit.intake.petitions import Case

MAIL = types.SERVICE_METHOD_MAIL
CHANGED, NONE = types.REVIEW_OUTCOME_CHANGED, types.OPINION_OUTCOME_UNSPECIFIED
SUPPORTED = types.OPINION_OUTCOME_SUPPORTED
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
    ("outcome", "new", "status"),
    [
        (types.REVIEW_OUTCOME_UPHELD, NONE, types.PETITION_STATUS_ANSWERED),
        (types.REVIEW_OUTCOME_CHANGED, types.OPINION_OUTCOME_EXPLAINED, types.PETITION_STATUS_ANSWERED),
        (types.REVIEW_OUTCOME_REVOKED, NONE, types.PETITION_STATUS_ACCEPTED),
    ],
)
def test_a_revoked_opinion_goes_back_and_another_outcome_answers(
    outcome: types.ReviewOutcome.ValueType,
    new: types.OpinionOutcome.ValueType,
    status: types.PetitionStatus.ValueType,
) -> None:
    case = Case().accepted()
    case.answered()
    case.reviewed(COUNTY, outcome, new_outcome=new)
    assert case.state.status == status


def test_what_is_changed_says_to_what_and_nothing_else_does() -> None:
    case, review_id = under_review()
    by, decided = officer(COUNTY), {"review_id": review_id, "document": secret("review")}
    case.no("FIELD_REQUIRED", "DecideReview", by, outcome=CHANGED, **decided)
    for outcome in (types.REVIEW_OUTCOME_UPHELD, types.REVIEW_OUTCOME_REVOKED):
        case.no(
            "NEW_OUTCOME_NOT_ALLOWED", "DecideReview", by, outcome=outcome, new_outcome=SUPPORTED, **decided
        )


def test_a_request_that_a_review_supports_is_carried_out_before_the_case_is_closed() -> None:
    """Art. 32(2); domain rules 3.3, 9a, and 11.4, invariant 8."""
    case = Case().accepted()
    case.answered()
    review_id = case.reviewed(COUNTY, CHANGED, new_outcome=SUPPORTED)
    refused = case.no("NOT_EXECUTED", "ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    assert (refused.article, refused.facts["review_id"]) == ("Regulations of 2022, Art. 32(2)", review_id)
    case.do("ReportExecution", report=secret("paid"), review_id=review_id)
    case.no("ALREADY_EXECUTED", "ReportExecution", report=secret("again"), review_id=review_id)
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_a_re_review_is_carried_out_too_and_the_procedure_ends_after_it() -> None:
    case = Case().accepted()
    case.answered()
    case.reviewed(COUNTY)
    review_id = case.reviewed(CITY, CHANGED, types.REVIEW_LEVEL_RE_REVIEW, SUPPORTED)
    case.no("NOT_EXECUTED", "ClosePetition", kind=types.CLOSING_KIND_RE_REVIEWED)
    case.do("ReportExecution", report=secret("paid"), review_id=review_id)
    case.do("ClosePetition", kind=types.CLOSING_KIND_RE_REVIEWED)


def test_a_report_says_which_outcome_was_carried_out() -> None:
    """Whoever reports on the opinion while a review changes it has not carried out the review."""
    case = Case().accepted()
    case.answered(SUPPORTED)
    case.do("ReportExecution", report=secret("half of it paid"))
    review_id = case.reviewed(COUNTY, CHANGED, new_outcome=SUPPORTED)
    refused = case.no("OTHER_OUTCOME_IN_FORCE", "ReportExecution", report=secret("paid"))
    assert refused.facts["review_id"] == review_id
    case.no("NOT_EXECUTED", "ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_what_a_review_changes_to_something_else_is_not_carried_out_any_more() -> None:
    case = Case().accepted()
    case.answered(SUPPORTED)
    case.reviewed(COUNTY, CHANGED, new_outcome=types.OPINION_OUTCOME_EXPLAINED)
    case.no("NOT_SUPPORTED", "ReportExecution", report=secret("paid"))
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)


def test_what_was_revoked_is_not_carried_out() -> None:
    case = Case().accepted()
    case.answered(SUPPORTED)
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    case.no("NOT_SUPPORTED", "ReportExecution", report=secret("paid"))


def test_a_change_that_version_0_1_recorded_leaves_the_opinion_in_force() -> None:
    """It did not say to what."""
    case = Case().accepted()
    case.answered(SUPPORTED)
    review = case.review_asked(COUNTY)
    case.given(events.ReviewDecided(review_id=review, outcome=CHANGED))
    case.do("ServeReview", officer(COUNTY), review_id=review, method=MAIL)
    case.no("NOT_EXECUTED", "ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.do("ReportExecution", report=secret("paid"))
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)

"""申请复查 and 复核 of the organ one level above (Arts. 35, 36)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.dates import stamp
from tests.support.deciding import START, officer, secret
from tests.support.small_policy import CITY, COUNTY, DISCIPLINE, HOUSING, LABOUR, OFFICE, PROVINCE
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, PETITION_CLAIM, SUGGESTION, Case

REVIEW, RE_REVIEW = types.REVIEW_LEVEL_REVIEW, types.REVIEW_LEVEL_RE_REVIEW


def answered() -> Case:
    case = Case().accepted()
    case.answered()
    return case


def test_the_organ_asked_records_the_request_and_becomes_a_party() -> None:
    case = answered()
    case.review_asked(COUNTY)
    assert case.state.status == types.PETITION_STATUS_UNDER_REVIEW
    assert COUNTY in case.state.audience


def test_review_leaves_responsibility_where_it_is() -> None:
    """Promise P2: no other event moves it."""
    case = answered()
    before = (case.state.holder, case.state.epoch)
    case.reviewed(COUNTY)
    assert (case.state.holder, case.state.epoch) == before


def test_an_agency_with_a_part_in_the_case_may_record_the_request() -> None:
    answered().do("RequestReview", officer(OFFICE), level=REVIEW, organ=COUNTY)
    answered().no("NO_SUCH_CASE", "RequestReview", officer(LABOUR), level=REVIEW, organ=COUNTY)


def test_review_is_asked_of_the_organ_one_level_above_the_handling_one() -> None:
    """Art. 35."""
    for organ in (CITY, LABOUR, HOUSING):
        refusal = answered().no("WRONG_REVIEW_ORGAN", "RequestReview", level=REVIEW, organ=organ)
        assert refusal.facts["expected"] == COUNTY


def test_re_review_is_asked_of_the_organ_one_level_above_the_review_organ() -> None:
    """Art. 36."""
    case = answered()
    case.reviewed(COUNTY)
    refusal = case.no("WRONG_REVIEW_ORGAN", "RequestReview", level=RE_REVIEW, organ=PROVINCE)
    assert (refusal.facts["expected"], refusal.article) == (CITY, "Regulations of 2022, Art. 36")
    case.review_asked(CITY, RE_REVIEW)


def test_the_review_organ_follows_the_unit_that_answered_not_a_later_holder() -> None:
    case = Case().classified()
    case.do("AcceptPetition")
    case.answered()
    assert case.state.opinion
    assert case.state.opinion.unit == OFFICE
    case.review_asked(COUNTY)


def test_review_comes_before_re_review_and_each_once() -> None:
    case = answered()
    case.no("WRONG_REVIEW_LEVEL", "RequestReview", level=RE_REVIEW, organ=CITY)
    case.reviewed(COUNTY)
    case.no("WRONG_REVIEW_LEVEL", "RequestReview", level=REVIEW, organ=COUNTY)


def test_after_re_review_the_petition_procedure_ends() -> None:
    """Art. 36(3)."""
    case = answered()
    case.reviewed(COUNTY)
    case.reviewed(CITY, level=RE_REVIEW)
    refusal = case.no("RE_REVIEWED", "RequestReview", level=RE_REVIEW, organ=PROVINCE)
    assert refusal.article == "Regulations of 2022, Art. 36(3)"


def test_there_is_nothing_to_review_before_an_answer_is_served() -> None:
    case = Case().accepted()
    case.no("ALREADY_ACCEPTED", "RequestReview", level=REVIEW, organ=COUNTY)
    case.opinion()
    case.no("OPINION_NOT_SERVED", "RequestReview", level=REVIEW, organ=COUNTY)


def test_one_review_at_a_time() -> None:
    case = answered()
    case.review_asked(COUNTY)
    case.no("REVIEW_OPEN", "RequestReview", level=REVIEW, organ=COUNTY)


def test_a_new_opinion_can_be_reviewed_anew() -> None:
    case = answered()
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    case.answered(text="another")
    case.review_asked(COUNTY)


def test_a_closed_case_is_opened_again_by_a_request() -> None:
    """The remedy outlives the closing: nobody is cut off by an early 办结."""
    case = answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.review_asked(COUNTY)
    assert case.state.closing == types.CLOSING_KIND_UNSPECIFIED


@pytest.mark.parametrize(
    ("route", "remedy", "article"),
    [
        (types.ROUTE_ARBITRATION, "ARBITRATION", "Art. 31(2)"),
        (types.ROUTE_PARTY, "PARTY_APPEAL", "Art. 31(3)"),
        (types.ROUTE_ADMINISTRATIVE_PROCEDURE, "ADMINISTRATIVE_RECONSIDERATION", "Art. 31(4)"),
        (types.ROUTE_DUTY_TO_ACT, "SUIT_FOR_ACTION", "Art. 31(5)"),
    ],
)
def test_matters_of_other_procedures_are_told_their_remedy_instead_of_review(
    route: types.Route.ValueType, remedy: str, article: str
) -> None:
    """Art. 35 reviews the opinion of the petition procedure (Art. 31(6)) alone."""
    case = Case().classified(**PETITION_CLAIM | {"route": route})
    case.do("AcceptPetition")
    case.answered()
    refusal = case.no("NO_REVIEW_OF_THIS_MATTER", "RequestReview", level=REVIEW, organ=COUNTY)
    assert refusal.facts["remedy"] == remedy
    assert refusal.facts["remedy_zh"]
    assert article in refusal.article


@pytest.mark.parametrize(
    ("course", "remedy"), [(SUGGESTION, "SUPERVISION"), (ACCUSATION, "DISCIPLINE_PROCEDURE")]
)
def test_suggestions_and_accusations_are_told_theirs(course: dict[str, Any], remedy: str) -> None:
    case = Case(by=DISCIPLINE).classified(**course)
    case.do("AcceptPetition")
    case.answered()
    refusal = case.no("NO_REVIEW_OF_THIS_MATTER", "RequestReview", level=REVIEW, organ=COUNTY)
    assert refusal.facts["remedy"] == remedy


def test_what_a_judicial_organ_concluded_is_not_reviewed_in_the_petition_procedure() -> None:
    """Art. 31(1)."""
    case = Case().classified(**LITIGATION)
    case.given(events.OpinionIssued(opinion_id="o"), events.OpinionServed(opinion_id="o"))
    refusal = case.no("NO_REVIEW_OF_THIS_MATTER", "RequestReview", level=REVIEW, organ=COUNTY)
    assert refusal.facts["remedy"] == "JUDICIAL_PROCEDURE"


def test_a_review_that_version_0_1_granted_elsewhere_keeps_its_re_review() -> None:
    case = Case().classified(**PETITION_CLAIM | {"route": types.ROUTE_ARBITRATION})
    case.do("AcceptPetition")
    case.answered()
    review: dict[str, Any] = {"review_id": "v", "level": REVIEW}
    case.given(
        events.ReviewRequested(**review, organ=COUNTY),
        events.ReviewDecided(**review, outcome=types.REVIEW_OUTCOME_UPHELD),
        events.ReviewServed(**review, served_time=stamp(START)),
    )
    case.review_asked(CITY, RE_REVIEW)


def noon(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(hour=4, tzinfo=UTC)


@pytest.mark.parametrize(("served", "last_day"), [("2026-01-16", "2026-02-24"), ("2026-03-02", "2026-04-01")])
def test_art_35_gives_30_days_from_service_rolled_past_holidays(served: str, last_day: str) -> None:
    """The golden date of domain rules 9.1: 2026-01-16 +30 days is 2026-02-15, rolled to 2026-02-24."""
    case = Case(begin=noon("2026-01-05"))
    case.now = noon(served)
    case.accepted().answered()
    case.now = noon(last_day)
    asked = {"level": REVIEW, "organ": COUNTY}
    on_time = case.decide(case.command("RequestReview", **asked), officer(COUNTY))
    assert len(list(on_time)) == 1  # type: ignore[arg-type] # a refusal has no length
    case.later(days=1)
    refusal = case.no("LATE_REASON_REQUIRED", "RequestReview", officer(COUNTY), **asked)
    assert refusal.facts["last_day"] == last_day


def test_a_late_request_with_a_reason_is_recorded() -> None:
    """Domain rules 1.1: late filing is allowed with a recorded reason."""
    case = answered()
    case.later(days=90)
    case.do("RequestReview", officer(COUNTY), level=REVIEW, organ=COUNTY, late_reason=secret("in hospital"))


def test_the_day_of_posting_counts() -> None:
    """民诉法 Art. 85 by analogy: a letter posted in time is in time."""
    case = answered()
    case.later(days=40)
    posted = stamp(START + timedelta(days=29))
    case.do("RequestReview", officer(COUNTY), level=REVIEW, organ=COUNTY, requested_time=posted)


def test_a_missing_calendar_never_makes_a_request_late() -> None:
    """Domain rules 11.4, invariant 12."""
    case = Case()
    case.now = noon("2026-12-20")
    case.accepted().answered()
    case.later(days=60)
    case.review_asked(COUNTY)


def test_nobody_asks_before_the_answer_or_in_the_future() -> None:
    case = answered()
    case.later(days=5)
    asked = {"level": REVIEW, "organ": COUNTY}
    case.no("TIME_IN_FUTURE", "RequestReview", **asked, requested_time=stamp(START + timedelta(days=6)))
    case.no("BEFORE_RECEIPT", "RequestReview", **asked, requested_time=stamp(START - timedelta(days=1)))

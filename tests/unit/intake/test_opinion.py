"""处理意见书 and 送达 (Art. 32)."""

from datetime import timedelta
from typing import Any

import pytest

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import service_pb2 as commands
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.dates import stamp
from huiyin_domain.text_comparison import NOT_COMPARED, Comparison
from tests.support.deciding import START, identity, mark, officer, secret
from tests.support.small_policy import COUNTY, HOUSING, OFFICE
from tests.unit.intake.petitions import DIFFERS, Case, made

MAIL = types.SERVICE_METHOD_MAIL
NO = {"outcome": types.OPINION_OUTCOME_NOT_SUPPORTED, "document": secret("no")}


def test_an_opinion_names_the_officer_who_handled_the_matter() -> None:
    case = Case().accepted()
    (event,) = case.do("IssueOpinion", **NO, mark=mark("no"))
    issued = made(event, events.OpinionIssued)
    assert (issued.officer, issued.document_mark) == (f"officer-of-{HOUSING}", mark("no"))


def test_an_opinion_is_given_only_after_acceptance() -> None:
    Case().classified().no("NOT_ACCEPTED_YET", "IssueOpinion", **NO)


def test_an_opinion_is_given_only_by_the_responsible_unit() -> None:
    Case().accepted().no("NOT_RESPONSIBLE", "IssueOpinion", officer(OFFICE), **NO)


def test_an_opinion_is_a_named_officers_act() -> None:
    Case().accepted().no("OFFICER_REQUIRED", "IssueOpinion", officer(HOUSING, "", Role.SYSTEM), **NO)


def test_an_opinion_needs_outcome_and_document() -> None:
    """Art. 32: request, facts and reasons, opinion, legal basis."""
    case = Case().accepted()
    case.no("FIELD_REQUIRED", "IssueOpinion", document=secret("no"))
    case.no("CONTENT_REQUIRED", "IssueOpinion", outcome=types.OPINION_OUTCOME_EXPLAINED)


def test_an_opinion_waits_to_be_served_before_another() -> None:
    case = Case().accepted()
    case.opinion()
    case.no("OPINION_NOT_SERVED", "IssueOpinion", **NO)


def test_a_served_opinion_answers_the_petition() -> None:
    case = Case().accepted()
    case.answered()
    assert case.state.status == types.PETITION_STATUS_ANSWERED
    assert case.state.opinion
    assert case.state.opinion.served_time == START


def test_serving_again_changes_nothing() -> None:
    case = Case().accepted()
    opinion_id = case.answered()
    assert case.do("ServeOpinion", opinion_id=opinion_id, method=types.SERVICE_METHOD_OTHER) == ()


def test_only_the_current_opinion_is_served() -> None:
    case = Case().accepted()
    case.no("NO_SUCH_OPINION", "ServeOpinion", opinion_id=identity(5), method=MAIL)
    case.opinion()
    case.no("NO_SUCH_OPINION", "ServeOpinion", opinion_id=identity(5), method=MAIL)
    case.no("NO_SUCH_OPINION", "ServeOpinion", method=MAIL)


@pytest.mark.parametrize(("days", "reason"), [(1, "TIME_IN_FUTURE"), (-1, "BEFORE_RECEIPT")])
def test_an_opinion_is_served_between_receipt_and_now(days: int, reason: str) -> None:
    case = Case().accepted()
    opinion_id, served = case.opinion(), stamp(START + timedelta(days=days))
    case.no(reason, "ServeOpinion", opinion_id=opinion_id, method=MAIL, served_time=served)


def revoked() -> Case:
    case = Case().accepted()
    case.answered(text="the old opinion")
    case.reviewed(COUNTY, types.REVIEW_OUTCOME_REVOKED)
    return case


def test_a_revoked_opinion_is_done_again() -> None:
    case = revoked()
    assert case.state.status == types.PETITION_STATUS_ACCEPTED
    case.answered(text="a new opinion")
    assert case.state.status == types.PETITION_STATUS_ANSWERED
    assert case.state.reviews == ()


def test_a_redo_may_not_repeat_the_revoked_opinion() -> None:
    """Domain rules 11.4, invariant 7 (Beijing Art. 50, Shandong Art. 45)."""
    old = {"document": secret("the old opinion"), "mark": mark("the old opinion")}
    revoked().no("REDO_REPEATS_OPINION", "IssueOpinion", outcome=types.OPINION_OUTCOME_EXPLAINED, **old)


NEARLY = Comparison(types.LIKENESS_NEARLY_THE_SAME, 97, opinion_id=identity(7))
SAME = commands.SameFactsStatement(same_facts=types.SAME_FACTS_SAME, reasons=secret("nothing new"))


def redo(**fields: Any) -> dict[str, Any]:
    usual = {"outcome": types.OPINION_OUTCOME_EXPLAINED, "document": secret("new"), "comparison": NEARLY}
    return usual | fields


def test_a_redo_says_in_what_it_differs_and_learns_what_the_comparison_says() -> None:
    """Else one changed word is enough to give the revoked opinion again."""
    case = revoked()
    refused = case.no("REDO_FINDING_REQUIRED", "IssueOpinion", **redo())
    assert refused.facts["likeness"] == "LIKENESS_NEARLY_THE_SAME"
    assert refused.facts["repeated_percent"] == "97"
    (event,) = case.do("IssueOpinion", **redo(redo_finding=DIFFERS))
    finding = made(event, events.OpinionIssued).redo_finding
    assert (finding.same_facts, finding.likeness) == (types.SAME_FACTS_DIFFERENT, NEARLY.likeness)
    assert finding.opinion_id == identity(7)
    assert finding.HasField("reasons")


def test_a_finding_names_its_reasons() -> None:
    bare = commands.SameFactsStatement(same_facts=types.SAME_FACTS_DIFFERENT)
    revoked().no("CONTENT_REQUIRED", "IssueOpinion", **redo(redo_finding=bare))
    silent = commands.SameFactsStatement(reasons=secret("somehow"))
    revoked().no("FIELD_REQUIRED", "IssueOpinion", **redo(redo_finding=silent))


def test_on_the_same_facts_neither_the_text_nor_the_refusal_comes_again() -> None:
    repeats = redo(redo_finding=SAME)
    revoked().no("REDO_REPEATS_OPINION", "IssueOpinion", **repeats)
    new_text = redo(redo_finding=SAME, comparison=NOT_COMPARED, outcome=types.OPINION_OUTCOME_NOT_SUPPORTED)
    revoked().no("REDO_REPEATS_OPINION", "IssueOpinion", **new_text)
    revoked().do("IssueOpinion", **redo(redo_finding=SAME, comparison=NOT_COMPARED))


def test_no_finding_makes_the_very_words_of_the_revoked_opinion_a_new_one() -> None:
    """Art. 32: an opinion states its facts and reasons; with new ones it is not the same text."""
    same = Comparison(types.LIKENESS_WORD_FOR_WORD, 100, opinion_id=identity(7))
    revoked().no("REDO_REPEATS_OPINION", "IssueOpinion", **redo(redo_finding=DIFFERS, comparison=same))


def test_what_is_no_redo_has_no_such_finding() -> None:
    case = Case().accepted()
    case.no("NOT_A_REDO", "IssueOpinion", **redo(redo_finding=DIFFERS))
    (event,) = case.do("IssueOpinion", outcome=types.OPINION_OUTCOME_EXPLAINED, document=secret("first"))
    assert not made(event, events.OpinionIssued).HasField("redo_finding")

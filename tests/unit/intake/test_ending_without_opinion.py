"""A case ends without an opinion by agreement, withdrawal or death, by nobody's mere word (Arts. 33, 34)."""

from typing import Any

import pytest

from huiyin.common.v1.types_pb2 import Secret
from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.intake.decide.withdrawal import is_confirm_code
from huiyin_domain.refusal import Refusal
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, HOUSING, OFFICE
from tests.unit.intake.moves import AGREED, PORTAL
from tests.unit.intake.petitions import ACCUSATION, LITIGATION, SUGGESTION, Case, made

WEB: dict[str, Any] = {"way": types.RATING_WAY_WEB}
MEDIATED: dict[str, Any] = AGREED | {"form": types.AGREEMENT_FORM_MEDIATION}
AGREEMENT, WITHDRAWN = types.CLOSING_KIND_AGREEMENT, types.CLOSING_KIND_WITHDRAWN
DIED = types.CLOSING_KIND_PETITIONER_DIED
GROUNDS = [(AGREEMENT, "NO_AGREEMENT"), (WITHDRAWN, "WITHDRAWAL_NOT_CONFIRMED"), (DIED, "NO_DEATH_RECORDED")]


def confirmed(case: Case) -> Case:
    """Withdrawn by the petitioner, and confirmed on the first day on which that counts."""
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.later(days=8)
    case.do("ConfirmWithdrawal", PORTAL, **WEB)
    return case


@pytest.mark.parametrize(("kind", "reason"), GROUNDS)
def test_a_unit_that_wants_rid_of_a_case_does_not_close_it_without_a_ground(
    kind: types.ClosingKind.ValueType, reason: str
) -> None:
    case = Case().accepted()
    case.no(reason, "ClosePetition", kind=kind)
    case.answered()
    case.no(reason, "ClosePetition", kind=kind)


def test_an_agreement_of_both_sides_ends_a_case_without_an_opinion() -> None:
    """Art. 33."""
    case = Case().accepted()
    (event,) = case.do("RecordAgreement", **MEDIATED)
    assert made(event, events.AgreementReached).officer == f"officer-of-{HOUSING}"
    case.no("AGREED_ALREADY", "RecordAgreement", **MEDIATED)
    case.do("ClosePetition", kind=AGREEMENT)
    assert case.state.status == types.PETITION_STATUS_CLOSED


@pytest.mark.parametrize("field", ["document", "petitioner_consent", "other_consent"])
def test_an_agreement_has_a_document_and_the_consent_of_both(field: str) -> None:
    """Art. 33: it is voluntary, and in writing."""
    refusal = Case().accepted().no("CONTENT_REQUIRED", "RecordAgreement", **(MEDIATED | {field: Secret()}))
    assert refusal.facts["field"] == field


def test_what_was_agreed_is_performed_before_the_case_is_closed() -> None:
    case = Case().accepted()
    case.no("DUE_DATE_PASSED", "RecordAgreement", **MEDIATED, due_date="2026-01-01")
    case.do("RecordAgreement", **MEDIATED, due_date="2026-06-30")
    assert case.no("AGREEMENT_NOT_PERFORMED", "ClosePetition", kind=AGREEMENT).article.endswith("33")
    (event,) = case.do("ReportExecution", report=secret("paid"))
    assert made(event, events.SupportExecuted).agreement
    case.do("ClosePetition", kind=AGREEMENT)


def test_what_was_supported_is_carried_out_whatever_was_agreed() -> None:
    """Art. 32(2)."""
    case = Case().accepted()
    case.answered(types.OPINION_OUTCOME_SUPPORTED)
    case.do("RecordAgreement", **MEDIATED)
    case.no("NOT_EXECUTED", "ClosePetition", kind=AGREEMENT)
    confirmed(case).no("NOT_EXECUTED", "ClosePetition", kind=WITHDRAWN)
    case.do("ReportExecution", report=secret("done"))
    case.do("ClosePetition", kind=AGREEMENT)


def test_agreements_are_for_matters_in_hand_of_the_administrative_track() -> None:
    Case().classified().no("NOT_ACCEPTED_YET", "RecordAgreement", **MEDIATED)
    Case().classified(**SUGGESTION).no("NO_AGREEMENT_IN_TRACK", "RecordAgreement", **MEDIATED)


def test_a_withdrawal_counts_after_the_petitioner_thought_it_over_and_confirmed_it() -> None:
    """Domain rules 11.4, invariant 9: asked on 2 March, seven days, confirmed from 10 March on."""
    case = Case().accepted()
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.no("WITHDRAWAL_NOT_CONFIRMED", "ClosePetition", kind=WITHDRAWN)
    for _ in range(8):
        assert case.no("COOLING_OFF", "ConfirmWithdrawal", PORTAL, **WEB).facts["first_day"] == "2026-03-10"
        case.later(days=1)
    (event,) = case.do("ConfirmWithdrawal", PORTAL, **WEB)
    assert made(event, events.WithdrawalConfirmed).whole_petition
    case.do("ClosePetition", kind=WITHDRAWN)


def test_a_withdrawal_that_is_not_confirmed_lapses_and_the_case_goes_on() -> None:
    """Thirty days: until 1 April; after that it can be asked for anew."""
    case = Case().accepted()
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.no("WITHDRAWAL_OPEN", "WithdrawPetition", PORTAL, **WEB)
    case.later(days=31)
    case.no("WITHDRAWAL_LAPSED", "ConfirmWithdrawal", PORTAL, **WEB)
    case.no("WITHDRAWAL_NOT_CONFIRMED", "ClosePetition", kind=WITHDRAWN)
    again = case.decide(case.command("WithdrawPetition", **WEB), PORTAL)
    assert not isinstance(again, Refusal)
    case.given(*again)
    case.no("COOLING_OFF", "ConfirmWithdrawal", PORTAL, **WEB)


def test_no_agency_withdraws_or_confirms_for_the_petitioner() -> None:
    """The unit may record a signed statement; that closes nothing by itself."""
    case = Case().accepted()
    for rpc in ("WithdrawPetition", "ConfirmWithdrawal", "ContinuePetition"):
        for who in (officer(HOUSING), officer(OFFICE)):
            case.no("PETITIONERS_ONLY", rpc, who, **WEB)
    case.no("CONTENT_REQUIRED", "RecordWithdrawal")
    case.no("NOT_RESPONSIBLE", "RecordWithdrawal", officer(OFFICE), statement=secret("signed"))
    (event,) = case.do("RecordWithdrawal", statement=secret("signed"))
    assert made(event, events.WithdrawalRequested).officer == f"officer-of-{HOUSING}"
    case.later(days=20)
    case.no("PETITIONERS_ONLY", "ConfirmWithdrawal", **WEB)
    case.no("WITHDRAWAL_NOT_CONFIRMED", "ClosePetition", kind=WITHDRAWN)


def test_a_statement_said_to_be_old_is_thought_over_from_its_recording() -> None:
    case = Case().accepted()
    case.later(days=2)
    command = case.command("RecordWithdrawal", statement=secret("signed long ago"))
    context = case.context(case.holder)
    decision = case.decide(command, case.holder, occurred=context.occurred.replace(day=2))
    assert not isinstance(decision, Refusal)
    case.happened(decision, context.occurred.replace(day=2))
    case.later(days=7)
    case.no("COOLING_OFF", "ConfirmWithdrawal", PORTAL, **WEB)
    case.later(days=1)
    case.do("ConfirmWithdrawal", PORTAL, **WEB)


def test_where_a_contact_was_left_the_code_on_the_receipt_confirms_nothing() -> None:
    """Who registered the filing may know that code; the notice's goes to the contact alone."""
    case = Case().accepted()
    hashed = {"take_back_hash": b"hash of the code in the notice"}
    case.when(case.command("WithdrawPetition", **WEB), PORTAL, **hashed)
    assert case.state.withdrawal
    assert case.state.withdrawal.notice_id
    assert not is_confirm_code(case.state, b"hash of the query code")
    assert is_confirm_code(case.state, b"hash of the code in the notice")
    case.do("ConfirmNotice", PORTAL, notice_id=case.state.withdrawal.notice_id)
    case.no("NO_SUCH_NOTICE", "ConfirmNotice", PORTAL, notice_id="another")
    assert is_confirm_code(confirmed(Case().accepted()).state, b"hash of the query code")


def test_the_petitioner_may_go_on_at_any_time_before() -> None:
    case = Case().accepted()
    case.no("NOTHING_TO_CONTINUE", "ContinuePetition", PORTAL, **WEB)
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.do("ContinuePetition", PORTAL, **WEB)
    confirmed(case).do("ContinuePetition", PORTAL, **WEB)
    case.no("WITHDRAWAL_NOT_CONFIRMED", "ClosePetition", kind=WITHDRAWN)
    assert case.state.status == types.PETITION_STATUS_ACCEPTED


def test_who_asks_for_review_withdraws_no_more() -> None:
    case = Case().accepted()
    case.answered()
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.reviewed(COUNTY)
    case.no("NO_WITHDRAWAL", "ConfirmWithdrawal", PORTAL, **WEB)


@pytest.mark.parametrize("course", [ACCUSATION, LITIGATION])
def test_accusations_and_litigation_are_not_closed_by_withdrawal(course: dict[str, Any]) -> None:
    """Arts. 28(2), 30: their organs act by their own rules, and nobody is made to take an accusation back."""
    case = Case().classified(**course)
    case.no("WITHDRAWAL_NOT_IN_TRACK", "WithdrawPetition", PORTAL, **WEB)
    case.no("WITHDRAWAL_NOT_IN_TRACK", "RecordWithdrawal", statement=secret("signed"))
    turned = confirmed(Case().classified())
    turned.classified(**ACCUSATION)
    decision = turned.decide(turned.command("ClosePetition", kind=WITHDRAWN), turned.holder)
    assert isinstance(decision, Refusal)


def test_who_withdraws_from_a_groups_petition_withdraws_for_himself() -> None:
    case = Case(person_count=5).accepted()
    (event,) = confirmed(case).history[-1:]
    assert not made(event, events.WithdrawalConfirmed).whole_petition
    case.no("GROUP_GOES_ON", "ClosePetition", kind=WITHDRAWN)
    case.do("WithdrawPetition", PORTAL, **WEB)
    case.do("RecordDeath", evidence=secret("certificate"))
    case.later(days=40)
    case.no("GROUP_GOES_ON", "ClosePetition", kind=DIED)


def test_a_correction_makes_no_single_petition_of_a_groups() -> None:
    """Or one who signs would end the others' matter with a clerk's help."""
    case = Case(person_count=5).accepted()
    corrected = {"fields": ["person_count"], "person_count": 1, "reasons": secret("written so")}
    case.do("CorrectRegistration", officer(OFFICE), **corrected)
    confirmed(case).no("GROUP_GOES_ON", "ClosePetition", kind=WITHDRAWN)


def test_a_death_is_recorded_with_evidence_and_successors_have_time() -> None:
    """Thirty days from its recording; nobody came, so the case can be closed."""
    case = Case().accepted()
    case.no("CONTENT_REQUIRED", "RecordDeath")
    case.no("NOT_RESPONSIBLE", "RecordDeath", officer(OFFICE), evidence=secret("certificate"))
    case.do("RecordDeath", evidence=secret("certificate"))
    case.no("DEATH_RECORDED", "RecordDeath", evidence=secret("certificate"))
    assert case.no("SUCCESSION_OPEN", "ClosePetition", kind=DIED).facts["last_day"] == "2026-04-01"
    case.later(days=31)
    case.do("ClosePetition", kind=DIED)


@pytest.mark.parametrize("kind", [AGREEMENT, WITHDRAWN, DIED])
def test_who_has_number_and_code_denies_what_closed_the_case(kind: types.ClosingKind.ValueType) -> None:
    """An invented agreement, a stolen code, a death that was none; or a successor who comes late."""
    case = confirmed(Case().accepted())
    case.do("RecordAgreement", **MEDIATED)
    case.do("RecordDeath", evidence=secret("certificate"))
    case.later(days=31)
    case.do("ClosePetition", kind=kind)
    case.do("ContinuePetition", PORTAL, **WEB, reasons=secret("I am alive"))
    assert case.state.status == types.PETITION_STATUS_ACCEPTED
    assert (case.state.agreement, case.state.withdrawal, case.state.died) == (None, None, False)
    case.answered()


def test_what_was_answered_and_closed_is_not_opened_again_so() -> None:
    case = Case().accepted()
    case.answered()
    case.do("ClosePetition", kind=types.CLOSING_KIND_ANSWERED)
    case.no("ALREADY_CLOSED", "ContinuePetition", PORTAL, **WEB)


def test_without_an_opinion_there_is_none_to_review() -> None:
    case = confirmed(Case().accepted())
    case.do("ClosePetition", kind=WITHDRAWN)
    level = types.REVIEW_LEVEL_REVIEW
    case.no("NO_OPINION_SERVED", "RequestReview", level=level, organ=COUNTY)


def test_a_case_that_was_handed_over_is_recalled_before_it_is_closed() -> None:
    case = Case().classified()
    case.handed_over()
    confirmed(case).no("HANDOVER_OPEN", "ClosePetition", kind=WITHDRAWN)


def test_a_report_says_whether_the_opinion_was_carried_out_or_the_agreement_performed() -> None:
    """One and the same report never counts for both."""
    case = Case().accepted()
    case.answered(types.OPINION_OUTCOME_SUPPORTED)
    case.do("RecordAgreement", **MEDIATED, due_date="2026-12-01")
    case.do("ReportExecution", report=secret("paid"))
    case.no("ALREADY_EXECUTED", "ReportExecution", report=secret("paid"))
    case.do("ReportExecution", report=secret("as agreed"), agreement=True)
    case.no("NOT_SUPPORTED", "ReportExecution", report=secret("as agreed"), agreement=True)

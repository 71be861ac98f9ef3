"""办结报告 and 审核认定: the report on a referral and its check by who referred it (Art. 22(1)(3))."""

from typing import Any

from huiyin.intake.v1 import events_pb2 as events
from huiyin.intake.v1 import types_pb2 as types
from huiyin_domain.context import Role
from huiyin_domain.intake.standing import petition_message
from tests.support.deciding import officer, secret
from tests.support.small_policy import COUNTY, DISCIPLINE, HOUSING, LABOUR, OFFICE, STRANGER
from tests.unit.intake.petitions import ACCUSATION, Case, kinds, made

REPORT, WHY = secret("done, and what came of it"), secret("why")


def refer(case: Case, to_unit: str = HOUSING) -> str:
    kind = types.HANDOVER_KIND_REFERRAL
    (event,) = case.do("HandOverPetition", kind=kind, to_unit=to_unit, due_date="2026-12-01")
    return made(event, events.PetitionHandedOver).handover_id


def taken(to_unit: str = HOUSING) -> tuple[Case, str]:
    """Referred by the office, and accepted."""
    case = Case().classified()
    handover_id = refer(case, to_unit)
    case.do("AcceptPetition", officer(to_unit))
    return case, handover_id


def reported() -> tuple[Case, str, str]:
    """Answered, and reported."""
    case, handover_id = taken()
    case.answered()
    (event,) = case.do("ReportCompletion", officer(HOUSING), handover_id=handover_id, report=REPORT)
    return case, handover_id, made(event, events.CompletionReported).report_id


def stages(case: Case) -> list[types.CompletionStage.ValueType]:
    return [one.stage for one in petition_message(case.state, 1).completions]


def test_the_unit_that_took_a_referral_reports_to_who_referred_it_once_the_petitioner_is_answered() -> None:
    case, handover_id = taken()
    given: dict[str, Any] = {"handover_id": handover_id, "report": REPORT}
    assert stages(case) == [types.COMPLETION_STAGE_OWED]
    refusal = case.no("NOT_COMPLETED", "ReportCompletion", officer(HOUSING), **given)
    assert refusal.article == "Regulations of 2022, Art. 22(1)(3)"
    case.opinion()
    case.no("NOT_COMPLETED", "ReportCompletion", officer(HOUSING), **given)
    opinion = case.state.opinion
    assert opinion
    case.do("ServeOpinion", opinion_id=opinion.opinion_id, method=types.SERVICE_METHOD_MAIL)
    (event,) = case.do("ReportCompletion", officer(HOUSING), **given)
    made_report = made(event, events.CompletionReported)
    assert (made_report.unit, made_report.to_unit) == (HOUSING, OFFICE)
    assert stages(case) == [types.COMPLETION_STAGE_REPORTED]


def test_only_an_officer_of_the_referred_unit_reports_with_words_and_once() -> None:
    case, handover_id = taken()
    case.answered()
    given: dict[str, Any] = {"handover_id": handover_id, "report": REPORT}
    case.no("NOT_THE_REFERRED_UNIT", "ReportCompletion", officer(OFFICE), **given)
    case.no("OFFICER_REQUIRED", "ReportCompletion", officer(HOUSING, "", Role.SYSTEM), **given)
    case.no("NO_SUCH_CASE", "ReportCompletion", officer(STRANGER), **given)
    case.no("CONTENT_REQUIRED", "ReportCompletion", officer(HOUSING), handover_id=handover_id)
    case.no("NO_SUCH_REFERRAL_TAKEN", "ReportCompletion", officer(HOUSING), handover_id="x", report=REPORT)
    case.do("ReportCompletion", officer(HOUSING), **given)
    case.no("REPORT_UNDER_CHECK", "ReportCompletion", officer(HOUSING), **given)


def test_a_transfer_owes_no_report() -> None:
    case = Case().accepted()
    case.answered()
    assert stages(case) == []
    case.no("NO_SUCH_REFERRAL_TAKEN", "ReportCompletion", officer(HOUSING), handover_id="", report=REPORT)


def test_who_referred_it_sends_a_report_back_with_reasons_and_accepts_the_next() -> None:
    case, handover_id, report_id = reported()
    refused: dict[str, Any] = {"report_id": report_id, "reasons": WHY}
    case.no("NOT_THE_REFERRING_UNIT", "CheckCompletion", officer(HOUSING), **refused)
    case.no("CONTENT_REQUIRED", "CheckCompletion", officer(OFFICE), report_id=report_id)
    case.no("OFFICER_REQUIRED", "CheckCompletion", officer(OFFICE, "", Role.SYSTEM), **refused)
    case.no("NO_SUCH_REPORT", "CheckCompletion", officer(OFFICE), report_id="", reasons=WHY)
    assert kinds(case.do("CheckCompletion", officer(OFFICE), **refused)) == ["CompletionSentBack"]
    assert stages(case) == [types.COMPLETION_STAGE_SENT_BACK]
    case.no("REPORT_CHECKED", "CheckCompletion", officer(OFFICE), **refused, accepted=True)
    (event,) = case.do("ReportCompletion", officer(HOUSING), handover_id=handover_id, report=REPORT)
    again = made(event, events.CompletionReported).report_id
    case.no("NO_SUCH_REPORT", "CheckCompletion", officer(OFFICE), **refused)
    (event,) = case.do("CheckCompletion", officer(OFFICE), report_id=again, reasons=WHY, accepted=True)
    assert made(event, events.CompletionAccepted).officer
    assert stages(case) == [types.COMPLETION_STAGE_ACCEPTED]
    over: dict[str, Any] = {"handover_id": handover_id, "report": REPORT}
    case.no("COMPLETION_ACCEPTED", "ReportCompletion", officer(HOUSING), **over)


def test_a_unit_that_is_named_again_still_owes_its_report() -> None:
    case, first = taken()
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)  # named again: still its referral
    assert [one.handover_id for one in case.state.completions] == [first]
    assert {HOUSING, OFFICE} <= case.state.parties


def test_a_decision_for_another_unit_ends_the_referral_and_the_parts_that_came_of_it() -> None:
    case, handover_id = taken()
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    assert (case.state.completions, HOUSING in case.state.parties) == ((), False)
    assert not [ground for ground in case.state.participation.grounds if handover_id in ground.basis]


def test_a_unit_that_a_superior_confirms_owes_the_report_on_the_referral_it_disputed() -> None:
    case = Case().classified()
    handover_id = refer(case)
    case.do("ObjectToHandover", officer(HOUSING), handover_id=handover_id, reasons=WHY)
    case.do("DecideCompetence", officer(COUNTY), unit=HOUSING)
    assert [(one.handover_id, one.unit) for one in case.state.completions] == [(handover_id, HOUSING)]
    grounds = [(one.agency, one.basis.split("-")[0]) for one in case.state.participation.grounds]
    assert {(OFFICE, "referred"), (HOUSING, "charged")} <= set(grounds)


def test_the_referring_unit_has_its_part_until_it_accepted_the_report() -> None:
    case = Case().classified()
    case.do("DecideCompetence", officer(COUNTY), unit=LABOUR)
    handover_id = refer(case)
    case.do("AcceptPetition", officer(HOUSING))
    case.answered()
    (event,) = case.do("ReportCompletion", officer(HOUSING), handover_id=handover_id, report=REPORT)
    report_id = made(event, events.CompletionReported).report_id
    assert LABOUR in case.state.parties
    case.do("CheckCompletion", officer(LABOUR), report_id=report_id, reasons=WHY, accepted=True)
    assert (LABOUR in case.state.parties, case.state.participation.former) == (False, (LABOUR,))


def test_nobody_reports_to_who_is_accused() -> None:
    """Art. 30(3): the referral falls away with the wall."""
    case, handover_id = taken(DISCIPLINE)
    accusation = {**ACCUSATION, "reasons": WHY, "accused_units": [OFFICE]}
    case.do("ClassifyPetition", **accusation)
    assert case.state.completions == ()
    case.no(
        "NO_SUCH_REFERRAL_TAKEN",
        "ReportCompletion",
        officer(DISCIPLINE),
        handover_id=handover_id,
        report=REPORT,
    )
